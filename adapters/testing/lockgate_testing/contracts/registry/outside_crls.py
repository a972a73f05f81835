"""Rules of the CRLs of CAs outside: their schedule, what is kept, and what is taken over from them."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.audit import Event
from lockgate.certification.endentity import CertificateFacts, CertificationRequest, Possession
from lockgate.certification.key_fate import Fate, KeyFate
from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import Conflict, StandingUntold
from lockgate.outside.crls import CrlFacts
from lockgate.ports import Fence, Intent, KeptCrl, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_testing.contracts.registry.remote import certificate as signed
from lockgate_testing.contracts.registry.remote import of_remote_ca, read, recorded
from lockgate_testing.contracts.registry.subjects import (
    CA,
    OUTSIDE_CA,
    OUTSIDE_KEY,
    OUTSIDE_MAX_AGE,
    OUTSIDE_SUBJECT,
    REMOTE_CA,
    REMOTE_CERTIFICATE,
    REMOTE_ISSUER,
    RegistrySubject,
)
from lockgate_testing.contracts.registry.values import NUMBERS, new_public_key, order
from lockgate_testing.contracts.registry.work import again, run
from lockgate_testing.doubles.remote_ca.certificates import CaPrivateKey

PAST, LATER = -timedelta(seconds=1), timedelta(hours=1)
THEN = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
SERIAL = 4711
HOLD, REMOVED = RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL
SUPERSEDED, COMPROMISED = RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE


def new_ca() -> str:
    """The name of a CA outside that no other test has."""
    return f"outside {next(NUMBERS)} é"


def some_crl(key: str = "a" * 64, number: int | None = None) -> tuple[CrlFacts, bytes]:
    """A CRL like no other; the registry does not read it when it keeps it."""
    octets = f"CRL {next(NUMBERS)}".encode()
    digest = hashlib.sha256(octets).hexdigest()
    facts = CrlFacts(key=key, number=number, this_update=THEN, next_update=THEN + LATER, digest=digest, entries=2)
    return facts, octets


class FetchRules:
    """The schedule of fetches."""

    def test_a_fetch_begins_once(self, subject: RegistrySubject, fence: Fence) -> None:
        ca_name = new_ca()
        for expected in (True, False):
            with subject.ca.transaction(fence) as work:
                assert work.outside_crls.begin(ca_name, LATER) is expected

    def test_a_fetch_that_is_never_ended_is_due_again(self, subject: RegistrySubject, fence: Fence) -> None:
        ca_name = new_ca()
        for _ in range(2):
            with subject.ca.transaction(fence) as work:
                assert work.outside_crls.begin(ca_name, PAST)

    def test_what_is_rolled_back_has_not_begun(self, subject: RegistrySubject, fence: Fence) -> None:
        ca_name = new_ca()

        def failing(work: RegistryTransaction) -> None:
            assert work.outside_crls.begin(ca_name, LATER)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(subject, fence, failing)
        with subject.ca.transaction(fence) as work:
            assert work.outside_crls.begin(ca_name, LATER)

    def test_the_state_tells_the_last_success_and_the_last_trouble(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        ca_name = new_ca()
        with subject.ca.transaction(fence) as work:
            assert work.outside_crls.state(ca_name) is None
            work.outside_crls.begin(ca_name, LATER)
        with subject.ca.transaction(fence) as work:
            begun = work.outside_crls.state(ca_name)
            work.outside_crls.end(ca_name, LATER)
            succeeded, now = work.outside_crls.state(ca_name), work.now()
        with subject.ca.transaction(fence) as work:
            work.outside_crls.end(ca_name, PAST, "it is away é")
            failed = work.outside_crls.state(ca_name)
            assert work.outside_crls.begin(ca_name, LATER)
        assert begun is not None
        assert (begun.fetched, begun.trouble) == (None, "")
        assert succeeded is not None
        assert (succeeded.fetched, succeeded.trouble, succeeded.due) == (now, "", now + LATER)
        assert failed is not None
        assert (failed.fetched, failed.trouble) == (now, "it is away é")

    def test_the_cas_of_a_remote_issuer(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert REMOTE_CA in work.outside_crls.of_issuer(REMOTE_ISSUER)
            assert CA not in work.outside_crls.of_issuer(REMOTE_ISSUER)
            assert not work.outside_crls.of_issuer("nobody")


class KeptCrlRules:
    """What is kept."""

    @pytest.mark.parametrize("number", [None, 0, 7, 2**159], ids=["none", "zero", "small", "large"])
    def test_a_crl_is_kept_as_it_is(self, subject: RegistrySubject, fence: Fence, number: int | None) -> None:
        ca_name, (facts, octets) = new_ca(), some_crl(number=number)
        with subject.ca.transaction(fence) as work:
            work.outside_crls.keep(ca_name, facts, octets)
        with subject.ca.transaction(fence) as work:
            kept = work.outside_crls.last(ca_name, facts.key)
            assert kept == KeptCrl(ca_name=ca_name, facts=facts, uncarried=0)
            assert work.outside_crls.content(kept) == octets

    def test_each_key_has_one(self, subject: RegistrySubject, fence: Fence) -> None:
        ca_name, (first, _), (second, _), (third, octets) = new_ca(), some_crl(), some_crl("b" * 64), some_crl()
        with subject.ca.transaction(fence) as work:
            for facts in (first, second, third):
                work.outside_crls.keep(ca_name, facts, octets)
        with subject.ca.transaction(fence) as work:
            found = [work.outside_crls.last(ca_name, key * 64) for key in "abc"]
        assert [kept and kept.facts for kept in found] == [third, second, None]

    def test_a_crl_of_a_ca_here_is_carried_over_once(self, subject: RegistrySubject, fence: Fence) -> None:
        facts, octets = some_crl()
        with subject.ca.transaction(fence) as work:
            work.outside_crls.keep(REMOTE_CA, facts, octets)
        with subject.ca.transaction(fence) as work:
            (kept,) = (one for one in work.outside_crls.uncarried() if one.facts == facts)
            assert kept.uncarried > facts.entries
            work.outside_crls.carried(kept, 1)
        with subject.ca.transaction(fence) as work:
            (left,) = (one for one in work.outside_crls.uncarried() if one.facts == facts)
            assert left.uncarried == 1
            work.outside_crls.carried(left, 0)
        with subject.ca.transaction(fence) as work:
            assert facts not in [one.facts for one in work.outside_crls.uncarried()]

    def test_of_two_that_carry_the_same_part_over_one_loses(self, subject: RegistrySubject, fence: Fence) -> None:
        facts, octets = some_crl()
        with subject.ca.transaction(fence) as work:
            work.outside_crls.keep(REMOTE_CA, facts, octets)
            kept = work.outside_crls.last(REMOTE_CA, facts.key)
            assert kept is not None
            work.outside_crls.carried(kept, 2)
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.outside_crls.carried(kept, 2)
        with subject.ca.transaction(fence) as work:
            work.outside_crls.keep(REMOTE_CA, *some_crl())
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.outside_crls.carried(kept, 0)
        finish(subject, fence)

    def test_the_last_crl_is_published(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        certificate = of_remote(subject, fence, username)
        for _ in range(2):
            with subject.ca.transaction(fence) as work:
                spki = x509.load_der_x509_certificate(REMOTE_CERTIFICATE).public_key()
                key = work.keys.identity(spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
                facts, octets = some_crl(key)
                work.outside_crls.keep(REMOTE_CA, facts, octets)
            with subject.ca.transaction(fence) as work:
                assert work.publications.latest_crl(certificate) == octets
                assert [one.crl for one in work.publications.crls(REMOTE_CA)] == [octets]
        finish(subject, fence)


class AdoptionRules:
    """What a CA has changed on its own."""

    @pytest.mark.parametrize(
        ("reasons", "standing"),
        [
            ([SUPERSEDED], CertificateStanding.REVOKED),
            ([HOLD], CertificateStanding.ON_HOLD),
            ([HOLD, REMOVED], CertificateStanding.GOOD),
            ([HOLD, SUPERSEDED], CertificateStanding.REVOKED),
        ],
    )
    def test_a_standing_follows_the_crl(
        self,
        subject: RegistrySubject,
        fence: Fence,
        username: str,
        reasons: Sequence[RevocationReason],
        standing: CertificateStanding,
    ) -> None:
        certificate = of_remote(subject, fence, username)
        before = subject.audited().count(Event.CERTIFICATE_REVOKED)
        for reason in reasons:
            with subject.ca.transaction(fence) as work:
                (facts,) = work.outside_crls.issued_here(REMOTE_CA, [certificate.serial_number, 1])
                work.outside_crls.adopt(facts, RevokedCertificate(facts.serial_number, THEN, reason))
        with subject.ca.transaction(fence) as work:
            (found,) = work.certificates.of(username)
            held = work.outside_crls.held(REMOTE_CA)
            assert not work.operations.due(REMOTE_ISSUER, 100, called=True)
        assert found.standing is standing
        assert found.reason is (None if reasons[-1] is REMOVED else reasons[-1])
        assert (found in held) is (standing is CertificateStanding.ON_HOLD)
        assert subject.audited().count(Event.CERTIFICATE_REVOKED) - before == len(reasons)

    def test_a_ca_outside_condemns_no_key_that_somebody_has_shown_to_hold(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        certificate = of_remote(subject, fence, username, new_public_key())
        with subject.ca.transaction(fence) as work:
            work.outside_crls.adopt(certificate, RevokedCertificate(certificate.serial_number, THEN, COMPROMISED))
        with subject.ca.transaction(fence) as work:
            assert work.keys.fate(certificate.key) == KeyFate(Fate.IN_DOUBT, frozenset({username}))
            (found,) = work.certificates.of(username)
        assert (found.standing, found.reason) == (CertificateStanding.REVOKED, COMPROMISED)

    def test_a_hold_that_was_asked_for_here_is_none_of_the_cas(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        certificate = of_remote(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(certificate, HOLD, "CN=ra")
        with subject.ca.transaction(fence) as work:
            assert certificate.fingerprint not in [one.fingerprint for one in work.outside_crls.held(REMOTE_CA)]

    def test_certificates_of_other_cas_are_not_found(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        certificate = of_remote(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            assert not work.outside_crls.issued_here(CA, [certificate.serial_number])
            assert not work.outside_crls.issued_here(REMOTE_CA, [])

    def test_who_has_changed_a_certificate_first_wins(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        certificate = of_remote(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(certificate, HOLD, "CN=ra")
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.outside_crls.adopt(certificate, RevokedCertificate(certificate.serial_number, THEN, SUPERSEDED))


class OutsideStandingRules:
    """The standing of certificates of the CA outside."""

    @pytest.mark.parametrize(
        ("reason", "standing"),
        [
            (None, CertificateStanding.GOOD),
            (x509.ReasonFlags.superseded, CertificateStanding.REVOKED),
            (x509.ReasonFlags.certificate_hold, CertificateStanding.ON_HOLD),
        ],
    )
    def test_it_is_that_of_the_last_crl(
        self,
        subject: RegistrySubject,
        fence: Fence,
        reason: x509.ReasonFlags | None,
        standing: CertificateStanding,
    ) -> None:
        keep_outside(subject, fence, reason)
        assert again(subject, fence, lambda work: work.certificates.standing(of_outside(work))) is standing

    @pytest.mark.parametrize(
        ("begins", "ends"),
        [(-2 * LATER, -LATER), (-OUTSIDE_MAX_AGE - LATER, LATER)],
        ids=["ended", "too old"],
    )
    def test_a_crl_that_does_not_count_says_nothing(
        self, subject: RegistrySubject, fence: Fence, begins: timedelta, ends: timedelta
    ) -> None:
        keep_outside(subject, fence, None, begins, ends)
        with pytest.raises(StandingUntold, match=OUTSIDE_CA), subject.ca.transaction(fence) as work:
            work.certificates.standing(of_outside(work))

    def test_of_another_key_nothing_is_known(self, subject: RegistrySubject, fence: Fence) -> None:
        keep_outside(subject, fence, None)
        with subject.ca.transaction(fence) as work:
            for key in ("", "c" * 64):
                other = replace(of_outside(work), issuer_key=key)
                assert work.certificates.standing(other) is CertificateStanding.UNKNOWN


def of_remote(subject: RegistrySubject, fence: Fence, username: str, key: bytes | None = None) -> CertificateFacts:
    """A certificate of the remote CA, recorded for the end entity.

    Args:
        key: DER; the first key by default.
    """
    request = f"request {next(NUMBERS)}"
    wanted = replace(order(of_remote_ca(username)), operation=f"{request}:0", requester_fingerprint=None)
    if key is not None:
        wanted = replace(wanted, request=CertificationRequest(public_key=key, possession=Possession.PROVEN))
    with subject.ca.transaction(fence) as work:
        orders = work.issuance.order_all([wanted])
        assert not isinstance(orders, Rejected)
        work.issuance.intend(orders[0], Intent(request=request, effect=0))
    operation = read(subject, fence, orders[0].operation)
    recorded(subject, fence, operation, signed(operation))
    with subject.ca.transaction(fence) as work:
        (facts,) = work.certificates.of(username)
    return facts


def finish(subject: RegistrySubject, fence: Fence) -> None:
    """Leave nothing to be carried over to other tests."""
    with subject.ca.transaction(fence) as work:
        for kept in list(work.outside_crls.uncarried()):
            work.outside_crls.carried(kept, 0)


def outside_key(work: RegistryTransaction, key: CaPrivateKey = OUTSIDE_KEY) -> str:
    """The identity of the key of the CA outside."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return work.keys.identity(spki)


