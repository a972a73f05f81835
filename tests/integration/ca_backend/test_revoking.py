"""Revocation and CRLs as operators have them; judged by openssl and asn1crypto."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import CaStatus, RefusedByCa
from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store import tables
from tests.integration.ca_backend.conftest import Deployment, event_count, revoke
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import (
    ec_key,
)
from tests.support.pki.judges import openssl, pem, revoked


class TestRevoking:
    def standing(self, deployment: Deployment, certificate: x509.Certificate) -> CertificateStanding:
        from lockgate_testing.contracts.registry.values import trusted

        der = certificate.public_bytes(Encoding.DER)
        issued = IssuedCertificate(der, (), certificate.fingerprint(hashes.SHA256()).hex(), certificate.serial_number)
        with deployment.ca.transaction(deployment.fence()) as work:
            return work.certificates.standing(trusted(issued))

    def test_a_revoked_certificate_stays_so(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED
        for reason in (
            RevocationReason.REMOVE_FROM_CRL,
            RevocationReason.CERTIFICATE_HOLD,
            RevocationReason.SUPERSEDED,
        ):
            with pytest.raises(CallerError):
                revoke(deployment, certificate, reason)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED

    def test_a_certificate_on_hold_is_reactivated_or_revoked(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        with pytest.raises(CallerError, match="not on hold"):
            revoke(deployment, certificate, RevocationReason.REMOVE_FROM_CRL)
        revoke(deployment, certificate, RevocationReason.CERTIFICATE_HOLD)
        assert self.standing(deployment, certificate) is CertificateStanding.ON_HOLD
        revoke(deployment, certificate, RevocationReason.REMOVE_FROM_CRL)
        assert self.standing(deployment, certificate) is CertificateStanding.GOOD
        revoke(deployment, certificate, RevocationReason.CERTIFICATE_HOLD)
        revoke(deployment, certificate, RevocationReason.PRIVILEGE_WITHDRAWN)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED
        assert event_count(deployment, "certificate.revoked") == 4

    def test_unknown_certificates(self, deployment: Deployment) -> None:
        for named in ({"fingerprint": "0" * 64}, {"ca_name": "ManagementCA", "serial_number": 1}, {"serial_number": 1}):
            with pytest.raises(CallerError):
                deployment.administration.revoke(RevocationReason.UNSPECIFIED, **named)


class TestCrls:
    def test_it_lists_what_is_revoked_and_why(self, deployment: Deployment) -> None:
        reasons = [each for each in RevocationReason if each is not RevocationReason.REMOVE_FROM_CRL]
        certificates = [deployment.issue(spki(ec_key(20 + each))) for each in reasons]
        good = deployment.issue()
        for certificate, reason in zip(certificates, reasons, strict=True):
            revoke(deployment, certificate, reason)
        found = revoked(deployment.administration.issue_crl("ManagementCA"))
        assert good.serial_number not in found
        assert found == {
            certificate.serial_number: None if reason is RevocationReason.UNSPECIFIED else reason.name.lower()
            for certificate, reason in zip(certificates, reasons, strict=True)
        }

    def test_openssl_takes_it(self, deployment: Deployment, tmp_path: Path) -> None:
        good, bad = deployment.issue(spki(ec_key(2))), deployment.issue(spki(ec_key(3)))
        revoke(deployment, bad, RevocationReason.KEY_COMPROMISE)
        crl = tmp_path / "ca.crl"
        crl.write_bytes(deployment.administration.issue_crl("ManagementCA"))
        (root,) = deployment.administration.certification_authorities()
        trusted = pem(tmp_path / "root.pem", root.certificate)
        text = openssl("crl", "-inform", "DER", "-in", crl, "-CAfile", trusted, "-noout", "-text", "-verify")
        assert "Key Compromise" in text
        both = tmp_path / "both.pem"
        both.write_text(trusted.read_text() + openssl("crl", "-inform", "DER", "-in", crl))
        arguments = ("verify", "-x509_strict", "-crl_check", "-CAfile", both)
        openssl(*arguments, pem(tmp_path / "good.pem", good.public_bytes(Encoding.DER)))
        with pytest.raises(AssertionError, match="revoked"):
            openssl(*arguments, pem(tmp_path / "bad.pem", bad.public_bytes(Encoding.DER)))

    def test_numbers_rise_and_the_latest_is_kept(self, deployment: Deployment) -> None:
        assert deployment.administration.latest_crl("ManagementCA") is None
        crls = [deployment.administration.issue_crl("ManagementCA", timedelta(hours=hours)) for hours in (1, 2, 3)]
        parsed = [x509.load_der_x509_crl(crl) for crl in crls]
        numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in parsed]
        assert numbers == [1, 2, 3]
        lifetimes = [crl.next_update_utc - crl.last_update_utc for crl in parsed if crl.next_update_utc]
        assert lifetimes == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=3)]
        assert deployment.administration.latest_crl("ManagementCA") == crls[-1]
        assert event_count(deployment, "crl.issued") == 3

    def test_an_ended_certificate_leaves_after_one_more_crl(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        table = tables.certificate
        with deployment.engine.begin() as connection:
            connection.execute(table.update().where(table.c.username == "user").values(notafter=1000))
        entries = [revoked(deployment.administration.issue_crl("ManagementCA")) for _ in range(2)]
        assert [certificate.serial_number in entry for entry in entries] == [True, False]

    def test_a_ca_that_is_unknown_or_offline(self, deployment: Deployment) -> None:
        with pytest.raises(CallerError, match="no CA None"):
            deployment.administration.issue_crl("None")
        deployment.administration.set_ca_status("ManagementCA", CaStatus.OFFLINE)
        with pytest.raises(RefusedByCa):
            deployment.administration.issue_crl("ManagementCA")
