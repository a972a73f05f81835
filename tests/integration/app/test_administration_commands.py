"""The administration by the installed command: `ca`, `profile`, `end-entity`, `certificate`, `role`."""

import json
import os
import pty
import pwd
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from sqlalchemy import select

from lockgate_app.cli.commands import defined
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from lockgate_ca_backend.store import tables
from tests.integration.app.commands import LOCKGATE, PATIENCE, Outcome, lockgate, request, work
from tests.support.pki.identities import NOT_BEFORE, make_authority, rsa_key

PASSWORD = "sesame-open-9271"
COMMANDS = {
    "ca": [
        "list",
        "show",
        "create",
        "import",
        "register",
        "activate",
        "deactivate",
        "crl",
        "check-keys",
        "rotate-escrow-key",
    ],
    "ca rollover": ["prepare", "show", "activate", "cancel"],
    "profile": ["list", "show", "export", "import", "delete"],
    "key": ["list", "condemn", "clear"],
    "keystore": ["renew", "issue"],
    "end-entity": ["list", "search", "show", "add", "edit"],
    "certificate": ["list", "search", "show", "revoke", "reactivate"],
    "messages": ["list", "show", "retry", "purge"],
    "operation": ["list", "settle"],
    "role": ["list", "show", "add", "edit", "add-member", "remove-member", "remove"],
}


def administer(deployment: Deployment, *arguments: object) -> Outcome:
    return lockgate("--config", deployment.ca_config, *arguments)


def done(deployment: Deployment, *arguments: object) -> str:
    outcome = administer(deployment, *arguments)
    assert outcome.code == 0, outcome.err
    return outcome.out


def answered(deployment: Deployment, *arguments: object) -> Any:
    return json.loads(done(deployment, *arguments, "--json"))


def refused(deployment: Deployment, *arguments: object) -> str:
    outcome = administer(deployment, *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    return outcome.err


def audited(deployment: Deployment) -> list[tuple[str, str, str]]:
    engine = CaContainer(zone=load_ca(deployment.ca_config)).engine()
    with engine.begin() as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.sequence)).all()
    engine.dispose()
    return [(row.event, row.who, row.target) for row in rows]


