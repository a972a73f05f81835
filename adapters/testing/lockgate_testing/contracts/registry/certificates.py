"""Rules of issued certificates and their revocation."""

from dataclasses import replace

import pytest
from cryptography import x509

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.names.dn import parse_dn
from lockgate.ports import Fence
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.subjects import CA, END_ENTITY_PROFILE, PLAIN, UNPROVEN, RegistrySubject
from lockgate_testing.contracts.registry.values import NOBODY, described, new_public_key, order, public_key, trusted
from lockgate_testing.contracts.registry.work import issued, must_issue


class CertificateRules:
    """Certificates found and revoked."""

    def test_certificates_are_found_by_end_entity_and_by_issuer_and_serial_number(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        first, second = issued(subject, fence, username), issued(subject, fence, username)
        issuer = parse_dn(x509.load_der_x509_certificate(first.certificate).issuer.rfc4514_string())
        with subject.ca.transaction(fence) as work:
            found = work.certificates.of(username)
            assert [certificate.fingerprint for certificate in found] == [first.fingerprint, second.fingerprint]
            assert work.certificates.find(issuer, second.serial_number) == found[1]
            assert work.certificates.find(parse_dn(str(issuer).upper()), second.serial_number) == found[1]
            assert work.certificates.find(issuer, 1) is None
            assert work.certificates.find(parse_dn("CN=No CA"), second.serial_number) is None
            assert list(work.certificates.of("nobody")) == []
        (facts, _) = found
        assert (facts.username, facts.ca_name, facts.end_entity_profile) == (username, CA, END_ENTITY_PROFILE)
        assert facts.serial_number == first.serial_number
        assert facts.certificate_profile == PLAIN
        parsed = x509.load_der_x509_certificate(first.certificate)
        assert (facts.not_before, facts.not_after) == (parsed.not_valid_before_utc, parsed.not_valid_after_utc)

    @pytest.mark.parametrize("possession", [Possession.PROVEN, Possession.MADE, Possession.NONE])
    def test_a_certificate_records_its_key_and_how_its_possession_was_shown(
        self, subject: RegistrySubject, fence: Fence, username: str, possession: Possession
    ) -> None:
        keys = [public_key(1), public_key(1), public_key(2)]
        for key in keys:
            request = CertificationRequest(public_key=key, possession=possession)
            wanted = replace(order(described(username, certificate_profile=UNPROVEN)), request=request)
            with subject.ca.transaction(fence) as work:
                must_issue(subject, work, wanted)
        with subject.ca.transaction(fence) as work:
            found = work.certificates.of(username)
        assert [certificate.possession for certificate in found] == [possession] * len(keys)
        assert found[0].key == found[1].key != found[2].key

    @pytest.mark.parametrize(
        ("reasons", "standing"),
        [
            ([RevocationReason.SUPERSEDED], CertificateStanding.REVOKED),
            ([RevocationReason.CERTIFICATE_HOLD], CertificateStanding.ON_HOLD),
            ([RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL], CertificateStanding.GOOD),
            ([RevocationReason.CERTIFICATE_HOLD, RevocationReason.PRIVILEGE_WITHDRAWN], CertificateStanding.REVOKED),
        ],
    )
    def test_the_standing_changes_as_the_reason_says(
        self,
        subject: RegistrySubject,
        fence: Fence,
        username: str,
        reasons: list[RevocationReason],
        standing: CertificateStanding,
    ) -> None:
        own = issued(subject, fence, username)
        for reason in reasons:
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                work.certificates.revoke(facts, reason, "an administrator")
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(own)) is standing
            assert work.certificates.of(username)[0].standing is standing

    def test_facts_that_are_no_longer_so_change_nothing(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            (before,) = work.certificates.of(username)
            work.certificates.revoke(before, RevocationReason.CERTIFICATE_HOLD, "an administrator")
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.certificates.revoke(before, RevocationReason.SUPERSEDED, "an administrator")
        with subject.ca.transaction(fence) as work:
            assert work.certificates.of(username)[0].standing is CertificateStanding.ON_HOLD

    def test_an_issued_certificate_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.certificates.content(facts) == own.certificate

    def test_whom_a_certificate_was_issued_to(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(subject, work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.certificates.holder(issued.fingerprint) == username
            assert work.certificates.holder(NOBODY) is None

    def test_a_key_is_known_once_it_was_certified(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        key = new_public_key()
        with subject.ca.transaction(fence) as work:
            assert not work.certificates.is_certified(key, username)
            request = CertificationRequest(public_key=key, possession=Possession.PROVEN)
            must_issue(subject, work, replace(order(described(username)), request=request))
            assert work.certificates.is_certified(key, username)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.is_certified(key, username)
