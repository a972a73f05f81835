"""Rules of keys, and of what a report of a compromise leads to."""

from dataclasses import replace

import pytest

from lockgate.audit import Event
from lockgate.certification.endentity import CertificateFacts, CertificationRequest, IssuedCertificate, Possession
from lockgate.certification.key_fate import CONDEMNED_KEY, GOOD_KEY, Fate, KeyFate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.ports import Fence, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.subjects import ESCROW, UNPROVEN, RegistrySubject
from lockgate_testing.contracts.registry.values import described, new_key_pair, new_public_key, order, trusted
from lockgate_testing.contracts.registry.work import issue, must_issue


def attempt(
    subject: RegistrySubject,
    work: RegistryTransaction,
    name: str,
    key: bytes,
    possession: Possession = Possession.PROVEN,
    **more: object,
) -> IssuedCertificate | Rejected:
    """Issue to the end entity of that name; `more` of the order."""
    request = CertificationRequest(public_key=key, possession=possession)
    wanted = replace(order(described(name, certificate_profile=UNPROVEN)), request=request)
    return issue(subject, work, replace(wanted, **more))  # type: ignore[arg-type]


def attempted(
    subject: RegistrySubject, fence: Fence, name: str, key: bytes, **more: object
) -> IssuedCertificate | Rejected:
    """In a transaction of its own, as often as a worker tries: a batch with such a key may have to be done again."""
    try:
        with subject.ca.transaction(fence) as work:
            return attempt(subject, work, name, key, **more)  # type: ignore[arg-type]
    except Conflict:
        with subject.ca.transaction(fence) as work:
            return attempt(subject, work, name, key, **more)  # type: ignore[arg-type]


def certified(
    subject: RegistrySubject,
    work: RegistryTransaction,
    name: str,
    key: bytes,
    possession: Possession = Possession.PROVEN,
) -> CertificateFacts:
    """A certificate of the end entity of that name, which is not refused."""
    issued = attempt(subject, work, name, key, possession)
    assert isinstance(issued, IssuedCertificate), issued
    return work.certificates.of(name)[-1]


def refusal(outcome: IssuedCertificate | Rejected) -> Reason:
    """Why nothing was issued."""
    assert isinstance(outcome, Rejected)
    return outcome.reason


COMPROMISE = RevocationReason.KEY_COMPROMISE