def spoil_certificate(deployment: Deployment, name: str) -> None:
    """Put a certificate of the CA's own key in its place that has ended, as time would."""
    from cryptography.hazmat.primitives.asymmetric import ec

    container = CaContainer(zone=load_ca(deployment.ca_config))
    with container.administration()._work() as admin:
        issuer = admin.store.authorities.issuer(name)
        assert isinstance(issuer.signer.key, ec.EllipticCurvePrivateKey)
        end = datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(issuer.certificate.subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(issuer.certificate.public_key())
            .serial_number(1)
            .not_valid_before(end - timedelta(days=1))
            .not_valid_after(end)
        )
        der = builder.sign(issuer.signer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    table = tables.ca_generation
    with container.engine().begin() as connection:
        connection.execute(table.update().where(table.c.caname == name).values(certificate=der))
    container.engine().dispose()


class TestHelp:
    @pytest.mark.parametrize("group", COMMANDS)
    def test_every_command_shows_an_example_and_offers_json(self, group: str) -> None:
        first, *rest = group.split()
        typer_group: typer.Typer | None = defined(first)
        for part in rest:
            assert typer_group is not None
            (typer_group,) = (its.typer_instance for its in typer_group.registered_groups if its.name == part)
        assert typer_group is not None
        found = {
            its.name or getattr(its.callback, "__name__", ""): its.callback for its in typer_group.registered_commands
        }
        assert list(found) == COMMANDS[group]
        for name, callback in found.items():
            zone = "ra" if (group, name) == ("keystore", "renew") else "ca"
            example = f"Example: lockgate --config deployment/{zone}/lockgate.toml {group} {name}"
            assert example in (callback.__doc__ or "")
            if (group, name) != ("profile", "export"):
                assert "as_json" in callback.__annotations__

    def test_the_help_itself(self) -> None:
        shown = lockgate("ca", "crl", "--help")
        assert shown.code == 0
        assert "--if-due" in shown.out


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
        listed = {its["name"]: its["status"] for its in answered(deployment, "ca", "list")["certification_authorities"]}
        assert listed == {"Issuing": "offline", "ManagementCA": "active"}
        done(deployment, "ca", "activate", "Issuing")
        assert answered(deployment, "ca", "crl", "Issuing")["crls"][0]["number"] == 1

    def test_what_it_has_issued_is_imported_and_can_be_revoked(self, deployment: Deployment, tmp_path: Path) -> None:
        authority = make_authority("Imported", rsa_key(5))
        own = [authority.issue(f"host {number}", rsa_key(6)).certificate for number in range(3)]
        certificate, key, folder = tmp_path / "ca.pem", tmp_path / "ca.key", tmp_path / "issued"
        certificate.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
        key.write_bytes(authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        folder.mkdir()
        bundle = folder / "bundle.pem"
        pems = [its.public_bytes(Encoding.PEM) for its in own[:2]]
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
        assert [its.serial_number for its in x509.load_der_x509_crl(crl.read_bytes())] == [own[2].serial_number]
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

    def test_crls_where_they_are_due(self, deployment: Deployment, tmp_path: Path) -> None:
        done(deployment, "ca", "create", "Other CA", "--subject-dn", "CN=Other", "--key", "P-256")
        arguments = ("ca", "crl", "--if-due", "--directory", tmp_path)
        first = answered(deployment, *arguments)["crls"]
        assert [(its["ca"], its["issued"], its["number"]) for its in first] == [
            ("ManagementCA", True, 1),
            ("Other CA", True, 1),
        ]
        (tmp_path / "Other CA.crl").unlink()
        assert not any(its["issued"] for its in answered(deployment, *arguments)["crls"])
        crl = x509.load_der_x509_crl((tmp_path / "Other CA.crl").read_bytes())
        assert crl.issuer.rfc4514_string() == "CN=Other"
        assert done(deployment, "ca", "crl", "Other CA", "--pem", "--directory", tmp_path)
        x509.load_pem_x509_crl((tmp_path / "Other CA.pem").read_bytes())
        assert "--overlap" in refused(deployment, *arguments, "--days", 2, "--overlap", 48)
        assert "no such directory" in refused(deployment, "ca", "crl", "--directory", tmp_path / "none")

    def test_a_ca_that_cannot_sign_keeps_no_other_from_it(self, deployment: Deployment) -> None:
        done(deployment, "ca", "create", "Aged", "--subject-dn", "CN=Aged", "--key", "P-256")
        spoil_certificate(deployment, "Aged")
        outcome = administer(deployment, "ca", "crl", "--json")
        assert outcome.code == 2
        assert (
            outcome.err
            == "lockgate: CA Aged: The CA cannot sign now. The CA's certificate is not valid at this time.\n"
        )
        assert [its["ca"] for its in json.loads(outcome.out)["crls"]] == ["ManagementCA"]

    def test_a_next_certificate_is_announced_and_takes_over(
        self, deployment: Deployment, tmp_path: Path, csr: Path
    ) -> None:
        output = tmp_path / "next.pem"
        prepare = ("ca", "rollover", "prepare", "ManagementCA", "--key", "P-256")
        assert "no next certificate" in refused(deployment, "ca", "show", "ManagementCA", "--next")
        made = answered(deployment, *prepare, "--starts", "2045-01-01")
        assert made["valid_from"] == "2045-01-01T00:00:00Z"
        assert "is valid from" in refused(deployment, "ca", "rollover", "activate", "ManagementCA")
        assert "no next certificate any more" in done(deployment, "ca", "rollover", "cancel", "ManagementCA")
        assert "has a next certificate" in done(deployment, *prepare, "--output", output)
        assert "already" in refused(deployment, *prepare)
        following = done(deployment, "ca", "show", "ManagementCA", "--next", "--pem")
        assert following == output.read_text()
        assert answered(deployment, "ca", "show", "ManagementCA", "--next")["state"] == "next"
        assert "signs with its next key now" in done(deployment, "ca", "rollover", "activate", "ManagementCA")
        shown = answered(deployment, "ca", "rollover", "show", "ManagementCA")["generations"]
        assert [(its["generation"], its["state"], its["key"]) for its in shown] == [
            (2, "current", "secp256r1"),
            (1, "previous", "RSA-3072"),
        ]
        every = x509.load_pem_x509_certificates(
            done(deployment, "ca", "show", "ManagementCA", "--pem", "--cross").encode()
        )
        assert len(every) == 3
        assert every[0] == x509.load_pem_x509_certificate(following.encode())
        every[1].verify_directly_issued_by(every[0])
        assert every[2].public_key() == every[0].public_key()
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        assert lockgate("--config", deployment.ra_config, "request", "resume", "m").code == 0
        issued = answered(deployment, "certificate", "search", "--username", "alice")["certificates"]
        pem = done(deployment, "certificate", "show", issued[0]["fingerprint"], "--pem")
        x509.load_pem_x509_certificate(pem.encode()).verify_directly_issued_by(every[0])

    def test_crls_of_every_generation_full_and_delta(self, deployment: Deployment, tmp_path: Path) -> None:
        delta = ("ca", "crl", "--delta", "--if-due", "--directory", tmp_path)
        assert "no full CRL" in refused(deployment, *delta)
        done(deployment, "ca", "rollover", "prepare", "ManagementCA", "--key", "P-256")
        done(deployment, "ca", "rollover", "activate", "ManagementCA")
        full = (
            "ca",
            "crl",
            "--if-due",
            "--directory",
            tmp_path,
            "--freshest-crl",
            "http://a.example/a{generation}.crl",
        )
        for arguments, base in ((full, [None, None]), (delta, [1, 2])):
            rows = answered(deployment, *arguments)["crls"]
            assert [(its["generation"], its["issued"], its["base"]) for its in rows] == [
                *zip((2, 1), (True, True), base, strict=True)
            ]
            assert [its["issued"] for its in answered(deployment, *arguments)["crls"]] == [False, False]
        names = ["ManagementCA-2-delta.crl", "ManagementCA-2.crl", "ManagementCA-delta.crl", "ManagementCA.crl"]
        assert sorted(its.name for its in tmp_path.glob("*.crl")) == names
        crl = x509.load_der_x509_crl((tmp_path / "ManagementCA-2.crl").read_bytes())
        (freshest,) = crl.extensions.get_extension_for_class(x509.FreshestCRL).value
        assert freshest.full_name is not None
        assert freshest.full_name[0].value == "http://a.example/a-2.crl"
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        done(deployment, "certificate", "revoke", ra["fingerprint"], "--crl", tmp_path / "now.crl")
        old = x509.load_der_x509_crl((tmp_path / "ManagementCA.crl").read_bytes())
        now = x509.load_der_x509_crl((tmp_path / "now.crl").read_bytes())
        key_identifiers = [
            its.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
            for its in (old, now, crl)
        ]
        assert key_identifiers[0] == key_identifiers[1] != key_identifiers[2], "by the key that signed it"
        assert [its["issued"] for its in answered(deployment, *delta)["crls"]] == [True, True]
        assert "for full CRLs" in refused(deployment, *delta, "--freshest-crl", "http://a.example")
        assert "no URL" in refused(deployment, *full, "--freshest-crl", "a.example")
        done(deployment, "ca", "create", "ManagementCA-2", "--subject-dn", "CN=x", "--key", "P-256")
        assert "same file names" in refused(deployment, *full)

    def test_the_audit_of_keys(self, pristine: Deployment) -> None:
        assert answered(pristine, "ca", "check-keys") == {"certificates": []}

    def test_errors_are_one_plain_line(self, pristine: Deployment) -> None:
        assert refused(pristine, "ca", "show", "None") == "lockgate: there is no CA None\n"
        assert "no slash" in refused(pristine, "ca", "create", "a/b", "--subject-dn", "CN=x")
        theirs = lockgate("--config", pristine.ra_config, "ca", "list")
        assert theirs.code == 2
        assert "needs the CA host's" in theirs.err


class TestProfiles:
    @pytest.mark.parametrize("suffix", ["yaml", "toml"])
    def test_what_is_exported_is_imported_unchanged(self, pristine: Deployment, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"profiles.{suffix}"
        assert "9 profiles" in done(pristine, "profile", "export", "--output", path)
        assert path.read_text() == done(pristine, "profile", "export", "--format", suffix)
        changes = answered(pristine, "profile", "import", path)["profiles"]
        assert {its["change"] for its in changes} == {"unchanged"}
        assert len(changes) == 9

    def test_a_profile_is_changed_by_its_file(self, deployment: Deployment, tmp_path: Path, csr: Path) -> None:
        path = tmp_path / "enduser.yaml"
        path.write_text(done(deployment, "profile", "export", "ENDUSER").replace("_days: 730", "_days: 7"))
        assert "says something else" in refused(deployment, "profile", "import", path)
        assert "replaced" in done(deployment, "profile", "import", path, "--replace")
        assert answered(deployment, "profile", "show", "certificate", "ENDUSER")["validity_days"] == 7
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        (found,) = answered(deployment, "certificate", "search", "--username", "alice")["certificates"]
        assert x509.load_pem_x509_certificate(
            done(deployment, "certificate", "show", found["fingerprint"], "--pem").encode()
        )
        shown = answered(deployment, "certificate", "show", found["fingerprint"])
        start, end = (datetime.fromisoformat(shown[its]) for its in ("valid_from", "valid_until"))
        assert end - start == timedelta(days=7, seconds=-1)

    def test_errors_name_the_line_and_nothing_is_imported(self, deployment: Deployment, tmp_path: Path) -> None:
        path = tmp_path / "profiles.toml"
        path.write_text("[certificate_profiles.A]\nvalidity_days = 1\n[certificate_profiles.B]\nvalidity_days = 0\n")
        expected = f"lockgate: {path}, line 4: certificate_profiles.B.validity_days: expected int >= 1\n"
        assert refused(deployment, "profile", "import", path) == expected
        assert "no certificate profile A" in refused(deployment, "profile", "show", "certificate", "A")

    def test_one_that_names_nothing_is_warned_of_and_can_be_deleted(
        self, deployment: Deployment, tmp_path: Path
    ) -> None:
        path = tmp_path / "p.yml"
        path.write_text("end_entity_profiles:\n  NEW:\n    certificate_profiles: [LATER]\n")
        outcome = administer(deployment, "profile", "import", path)
        assert outcome.code == 0
        assert "warning: end entity profile NEW names the certificate profile LATER" in outcome.err
        assert "removed" in done(deployment, "profile", "delete", "end-entity", "NEW")
        assert "in use" in refused(deployment, "profile", "delete", "certificate", "ENDUSER")
        assert "NEW" not in done(deployment, "profile", "list")
        assert "no profile NEW" in refused(deployment, "profile", "export", "NEW")


ALICE = (
    "alice", "--subject-dn", "CN=alice,O=Example", "--ca", "ManagementCA", "--end-entity-profile", "EMPTY",
    "--certificate-profile", "ENDUSER",
)  # fmt: skip


class TestEndEntities:
    def test_added_found_and_edited(self, deployment: Deployment, tmp_path: Path) -> None:
        password = tmp_path / "password"
        password.write_text(f"{PASSWORD}\n")
        added = answered(
            deployment, "end-entity", "add", *ALICE, "--password-file", password, "--subject-alt-name",
            "DNSNAME=a.example", "--email", "a@example.org",
        )  # fmt: skip
        assert (added["username"], added["status"]) == ("alice", "new")
        assert "already" in refused(deployment, "end-entity", "add", *ALICE)
        found = answered(
            deployment, "end-entity", "search", "--username", "al*", "--status", "new", "--subject", "*O=Ex*"
        )
        assert [its["username"] for its in found["end_entities"]] == ["alice"]
        done(deployment, "end-entity", "edit", "alice", "--status", "key-recovery", "--email", "")
        shown = answered(deployment, "end-entity", "show", "alice")
        assert (shown["status"], shown["email"], shown["password"], shown["locked"]) == (
            "key-recovery",
            None,
            False,
            False,
        ), "the status ends the password"
        assert shown["subject_alt_name"] == ["DNSNAME=a.example"]
        assert "profile" in refused(deployment, "end-entity", "edit", "alice", "--certificate-profile", "RA")
        assert "none of new, failed" in refused(deployment, "end-entity", "edit", "alice", "--status", "lost")
        everything = done(deployment, "end-entity", "show", "alice") + str(audited(deployment)) + str(shown)
        assert PASSWORD not in everything
        assert "argon2" not in everything

    def test_pages(self, deployment: Deployment) -> None:
        done(deployment, "end-entity", "add", *ALICE)
        first = answered(deployment, "end-entity", "list", "--limit", 2)
        assert [its["username"] for its in first["end_entities"]] == ["alice", "ra"]
        assert "there are more: --after ra" in done(deployment, "end-entity", "list", "--limit", 2)
        rest = answered(deployment, "end-entity", "list", "--limit", 2, "--after", first["next"])
        assert ([its["username"] for its in rest["end_entities"]], rest["next"]) == (["worker"], None)

    def test_a_one_time_password_is_shown_once(self, deployment: Deployment, tmp_path: Path) -> None:
        added = answered(deployment, "end-entity", "add", *ALICE, "--one-time-password", "--valid-hours", 2)
        assert re.fullmatch("[A-Z2-7]{26}", added["one_time_password"])
        shown = answered(deployment, "end-entity", "show", "alice")
        assert shown["password"] is True
        assert shown["password_for_one_time_until"] > shown["modified"]
        assert added["one_time_password"] not in str(shown) + str(audited(deployment))
        said = done(deployment, "end-entity", "edit", "alice", "--one-time-password")
        assert re.search("its one-time password: [A-Z2-7]{26}\n", said)
        assert added["one_time_password"] not in said
        password = tmp_path / "password"
        password.write_text(PASSWORD)
        both = "--one-time-password", "--password-file", password
        assert "none can be given besides" in refused(deployment, "end-entity", "edit", "alice", *both)

    def test_a_password_is_no_argument(self, pristine: Deployment) -> None:
        assert "No such option" in refused(pristine, "end-entity", "add", *ALICE, "--password", PASSWORD)

    def test_a_password_is_asked_for_on_the_terminal(self, deployment: Deployment) -> None:
        primary, secondary = pty.openpty()
        command = [LOCKGATE, "--config", str(deployment.ca_config), "end-entity", "add", *ALICE, "--password-prompt"]
        with subprocess.Popen(
            command, stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            prompts = [answer_prompt(process, primary) for _ in range(2)]
            out, err = process.communicate(timeout=PATIENCE)
        os.close(primary)
        os.close(secondary)
        assert prompts[0].endswith(b"Password: ")
        assert process.returncode == 0, err
        assert PASSWORD.encode() not in out + err
        assert answered(deployment, "end-entity", "show", "alice")["password"] is True


class TestCertificates:
    def test_the_ra_certificate_behind_one(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        (found,) = answered(deployment, "certificate", "search", "--requested-by", ra["fingerprint"])["certificates"]
        shown = answered(deployment, "certificate", "show", found["fingerprint"])
        assert (shown["username"], shown["ra_certificate"]) == ("alice", ra["fingerprint"])
        assert (shown["ra_username"], shown["ra_status"]) == ("ra", "good")
        assert shown["requested_by"].startswith("CN=ra-")
        by_serial = answered(
            deployment, "certificate", "show", "--ca", "ManagementCA", "--serial", shown["serial_number"]
        )
        assert by_serial == shown
        page = answered(deployment, "certificate", "list", "--limit", 1)
        assert [its["username"] for its in page["certificates"]] == ["alice"]
        assert len(answered(deployment, "certificate", "list", "--after", page["next"])["certificates"]) == 3

    def test_on_hold_back_and_revoked_for_good(self, deployment: Deployment, tmp_path: Path) -> None:
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        named, crl = ra["fingerprint"], tmp_path / "ca.crl"
        done(deployment, "certificate", "revoke", named, "--reason", "certificate-hold", "--crl", crl)
        (entry,) = x509.load_der_x509_crl(crl.read_bytes())
        assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value == "certificateHold"
        assert answered(deployment, "role", "show", "RA")["warnings"] == [
            f"certificate {named}: the certificate is on hold"
        ]
        assert answered(deployment, "certificate", "reactivate", named)["status"] == "good"
        assert "not on hold" in refused(deployment, "certificate", "reactivate", named)
        assert answered(deployment, "certificate", "revoke", named)["status"] == "revoked"
        assert "revoked already" in refused(deployment, "certificate", "revoke", named)
        found = answered(deployment, "certificate", "search", "--status", "revoked")["certificates"]
        assert [its["fingerprint"] for its in found] == [named]
        assert answered(deployment, "certificate", "show", named)["reason"] == "unspecified"

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (("show",), "by its fingerprint, or by --ca with --serial"),
            (("show", "--ca", "ManagementCA"), "by its fingerprint, or by --ca with --serial"),
            (("show", "0" * 64), "there is no such certificate"),
            (("show", "zz"), "no hexadecimal number"),
            (("revoke", "0" * 64, "--reason", "remove-from-crl"), "certificate reactivate"),
            (("revoke", "0" * 64, "--reason", "lost"), "none of unspecified"),
            (("list", "--after", "x"), "no page goes on there"),
        ],
    )
    def test_what_is_refused(self, pristine: Deployment, arguments: tuple[str, ...], text: str) -> None:
        assert text in " ".join(refused(pristine, "certificate", *arguments).replace("│", "").split())


class TestKeys:
    def test_condemned_and_good_again(self, deployment: Deployment) -> None:
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        public_key = deployment.directory / "ra.pub"
        shown = done(deployment, "certificate", "show", ra["fingerprint"], "--pem")
        key = x509.load_pem_x509_certificate(shown.encode()).public_key()
        public_key.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        assert answered(deployment, "key", "list") == {"keys": []}
        condemned = answered(deployment, "key", "condemn", "--certificate", ra["fingerprint"])
        assert condemned["fate"] == "condemned"
        assert answered(deployment, "key", "list") == {
            "keys": [{"key": condemned["key"], "fate": "condemned", "reporters": []}]
        }
        assert "condemned already" in refused(deployment, "key", "condemn", condemned["key"])
        assert answered(deployment, "key", "clear", "--public-key", public_key) == {
            "key": condemned["key"],
            "fate": "good",
        }
        assert answered(deployment, "key", "list") == {"keys": []}

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (("clear", "0" * 64), "neither condemned nor in doubt"),
            (("condemn",), "name the key in one way"),
            (("condemn", "0" * 64, "--certificate", "0" * 64), "name the key in one way"),
            (("condemn", "--certificate", "0" * 64), "there is no such certificate"),
            (("condemn", "--public-key", "no file"), "cannot be read"),
            (("condemn", "zz"), "no hexadecimal number"),
        ],
    )
    def test_what_is_refused(self, pristine: Deployment, arguments: tuple[str, ...], text: str) -> None:
        assert text in " ".join(refused(pristine, "key", *arguments).replace("│", "").split())


def answer_prompt(process: "subprocess.Popen[bytes]", terminal: int) -> bytes:
    """Type the password once it is asked for; what was typed before is thrown away, so that nobody sees it."""
    asked = b""
    assert process.stderr is not None
    while not asked.endswith(b": "):
        octet = os.read(process.stderr.fileno(), 1)
        assert octet, asked
        asked += octet
    os.write(terminal, f"{PASSWORD}\n".encode())
    return asked


DESK = ("--rule", "/administrator", "--rule", "/ca/ManagementCA", "--rule", "/endentityprofile/EMPTY")


class TestRoles:
    def test_members_come_and_go(self, deployment: Deployment) -> None:
        worker = deployment.ra / "worker.pem"
        certificate = x509.load_pem_x509_certificate(worker.read_bytes())
        fingerprint, serial = certificate.fingerprint(hashes.SHA256()).hex(), f"{certificate.serial_number:x}"
        by_serial = ("--issuer", "O=Lockgate,CN=ManagementCA", "--serial", serial)
        made = answered(deployment, "role", "add", "Desk", *DESK, "--rule", "/action/create", "--certificate", worker)
        assert (made["members"], made["warnings"]) == ([{"fingerprint": fingerprint}], [])
        # The issuer's name is the other way round.
        said = refused(deployment, "role", "add-member", "Desk", *by_serial)
        assert f"no certificate with the serial number {serial} was issued here" in said, (
            "the name is the other way round"
        )
        (ra,) = answered(deployment, "role", "show", "RA")["members"]
        ra = answered(deployment, "certificate", "show", ra["fingerprint"])
        numbered = ("--issuer", "CN=ManagementCA, O=Lockgate", "--serial", ra["serial_number"])
        both = answered(deployment, "role", "add-member", "Desk", *numbered)
        members = [{"fingerprint": its} for its in sorted((fingerprint, ra["fingerprint"]))]
        assert (both["members"], both["warnings"]) == (members, [])
        left = answered(deployment, "role", "remove-member", "Desk", "--fingerprint", fingerprint.upper())
        assert len(left["members"]) == 1
        assert "no such member" in refused(deployment, "role", "remove-member", "Desk", "--certificate", worker)
        assert answered(deployment, "role", "remove-member", "Desk", *numbered)["members"] == []
        assert "name the members by" in refused(deployment, "role", "add-member", "Desk")
        assert "together" in refused(deployment, "role", "add-member", "Desk", "--serial", "1")

    def test_several_members_at_once(self, deployment: Deployment) -> None:
        path = deployment.ra / "other.pem"
        path.write_bytes(make_authority("Another CA", rsa_key(1)).certificate.public_bytes(Encoding.PEM))
        files = ("--certificate", deployment.ra / "worker.pem", "--certificate", path)
        prints = ("--fingerprint", "a" * 64, "--fingerprint", "b" * 64)
        assert len(answered(deployment, "role", "add", "Desk", *DESK, *files)["members"]) == 2
        assert len(answered(deployment, "role", "add-member", "Desk", *prints)["members"]) == 4
        assert answered(deployment, "role", "remove-member", "Desk", *files, *prints)["members"] == []

    def test_rules_are_checked_and_wide_ones_warned_of(self, deployment: Deployment) -> None:
        assert "names no CA" in refused(deployment, "role", "add", "Desk", "--rule", "/ca/Managment")
        assert "no such access rule" in refused(deployment, "role", "add", "Desk", "--rule", "ca/ManagementCA")
        done(deployment, "role", "add", "Desk", *DESK)
        edited = administer(
            deployment, "role", "edit", "Desk", "--add-rule", "/action/*", "--add-rule", "/endentityprofile/SERVICE",
            "--remove-rule", "/endentityprofile/EMPTY",
        )  # fmt: skip
        assert "warning: /action/* grants every action" in edited.err
        assert "certificates of RAs, workers or CAs issued: RA, WORKER" in edited.err
        assert answered(deployment, "role", "show", "Desk")["rules"] == [
            "/action/*", "/administrator", "/ca/ManagementCA", "/endentityprofile/SERVICE",
        ]  # fmt: skip
        assert "has no rule /" in refused(deployment, "role", "edit", "Desk", "--remove-rule", "/")
        assert "removed" in done(deployment, "role", "remove", "Desk")
        assert [its["name"] for its in answered(deployment, "role", "list")["roles"]] == ["RA"]

    def test_a_role_that_is_gone_grants_nothing(self, deployment: Deployment, csr: Path) -> None:
        done(deployment, "role", "remove", "RA")
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        outcome = lockgate("--config", deployment.ra_config, "request", "resume", "m")
        assert outcome.code == 1
        assert "not_administrator" in outcome.err or "not_authorized" in outcome.err


def test_every_change_is_in_the_audit_log_under_the_operators_account(deployment: Deployment, tmp_path: Path) -> None:
    before = len(audited(deployment))
    done(deployment, "end-entity", "add", *ALICE)
    done(deployment, "end-entity", "edit", "alice", "--status", "failed")
    done(deployment, "role", "add", "Desk", *DESK)
    done(deployment, "ca", "crl")
    done(deployment, "ca", "deactivate", "ManagementCA")
    entries = audited(deployment)[before:]
    who = f"{pwd.getpwuid(os.getuid()).pw_name} (command line)"
    assert entries == [
        ("endentity.added", who, "alice"),
        ("endentity.edited", who, "alice"),
        ("role.changed", who, "Desk"),
        ("crl.issued", who, "ManagementCA"),
        ("ca.changed", who, "ManagementCA"),
    ]
