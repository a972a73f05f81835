"""Rules of certificates whose holders have still to show that they possess the key."""

from dataclasses import replace

import pytest

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, IssuedCertificate, Possession
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.ports import Fence, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.subjects import ENCRYPTION, PLAIN, UNPROVEN, RegistrySubject
from lockgate_testing.contracts.registry.values import described, new_public_key, order
from lockgate_testing.contracts.registry.work import issue


def certify(
    subject: RegistrySubject,
    work: RegistryTransaction,
    username: str,
    key: bytes,
    possession: Possession = Possession.AWAITED,
    profile: str = ENCRYPTION,
) -> IssuedCertificate | Rejected:
    """A certificate for the key, or why there is none."""
    request = CertificationRequest(public_key=key, possession=possession)
    return issue(subject, work, replace(order(described(username, certificate_profile=profile)), request=request))


def awaited(subject: RegistrySubject, fence: Fence, username: str, key: bytes) -> CertificateFacts:
    """One whose possession is awaited."""
    with subject.ca.transaction(fence) as work:
        assert isinstance(certify(subject, work, username, key), IssuedCertificate)
        return work.certificates.of(username)[-1]


def reason_of(outcome: object) -> Reason:
    """Why nothing was done."""
    assert isinstance(outcome, Rejected), outcome
    return outcome.reason


class AwaitedPossessionRules:
    """Possession that is shown after the certificate was issued."""

    @pytest.fixture
    def key(self) -> bytes:
        """A public key of the test's own, DER."""
        return new_public_key()

    def test_it_is_recorded_when_it_is_shown(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        facts = awaited(subject, fence, username, key)
        assert facts.possession is Possession.AWAITED
        with subject.ca.transaction(fence) as work:
            assert work.certificates.show_possession(facts) is None
        with subject.ca.transaction(fence) as work:
            assert work.certificates.of(username)[-1] == replace(facts, possession=Possession.PROVEN)
            assert work.certificates.is_certified(key, "somebody else")

    def test_until_then_the_key_is_free(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        """Nobody takes a key from its owner by asking for a certificate that only the owner could read."""
        facts = awaited(subject, fence, username, key)
        with subject.ca.transaction(fence) as work:
            assert not work.certificates.is_certified(key, "the owner")
            owners = certify(subject, work, f"{username} the owner", key, Possession.PROVEN, UNPROVEN)
            assert isinstance(owners, IssuedCertificate)
        with subject.ca.transaction(fence) as work:
            assert reason_of(work.certificates.show_possession(facts)) is Reason.WEAK_KEY
        with subject.ca.transaction(fence) as work:
            assert work.certificates.of(username)[-1] == facts

    def test_once_it_is_shown_the_key_belongs_to_the_end_entity_where_the_profile_says_so(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        facts = awaited(subject, fence, username, key)
        with subject.ca.transaction(fence) as work:
            work.certificates.show_possession(facts)
        with subject.ca.transaction(fence) as work:
            other = certify(subject, work, f"{username} b", key, Possession.PROVEN)
        assert reason_of(other) is Reason.WEAK_KEY

    def test_it_is_shown_once_and_only_where_it_is_awaited(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        facts = awaited(subject, fence, username, key)
        with subject.ca.transaction(fence) as work:
            work.certificates.show_possession(facts)
        for stale in (facts, replace(facts, possession=Possession.PROVEN)):
            with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
                work.certificates.show_possession(stale)

    def test_a_key_that_was_compromised_meanwhile_shows_nothing(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        facts = awaited(subject, fence, username, key)
        with subject.ca.transaction(fence) as work:
            certify(subject, work, f"{username} b", key, Possession.PROVEN, UNPROVEN)
        with subject.ca.transaction(fence) as work:
            (other,) = work.certificates.of(f"{username} b")
            work.certificates.revoke(other, RevocationReason.KEY_COMPROMISE, "CN=ra")
        with subject.ca.transaction(fence) as work:
            assert reason_of(work.certificates.show_possession(facts)) is Reason.WEAK_KEY

    def test_it_is_not_awaited_of_a_key_that_may_sign(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        for profile in (PLAIN, UNPROVEN):
            with subject.ca.transaction(fence) as work:
                refused = certify(subject, work, username, key, profile=profile)
            assert reason_of(refused) is Reason.BAD_PROOF_OF_POSSESSION
        with subject.ca.transaction(fence) as work:
            refused = certify(subject, work, username, key, Possession.NONE)
        assert reason_of(refused) is Reason.PROFILE_VIOLATION