class KeyFateRules:
    """Keys that are good, in doubt or condemned."""

    @pytest.fixture
    def key(self) -> bytes:
        """A public key of the test's own, DER."""
        return new_public_key()

    def test_a_key_is_named_by_its_identity(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.keys.fate(work.keys.identity(key)) == GOOD_KEY
            first, second = certified(subject, work, username, key), certified(subject, work, f"{username} b", key)
            assert first.key == second.key == work.keys.identity(key)
            assert list(work.certificates.on_key(first.key)) == [first, second]
            assert list(work.certificates.on_key("0" * 64)) == []

    @pytest.mark.parametrize("possession", [Possession.PROVEN, Possession.MADE])
    def test_a_report_with_possession_condemns_the_key_and_blocks_its_other_certificates(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes, possession: Possession
    ) -> None:
        with subject.ca.transaction(fence) as work:
            first = certified(subject, work, username, key, possession)
            issued = attempt(subject, work, f"{username} b", key)
            assert isinstance(issued, IssuedCertificate)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(issued)) is CertificateStanding.GOOD
            work.certificates.revoke(first, COMPROMISE, "an administrator")
            assert work.keys.fate(first.key) == CONDEMNED_KEY
            assert work.certificates.standing(trusted(issued)) is CertificateStanding.BLOCKED
        for name in (username, f"{username} b", f"{username} c"):
            assert refusal(attempted(subject, fence, name, key)) is Reason.WEAK_KEY
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(issued)) is CertificateStanding.BLOCKED
            assert [certificate.standing for certificate in work.certificates.on_key(first.key)] == ["revoked", "good"]

    def test_a_report_without_possession_puts_the_key_in_doubt(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        owner, reporter = username, f"{username} b"
        with subject.ca.transaction(fence) as work:
            certified(subject, work, owner, key)
            report = certified(subject, work, reporter, key, Possession.NONE)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(report, COMPROMISE, "an administrator")
            assert work.keys.fate(report.key) == KeyFate(Fate.IN_DOUBT, frozenset({reporter}))
        stranger = f"{username} c"
        assert refusal(attempted(subject, fence, reporter, key)) is Reason.WEAK_KEY
        assert refusal(attempted(subject, fence, reporter, key, doubt_approved=True)) is Reason.WEAK_KEY
        assert refusal(attempted(subject, fence, stranger, key, possession=Possession.NONE)) is Reason.WEAK_KEY
        assert refusal(attempted(subject, fence, stranger, key)) is Reason.KEY_IN_DOUBT
        assert isinstance(attempted(subject, fence, owner, key), IssuedCertificate)
        assert isinstance(attempted(subject, fence, stranger, key, doubt_approved=True), IssuedCertificate)

    def test_a_report_without_possession_adds_nothing_to_a_condemned_key(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            own = certified(subject, work, username, key)
            report = certified(subject, work, f"{username} b", key, Possession.NONE)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(own, COMPROMISE, "an administrator")
        before = subject.audited().count(Event.KEY_IN_DOUBT)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(report, COMPROMISE, "an administrator")
            assert work.keys.fate(report.key) == CONDEMNED_KEY
        assert subject.audited().count(Event.KEY_IN_DOUBT) == before

    def test_a_report_that_the_key_itself_has_signed_condemns_it(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            signer = certified(subject, work, username, key)
            report = certified(subject, work, f"{username} b", key, Possession.NONE)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(report, COMPROMISE, "an administrator", signer.fingerprint)
            assert work.keys.fate(report.key) == CONDEMNED_KEY

    def test_a_report_that_another_key_has_signed_does_not(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            other = certified(subject, work, username, new_public_key())
            report = certified(subject, work, f"{username} b", key, Possession.NONE)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(report, COMPROMISE, "an administrator", other.fingerprint)
            assert work.keys.fate(report.key).fate is Fate.IN_DOUBT

    def test_a_revoked_certificates_reason_rises_once(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            facts = certified(subject, work, username, key)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(facts, RevocationReason.SUPERSEDED, "an administrator")
            (facts,) = work.certificates.of(username)
            assert (facts.standing, facts.reason) == (CertificateStanding.REVOKED, RevocationReason.SUPERSEDED)
            work.certificates.revoke(facts, COMPROMISE, "an administrator")
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert (facts.standing, facts.reason) == (CertificateStanding.REVOKED, COMPROMISE)
            assert work.keys.fate(facts.key) == CONDEMNED_KEY

    def test_a_key_without_possession_is_certified_where_the_profile_says_so_alone(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        request = CertificationRequest(public_key=key)
        with subject.ca.transaction(fence) as work:
            outcome = issue(subject, work, replace(order(described(username)), request=request))
            assert refusal(outcome) is Reason.PROFILE_VIOLATION
            assert isinstance(attempt(subject, work, username, key, Possession.NONE), IssuedCertificate)

    def test_a_kept_key_is_known_by_each_of_its_certificates(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        pair = new_key_pair()
        with subject.ca.transaction(fence) as work:
            certified(subject, work, username, pair.public_key)
            key = work.keys.identity(pair.public_key)
            assert not work.keys.is_kept(key)
            request = CertificationRequest(public_key=pair.public_key, possession=Possession.MADE)
            wanted = order(described(f"{username} b", certificate_profile=ESCROW))
            must_issue(subject, work, replace(wanted, request=request, kept_key=pair))
            assert work.keys.is_kept(key)

    def test_a_certificate_says_whether_its_key_may_sign(
        self, subject: RegistrySubject, fence: Fence, username: str, key: bytes
    ) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.certificates.may_sign(certified(subject, work, username, key))
