"""Every rule of the port KeyFates, and of what a report of a compromise leads to, on every database."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, IssuedCertificate, Possession
from lockgate.certification.key_fate import CONDEMNED_KEY, GOOD_KEY, Fate, KeyFate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.ports import Fence, KeyPair, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from tests.contract.registries import ESCROW, UNPROVEN, RegistrySubject
from tests.support.issuing import issue
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key
from tests.support.registry_values import described, order, trusted

KEYS = iter(range(1000, 2000))


@pytest.fixture
def key() -> bytes:
    """A public key of the test's own, DER."""
    return spki(ec_key(next(KEYS)))


def attempt(
    work: RegistryTransaction, name: str, key: bytes, possession: Possession = Possession.PROVEN, **more: object
) -> IssuedCertificate | Rejected:
    request = CertificationRequest(public_key=key, possession=possession)
    return issue(work, replace(order(described(name, certificate_profile=UNPROVEN)), request=request, **more))  # type: ignore[arg-type]


def attempted(
    subject: RegistrySubject, fence: Fence, name: str, key: bytes, **more: object
) -> IssuedCertificate | Rejected:
    """In a transaction of its own, as often as a worker tries: a batch with such a key may have to be done again."""
    try:
        with subject.ca.transaction(fence) as work:
            return attempt(work, name, key, **more)  # type: ignore[arg-type]
    except Conflict:
        with subject.ca.transaction(fence) as work:
            return attempt(work, name, key, **more)  # type: ignore[arg-type]


def certified(
    work: RegistryTransaction, name: str, key: bytes, possession: Possession = Possession.PROVEN
) -> CertificateFacts:
    issued = attempt(work, name, key, possession)
    assert isinstance(issued, IssuedCertificate), issued
    return work.certificates.of(name)[-1]


def refusal(outcome: IssuedCertificate | Rejected) -> Reason:
    assert isinstance(outcome, Rejected)
    return outcome.reason


COMPROMISE = RevocationReason.KEY_COMPROMISE


def test_a_key_is_named_by_its_identity(subject: RegistrySubject, fence: Fence, username: str, key: bytes) -> None:
    with subject.ca.transaction(fence) as work:
        assert work.keys.fate(work.keys.identity(key)) == GOOD_KEY
        first, second = certified(work, username, key), certified(work, f"{username} b", key)
        assert first.key == second.key == work.keys.identity(key)
        assert work.certificates.on_key(first.key) == [first, second]
        assert work.certificates.on_key("0" * 64) == []


@pytest.mark.parametrize("possession", [Possession.PROVEN, Possession.MADE])
def test_a_report_with_possession_condemns_the_key_and_blocks_its_other_certificates(
    subject: RegistrySubject, fence: Fence, username: str, key: bytes, possession: Possession
) -> None:
    with subject.ca.transaction(fence) as work:
        first = certified(work, username, key, possession)
        issued = attempt(work, f"{username} b", key)
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
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    owner, reporter = username, f"{username} b"
    with subject.ca.transaction(fence) as work:
        certified(work, owner, key)
        report = certified(work, reporter, key, Possession.NONE)
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
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    with subject.ca.transaction(fence) as work:
        own, report = certified(work, username, key), certified(work, f"{username} b", key, Possession.NONE)
    with subject.ca.transaction(fence) as work:
        work.certificates.revoke(own, COMPROMISE, "an administrator")
    before = subject.audited().count("key.in_doubt")
    with subject.ca.transaction(fence) as work:
        work.certificates.revoke(report, COMPROMISE, "an administrator")
        assert work.keys.fate(report.key) == CONDEMNED_KEY
    assert subject.audited().count("key.in_doubt") == before


def test_a_report_that_the_key_itself_has_signed_condemns_it(
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    with subject.ca.transaction(fence) as work:
        signer, report = certified(work, username, key), certified(work, f"{username} b", key, Possession.NONE)
    with subject.ca.transaction(fence) as work:
        work.certificates.revoke(report, COMPROMISE, "an administrator", signer.fingerprint)
        assert work.keys.fate(report.key) == CONDEMNED_KEY


def test_a_report_that_another_key_has_signed_does_not(
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    with subject.ca.transaction(fence) as work:
        other = certified(work, username, spki(ec_key(next(KEYS))))
        report = certified(work, f"{username} b", key, Possession.NONE)
    with subject.ca.transaction(fence) as work:
        work.certificates.revoke(report, COMPROMISE, "an administrator", other.fingerprint)
        assert work.keys.fate(report.key).fate is Fate.IN_DOUBT


def test_a_revoked_certificates_reason_rises_once(
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    with subject.ca.transaction(fence) as work:
        facts = certified(work, username, key)
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
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    request = CertificationRequest(public_key=key)
    with subject.ca.transaction(fence) as work:
        outcome = issue(work, replace(order(described(username)), request=request))
        assert refusal(outcome) is Reason.PROFILE_VIOLATION
        assert isinstance(attempt(work, username, key, Possession.NONE), IssuedCertificate)


def test_a_kept_key_is_known_by_each_of_its_certificates(subject: RegistrySubject, fence: Fence, username: str) -> None:
    private = ec_key(next(KEYS))
    pair = KeyPair(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), spki(private))
    with subject.ca.transaction(fence) as work:
        certified(work, username, pair.public_key)
        key = work.keys.identity(pair.public_key)
        assert not work.keys.is_kept(key)
        request = CertificationRequest(public_key=pair.public_key, possession=Possession.MADE)
        keeping = replace(order(described(f"{username} b", certificate_profile=ESCROW)), request=request, kept_key=pair)
        assert isinstance(issue(work, keeping), IssuedCertificate)
        assert work.keys.is_kept(key)


def test_a_certificate_says_whether_its_key_may_sign(
    subject: RegistrySubject, fence: Fence, username: str, key: bytes
) -> None:
    with subject.ca.transaction(fence) as work:
        assert work.certificates.may_sign(certified(work, username, key))
