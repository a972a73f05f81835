"""`lockgate ca`: CAs are made, imported, shown, switched off and on."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import PASSWORD, answered, done, refused
from tests.integration.app.commands import edited, lockgate
from tests.integration.app.test_messages import in_ca
from tests.support.pki.identities import NOT_BEFORE, make_authority, rsa_key


class TestCa:
    def test_a_ca_is_made_shown_and_switched_off_and_on(self, deployment: Deployment, tmp_path: Path) -> None:
        output = tmp_path / "issuing.pem"
        made = answered(
            deployment, "ca", "create", "Issuing", "--subject-dn", "CN=Issuing CA,O=Example", "--key", "P-256",
            "--issuer", "ManagementCA", "--output", output,
        )  # fmt: skip
        certificate = x509.load_pem_x509_certificate(output.read_bytes())
        assert made["fingerprint"] == certificate.fingerprint(hashes.SHA256()).hex()
        assert made["is_ca"] is True
        chain = x509.load_pem_x509_certificates(done(deployment, "ca", "show", "Issuing", "--pem", "--chain").encode())
        assert chain[0] == certificate
        chain[0].verify_directly_issued_by(chain[1])
        shown = done(deployment, "ca", "show", "Issuing")
        assert "CN=Issuing CA,O=Example" in shown
        assert "keyCertSign" in shown
        assert "offline" in done(deployment, "ca", "deactivate", "Issuing")
        assert "cannot sign now" in refused(deployment, "ca", "crl", "Issuing")
        listed = {ca["name"]: ca["status"] for ca in answered(deployment, "ca", "list")["certification_authorities"]}
        assert listed == {"Issuing": "offline", "ManagementCA": "active"}
        done(deployment, "ca", "activate", "Issuing")
        assert answered(deployment, "ca", "crl", "Issuing")["crls"][0]["number"] == 1

    def test_what_stops_is_told_where_a_ca_is_switched_off(self, deployment: Deployment) -> None:
        ends = answered(deployment, "ca", "crl", "ManagementCA")["crls"][0]["next_update"]
        stopped = (
            "lockgate: warning: no certificates, CRLs or OCSP answers are signed until it is activated again;"
            " revocations are not published"
        )
        outcome = lockgate("--config", deployment.ca_config, "ca", "deactivate", "ManagementCA")
        told = [stopped, f"lockgate: warning: its last CRL counts until {ends}"]
        assert (outcome.code, outcome.err.splitlines()) == (0, told)
        edited(deployment.ca_config, "[workers.main]", '[ocsp]\ndata_sources = ["RAMessage1DS"]\n\n[workers.main]')
        outcome = lockgate("--config", deployment.ca_config, "ca", "deactivate", "ManagementCA", "--json")
        hours = "lockgate: warning: OCSP answers that are published count for 48 hours at most after they were signed"
        assert outcome.err.splitlines() == [*told, hours]
        in_ca(deployment, "update crl set nextupdate = 1000")
        outcome = lockgate("--config", deployment.ca_config, "ca", "deactivate", "ManagementCA")
        assert (
            outcome.err.splitlines()[1] == "lockgate: warning: its last CRL counts no more since 1970-01-01T00:00:01Z"
        )
        assert lockgate("--config", deployment.ca_config, "ca", "activate", "ManagementCA").err == ""

    def test_what_it_has_issued_is_imported_and_can_be_revoked(self, deployment: Deployment, tmp_path: Path) -> None:
        authority = make_authority("Imported", rsa_key(5))
        own = [authority.issue(f"host {number}", rsa_key(6)).certificate for number in range(3)]
        certificate, key, folder = tmp_path / "ca.pem", tmp_path / "ca.key", tmp_path / "issued"
        certificate.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
        key.write_bytes(authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        folder.mkdir()
        bundle = folder / "bundle.pem"
        pems = [certificate.public_bytes(Encoding.PEM) for certificate in own[:2]]
        bundle.write_bytes(b"subject=host 0\n" + pems[0] + b"\n" + pems[1] + b"-----BEGIN CERTIFICATE-----\nAAAA\n")
        (folder / "single.crt").write_bytes(own[2].public_bytes(Encoding.DER))
        arguments = ("ca", "import", "Imported", "--certificate", certificate, "--key", key, "--no-crl")
        failed = refused(deployment, *arguments, "--certificates", folder)
        line = 1 + pems[0].count(b"\n") + 1 + pems[1].count(b"\n") + 1
        assert f"{bundle}, line {line}: holds no certificate that can be read" in failed
        assert "Imported" not in done(deployment, "ca", "list")
        bundle.write_bytes(pems[0] + pems[1])
        assert "with 3 certificates" in done(deployment, *arguments, "--certificates", folder)
        serial, crl = f"{own[2].serial_number:x}", tmp_path / "imported.crl"
        one = ("--ca", "Imported", "--serial", serial, "--reason", "superseded", "--crl", crl)
        done(deployment, "certificate", "revoke", *one)
        assert [entry.serial_number for entry in x509.load_der_x509_crl(crl.read_bytes())] == [own[2].serial_number]
        assert "host 2" in done(deployment, "certificate", "search", "--ca", "Imported")

    def test_one_is_imported_with_its_encrypted_key(self, deployment: Deployment, tmp_path: Path) -> None:
        root = make_authority("Imported", rsa_key(1))
        key, password, certificate = tmp_path / "key.pem", tmp_path / "password", tmp_path / "root.pem"
        sealed = BestAvailableEncryption(PASSWORD.encode())
        key.write_bytes(root.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
        certificate.write_bytes(root.certificate.public_bytes(Encoding.PEM))
        arguments = ("ca", "import", "Imported", "--certificate", certificate, "--key", key, "--no-crl")
        assert "is encrypted: its password is needed" in refused(deployment, *arguments)
        password.write_text("wrong donkey")
        assert "the password is missing or wrong" in refused(deployment, *arguments, "--password-file", password)
        password.write_text(f"{PASSWORD}\n")
        assert "holds no PEM certificate" in refused(deployment, *arguments[:4], key, *arguments[5:])
        assert "CA Imported imported" in done(deployment, *arguments, "--password-file", password)
        assert answered(deployment, "ca", "show", "Imported")["subject"].startswith("CN=Imported,")
        assert "already" in refused(deployment, *arguments, "--password-file", password)

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_the_crls_of_an_imported_ca_go_on(self, deployment: Deployment, tmp_path: Path, encoding: Encoding) -> None:
        root = make_authority("Imported", rsa_key(1))
        key, password = tmp_path / "ca.p12", tmp_path / "password"
        sealed = BestAvailableEncryption(PASSWORD.encode())
        key.write_bytes(serialize_key_and_certificates(None, root.key, root.certificate, None, sealed))
        password.write_text(PASSWORD)
        certificate, last = tmp_path / "root.pem", tmp_path / "last.crl"
        certificate.write_bytes(root.certificate.public_bytes(Encoding.PEM))
        last.write_bytes(root.crl(41, 4711).public_bytes(encoding))
        name = "Imported"
        arguments = ("ca", "import", name, "--certificate", certificate, "--key", key, "--password-file", password)
        assert "--no-crl if the CA has never issued one" in refused(deployment, *arguments)
        assert "--no-crl" in refused(deployment, *arguments, "--no-crl", "--crl", last)
        assert "holds no CRL" in refused(deployment, *arguments, "--crl", certificate)
        done(deployment, *arguments, "--crl", last)
        (issued,) = answered(deployment, "ca", "crl", name, "--directory", tmp_path)["crls"]
        assert issued["number"] == 42
        (entry,) = x509.load_der_x509_crl((tmp_path / f"{name}.crl").read_bytes())
        assert (entry.serial_number, entry.revocation_date_utc) == (4711, NOT_BEFORE)
        assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.superseded

    def test_the_audit_of_keys(self, pristine: Deployment) -> None:
        assert answered(pristine, "ca", "check-keys") == {"certificates": []}

    def test_errors_are_one_plain_line(self, pristine: Deployment) -> None:
        assert refused(pristine, "ca", "show", "None") == "lockgate: there is no CA None\n"
        assert "no slash" in refused(pristine, "ca", "create", "a/b", "--subject-dn", "CN=x")
        theirs = lockgate("--config", pristine.ra_config, "ca", "list")
        assert theirs.code == 2
        assert "needs the CA host's" in theirs.err