def keep_outside(
    subject: RegistrySubject,
    fence: Fence,
    reason: x509.ReasonFlags | None,
    begins: timedelta = PAST,
    ends: timedelta = LATER,
) -> None:
    """Keep a CRL of the CA outside on which the certificate `SERIAL` stands for that reason; or does not stand."""
    with subject.ca.transaction(fence) as work:
        now = work.now().replace(microsecond=0)
        name = x509.Name.from_rfc4514_string(OUTSIDE_SUBJECT)
        builder = x509.CertificateRevocationListBuilder(name, now + begins, now + ends)
        if reason is not None:
            entry = x509.RevokedCertificateBuilder(SERIAL, now + begins)
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        octets = builder.sign(OUTSIDE_KEY, hashes.SHA256()).public_bytes(Encoding.DER)
        facts = CrlFacts(
            key=outside_key(work),
            number=None,
            this_update=now + begins,
            next_update=now + ends,
            digest=hashlib.sha256(octets).hexdigest(),
            entries=0 if reason is None else 1,
        )
        work.outside_crls.keep(OUTSIDE_CA, facts, octets)


def of_outside(
    work: RegistryTransaction,
    key: ec.EllipticCurvePrivateKey = OUTSIDE_KEY,
    subject: str = OUTSIDE_SUBJECT,
    serial_number: int = SERIAL,
) -> TrustedCertificate:
    """The certificate with that number of the CA outside, as the one that has signed a request."""
    name = x509.Name.from_rfc4514_string(subject)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial_number, THEN, THEN + 1000 * LATER)
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    return TrustedCertificate(
        der,
        hashlib.sha256(der).hexdigest(),
        subject,
        "CN=x",
        serial_number,
        THEN,
        THEN,
        digital_signature=True,
        key_encipherment=True,
        request_purpose=True,
        issuer_key=outside_key(work, key),
    )
