"""`lockgate ca crl` and `lockgate ca rollover`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from lockgate_ca_backend.store import tables
from tests.integration.app.administering import administer, answered, done, refused
from tests.integration.app.commands import lockgate, request, work


def spoil_certificate(deployment: Deployment, name: str) -> None:
    """Put a certificate of the CA's own key in its place that has ended, as time would."""
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


class TestCrlsAndRollover:
    def test_crls_where_they_are_due(self, deployment: Deployment, tmp_path: Path) -> None:
        done(deployment, "ca", "create", "Other CA", "--subject-dn", "CN=Other", "--key", "P-256")
        arguments = ("ca", "crl", "--if-due", "--directory", tmp_path)
        first = answered(deployment, *arguments)["crls"]
        assert [(row["ca"], row["issued"], row["number"]) for row in first] == [
            ("ManagementCA", True, 1),
            ("Other CA", True, 1),
        ]
        (tmp_path / "Other CA.crl").unlink()
        assert not any(row["issued"] for row in answered(deployment, *arguments)["crls"])
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
        assert [crl["ca"] for crl in json.loads(outcome.out)["crls"]] == ["ManagementCA"]

    def test_a_ca_whose_key_cannot_be_opened_keeps_no_other_from_it(self, deployment: Deployment) -> None:
        done(deployment, "ca", "create", "Closed", "--subject-dn", "CN=Closed", "--key", "P-256")
        done(deployment, "ca", "rollover", "prepare", "Closed")
        done(deployment, "ca", "rollover", "activate", "Closed")
        container, table = CaContainer(zone=load_ca(deployment.ca_config)), tables.ca_generation
        with container.engine().begin() as connection:
            connection.execute(table.update().where(table.c.caname == "Closed").values(sealedkey=b"no sealed key"))
        container.engine().dispose()
        outcome = administer(deployment, "ca", "crl", "--if-due", "--json")
        assert outcome.code == 2
        assert outcome.err.startswith("lockgate: CA Closed: the key of Closed cannot be opened")
        assert [crl["ca"] for crl in json.loads(outcome.out)["crls"]] == ["ManagementCA"]

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
        assert [(row["generation"], row["state"], row["key"]) for row in shown] == [
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
            assert [(row["generation"], row["issued"], row["base"]) for row in rows] == [
                *zip((2, 1), (True, True), base, strict=True)
            ]
            assert [row["issued"] for row in answered(deployment, *arguments)["crls"]] == [False, False]
        names = ["ManagementCA-2-delta.crl", "ManagementCA-2.crl", "ManagementCA-delta.crl", "ManagementCA.crl"]
        assert sorted(path.name for path in tmp_path.glob("*.crl")) == names
        crl = x509.load_der_x509_crl((tmp_path / "ManagementCA-2.crl").read_bytes())
        (freshest,) = crl.extensions.get_extension_for_class(x509.FreshestCRL).value
        assert freshest.full_name is not None
        assert freshest.full_name[0].value == "http://a.example/a-2.crl"
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        done(deployment, "certificate", "revoke", ra["fingerprint"], "--crl", tmp_path / "now.crl")
        old = x509.load_der_x509_crl((tmp_path / "ManagementCA.crl").read_bytes())
        now = x509.load_der_x509_crl((tmp_path / "now.crl").read_bytes())
        key_identifiers = [
            row.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
            for row in (old, now, crl)
        ]
        assert key_identifiers[0] == key_identifiers[1] != key_identifiers[2], "by the key that signed it"
        assert [row["issued"] for row in answered(deployment, *delta)["crls"]] == [True, True]
        assert "for full CRLs" in refused(deployment, *delta, "--freshest-crl", "http://a.example")
        assert "no URL" in refused(deployment, *full, "--freshest-crl", "a.example")
        done(deployment, "ca", "create", "ManagementCA-2", "--subject-dn", "CN=x", "--key", "P-256")
        assert "same file names" in refused(deployment, *full)
