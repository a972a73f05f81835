"""CAs that operators create, and all that they sign; judged by openssl, asn1crypto, pkilint."""

from dataclasses import replace as changed
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from lockgate.administration.authorities import CaStatus, RefusedByCa
from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.names.dn import parse_dn
from lockgate.reasons import Reason
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.store import tables
from tests.integration.ca_backend.conftest import Deployment, revoke
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import (
    rsa_key,
)
from tests.support.pki.judges import linted, openssl, pem


class TestCreatingCas:
    @pytest.mark.parametrize("key", ["RSA-2048", "RSA-3072", "P-256", "P-384"])
    def test_roots_and_their_subordinates_verify(self, deployment: Deployment, tmp_path: Path, key: str) -> None:
        root = deployment.administration.create_ca("Root", "CN=Root,O=Example,C=SE", key=key)
        below = deployment.administration.create_ca("Sub", "CN=Sub,O=Example,C=SE", key=key, issuer="Root")
        issued = deployment.attempt(ca_name="Sub")
        assert isinstance(issued, IssuedCertificate)
        leaf = pem(tmp_path / "leaf.pem", issued.certificate)
        trusted, untrusted = pem(tmp_path / "root.pem", root), pem(tmp_path / "sub.pem", below)
        openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", trusted, "-untrusted", untrusted, leaf)
        assert issued.chain == (below, root)

    def test_the_signature_fits_the_cas_key(self, deployment: Deployment) -> None:
        for key, digest in (("RSA-2048", hashes.SHA256), ("P-256", hashes.SHA256), ("P-384", hashes.SHA384)):
            deployment.administration.create_ca(key, f"CN={key}", key=key)
            assert isinstance(deployment.issue(ca_name=key).signature_hash_algorithm, digest)

    def test_a_subordinate_ca_outlives_its_issuer_not(self, deployment: Deployment) -> None:
        short = changed(CERTIFICATE_PROFILES["ROOTCA"], validity_days=30)
        deployment.administration.put_profile("SHORT", short)
        ends = [
            x509.load_der_x509_certificate(created).not_valid_after_utc
            for created in (
                deployment.administration.create_ca("Root", "CN=Root", key="P-256", certificate_profile="SHORT"),
                deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="Root"),
            )
        ]
        assert ends[0] == ends[1]
        assert deployment.issue(ca_name="Sub").not_valid_after_utc == ends[0]

    def test_the_path_length_is_kept(self, deployment: Deployment) -> None:
        deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="ManagementCA")
        with pytest.raises(CallerError, match="path length 0"):
            deployment.administration.create_ca("Below", "CN=Below", key="P-256", issuer="Sub")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"name": "ManagementCA", "subject_dn": "CN=x"}, "already"),
            ({"name": "New", "subject_dn": "CN=x", "issuer": "None"}, "no CA None"),
            ({"name": "New", "subject_dn": "CN=x", "certificate_profile": "ENDUSER"}, "profile ENDUSER"),
            ({"name": "New", "subject_dn": "CN=x", "certificate_profile": "None"}, "profile None"),
            ({"name": "New", "subject_dn": ""}, "subject"),
            ({"name": "New", "subject_dn": "XX=x"}, "attribute"),
            ({"name": "New", "subject_dn": "C=x"}, "capital letters"),
            ({"name": "New", "subject_dn": "CN=x", "key": "RSA-1024"}, "key type"),
        ],
    )
    def test_what_cannot_be_created(self, deployment: Deployment, arguments: dict[str, str], text: str) -> None:
        with pytest.raises(CallerError, match=text):
            deployment.administration.create_ca(**{"key": "P-256"} | arguments)
        assert [ca.name for ca in deployment.administration.certification_authorities()] == ["ManagementCA"]

    def test_an_issuer_that_is_offline(self, deployment: Deployment) -> None:
        deployment.administration.set_ca_status("ManagementCA", CaStatus.OFFLINE)
        with pytest.raises(RefusedByCa) as refused:
            deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="ManagementCA")
        assert refused.value.rejected.reason is Reason.CA_NOT_ACTIVE

    def test_keys_are_never_plain_in_the_database(self, deployment: Deployment) -> None:
        with deployment.engine.begin() as connection:
            sealed = bytes(connection.execute(select(tables.ca_generation.c.sealedkey)).scalar_one())
        assert b"argon2id" in sealed
        assert b"PRIVATE KEY" not in sealed


class TestLint:
    """pkilint finds no error against RFC 5280."""

    @pytest.mark.parametrize("key", ["RSA-2048", "P-384"])
    def test_certificates(self, deployment: Deployment, tmp_path: Path, key: str) -> None:
        root = deployment.administration.create_ca("Root", "CN=Root,O=Example,C=SE", key=key)
        below = deployment.administration.create_ca("Sub", "CN=Sub,O=Example,C=SE", key=key, issuer="Root")
        worker = deployment.administration.issue_keystore_certificate(
            "worker", "CN=worker", spki(rsa_key(1)), ca_name="Sub", certificate_profile="WORKER"
        )
        leaves = [
            deployment.issue(spki(rsa_key(2)), ca_name="Sub"),
            deployment.issue(ca_name="Sub"),
            deployment.issue(ca_name="Sub", subject_dn=parse_dn("")),
        ]
        certificates = [root, below, worker.certificate, *(leaf.public_bytes(Encoding.DER) for leaf in leaves)]
        for der in certificates:
            assert asn1_x509.Certificate.load(der, strict=True).dump(force=True) == der
            assert linted("lint_pkix_cert", der, tmp_path / "certificate.der") == []

    def test_crls(self, deployment: Deployment, tmp_path: Path) -> None:
        revoke(deployment, deployment.issue(), RevocationReason.KEY_COMPROMISE)
        for _ in range(2):
            crl = deployment.administration.issue_crl("ManagementCA")
            assert linted("lint_crl", crl, tmp_path / "crl.der", "-t", "CRL", "-p", "PKIX") == []
