"""The registry's rules on issued certificates, their revocation, kept keys and CRLs, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.certification.endentity import (
    CertificationRequest,
    KeystoreRules,
    Possession,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.names.dn import parse_dn
from lockgate.ports import Fence, IssuanceRequest, KeptKey, KeyPair, RenewalTerms
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from tests.contract.registries import ESCROW, SERIALS, UNPROVEN, RegistrySubject, issued
from tests.support.issuing import issue, must_issue
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key
from tests.support.registry_values import NUMBERS, described, order, trusted


class TestRevocation:
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
            assert work.certificates.of("nobody") == []
        (facts, _) = found
        assert (facts.username, facts.ca_name, facts.end_entity_profile) == (username, "ManagementCA", "EMPTY")
        assert facts.serial_number == first.serial_number
        assert facts.certificate_profile == "ENDUSER"
        parsed = x509.load_der_x509_certificate(first.certificate)
        assert (facts.not_before, facts.not_after) == (parsed.not_valid_before_utc, parsed.not_valid_after_utc)

    @pytest.mark.parametrize("possession", Possession)
    def test_a_certificate_records_its_key_and_how_its_possession_was_shown(
        self, subject: RegistrySubject, fence: Fence, username: str, possession: Possession
    ) -> None:
        keys = [spki(ec_key(1)), spki(ec_key(1)), spki(ec_key(2))]
        for key in keys:
            request = CertificationRequest(public_key=key, possession=possession)
            with subject.ca.transaction(fence) as work:
                must_issue(work, replace(order(described(username, certificate_profile=UNPROVEN)), request=request))
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


def key_pair(number: int) -> KeyPair:
    key = ec_key(number)
    return KeyPair(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), spki(key))


def kept(username: str, number: int = 1, profile: str = ESCROW) -> IssuanceRequest:
    """An order whose key shall be kept."""
    pair = key_pair(number)
    request = CertificationRequest(public_key=pair.public_key, possession=Possession.PROVEN)
    return replace(order(described(username, certificate_profile=profile)), request=request, kept_key=pair)


class TestKeptKeys:
    def test_a_kept_key_comes_back_with_its_certificate(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(work, kept(username))
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.kept_keys.get(facts) == KeptKey(key_pair(1), issued)

    def test_it_is_there_in_the_transaction_that_kept_it(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(work, kept(username))
            (facts,) = work.certificates.of(username)
            assert isinstance(work.kept_keys.get(facts), KeptKey)
            assert work.kept_keys.latest_of(username) == facts

    def test_the_latest_one_of_an_end_entity(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.kept_keys.latest_of(username) is None
            for ordered in (kept(username, 3), kept(username, 2), order(described(username)), kept(f"{username}'s", 4)):
                must_issue(work, ordered)
        with subject.ca.transaction(fence) as work:
            latest = work.kept_keys.latest_of(username)
            assert latest is not None
            found = work.kept_keys.get(latest)
        assert isinstance(found, KeptKey)
        assert found.key == key_pair(2)

    def test_what_was_not_kept_is_not_there(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(work, order(described(username)))
            (facts,) = work.certificates.of(username)
            refused = work.kept_keys.get(facts)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_NOT_STORED

    def test_only_profiles_that_say_so_keep_keys(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            refused = issue(work, kept(username, profile="ENDUSER"))
            assert work.end_entities.get(username) is None
            for profile, keeps in ((ESCROW, True), ("ENDUSER", False)):
                rules = work.profiles.keystore_rules(profile)
                assert isinstance(rules, KeystoreRules)
                assert rules.keeps_keys is keeps
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_RECOVERY_DISABLED


class TestPublications:
    def test_an_issued_certificate_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.certificates.content(facts) == own.certificate

    def test_the_last_crl_is_that_of_the_certificates_ca(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        issued(subject, fence, username)
        for _ in range(2):
            published = subject.publish_crl()
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                assert work.publications.latest_crl(facts) == published

    def test_a_ca_that_has_announced_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            said = [work.publications.announcement("ManagementCA"), work.publications.announcement("no CA")]
        assert [outcome.reason for outcome in said if isinstance(outcome, Rejected)] == [
            Reason.NO_NEXT_CA_CERTIFICATE,
            Reason.UNKNOWN_CA,
        ]

    def test_a_key_is_known_once_it_was_certified(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        key = spki(ec_key(2000 + next(NUMBERS)))
        with subject.ca.transaction(fence) as work:
            assert not work.certificates.is_certified(key, username)
            request = CertificationRequest(public_key=key, possession=Possession.PROVEN)
            must_issue(work, replace(order(described(username)), request=request))
            assert work.certificates.is_certified(key, username)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.is_certified(key, username)

    def test_profiles_say_when_certificates_can_be_renewed(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.profiles.renewal_terms(SERIALS) == RenewalTerms(timedelta(days=30), same_key=True)
            assert work.profiles.renewal_terms("ENDUSER") == RenewalTerms(None)
            unknown = work.profiles.renewal_terms("no profile")
        assert isinstance(unknown, Rejected)
        assert unknown.reason is Reason.UNKNOWN_PROFILE
