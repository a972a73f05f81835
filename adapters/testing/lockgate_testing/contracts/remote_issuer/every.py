"""The rules of every remote issuer."""

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.revocation import RevocationReason as Reasons
from lockgate.errors import NotSent
from lockgate.ports import Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.remote_issuer.subjects import (
    RemoteIssuerSubject,
    carried_out,
    drafted,
    obtained,
    revocation,
)

PROMISES = ("idempotent", "looks_up", "polls", "confirms", "voids_unconfirmed")
"""Names in `Traits`."""
CALLS = 8


class RemoteIssuerContract:
    """What every remote issuer does. A subclass supplies the fixture `subject`.

    An adapter inherits the suites of all that its traits promise as well: `IdempotentIssuerContract`,
    `IssuerThatLooksUpContract`, `IssuerThatPollsContract`, `IssuerThatConfirmsContract`,
    `IssuerThatVoidsUnconfirmedContract`.

    Attributes:
        promise: the name in `Traits` of what the class is the suite of.
    """

    promise: ClassVar[str] = ""

    @pytest.fixture
    def subject(self) -> RemoteIssuerSubject:
        """The remote issuer under test, and its CA."""
        raise NotImplementedError("supply the fixture `subject`: the remote issuer under test, a RemoteIssuerSubject")

    def test_the_suites_are_those_of_its_traits(self, subject: RemoteIssuerSubject) -> None:
        inherited = {suite.promise for suite in type(self).__mro__ if issubclass(suite, RemoteIssuerContract)}
        assert inherited - {""} == {name for name in PROMISES if getattr(subject.issuer.traits, name)}

    @pytest.mark.parametrize("key", ["RSA", "P-256"])
    def test_a_certificate_carries_the_ordered_key_and_names(self, subject: RemoteIssuerSubject, key: str) -> None:
        order = subject.order(key)
        made = x509.load_der_x509_certificate(obtained(subject, order))
        assert _key_of(made) == order.public_key
        assert made.subject.public_bytes() == order.subject
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names == x509.SubjectAlternativeName([x509.DNSName("host.example")])

    def test_a_certificate_ends_no_later_than_ordered(self, subject: RemoteIssuerSubject) -> None:
        order = subject.order()
        made = x509.load_der_x509_certificate(obtained(subject, order))
        assert made.not_valid_after_utc <= order.not_after

    def test_the_cas_key_signs(self, subject: RemoteIssuerSubject) -> None:
        made = x509.load_der_x509_certificate(obtained(subject, subject.order()))
        made.verify_directly_issued_by(x509.load_der_x509_certificate(subject.certificate))

    def test_nothing_of_a_draft_reaches_the_ca(self, subject: RemoteIssuerSubject) -> None:
        certificate = obtained(subject, subject.order())
        issued, revoked = subject.issued(), subject.revoked()
        drafted(subject, revocation(subject, certificate, Reasons.SUPERSEDED))
        with subject.cut_off():
            drafted(subject, subject.order())
        assert (subject.issued(), subject.revoked()) == (issued, revoked)

    def test_several_calls_at_a_time(self, subject: RemoteIssuerSubject) -> None:
        orders = [subject.order() for _ in range(CALLS)]
        with ThreadPoolExecutor(min(CALLS, subject.issuer.traits.calls)) as pool:
            octets = list(pool.map(lambda order: obtained(subject, order), orders))
        made = [x509.load_der_x509_certificate(certificate) for certificate in octets]
        assert [_key_of(certificate) for certificate in made] == [order.public_key for order in orders]
        assert [certificate.subject.public_bytes() for certificate in made] == [order.subject for order in orders]
        assert len({certificate.serial_number for certificate in made}) == CALLS
        assert set(octets) <= set(subject.issued())

    @pytest.mark.parametrize("reason", [Reasons.KEY_COMPROMISE, Reasons.SUPERSEDED, Reasons.CERTIFICATE_HOLD])
    def test_a_revoked_certificate_stands_revoked(self, subject: RemoteIssuerSubject, reason: Reasons) -> None:
        certificate = obtained(subject, subject.order())
        serial = x509.load_der_x509_certificate(certificate).serial_number
        assert serial not in subject.revoked()
        assert carried_out(subject, drafted(subject, revocation(subject, certificate, reason))) == Revoked()
        assert subject.revoked()[serial] is reason

    def test_a_certificate_is_revoked_twice(self, subject: RemoteIssuerSubject) -> None:
        certificate = obtained(subject, subject.order())
        order = revocation(subject, certificate, Reasons.SUPERSEDED)
        draft = drafted(subject, order)
        repeated = draft if subject.issuer.traits.idempotent else drafted(subject, order)
        assert [carried_out(subject, each) for each in (draft, repeated)] == [Revoked(), Revoked()]
        assert subject.revoked()[x509.load_der_x509_certificate(certificate).serial_number] is Reasons.SUPERSEDED

    def test_a_certificate_is_released_from_hold(self, subject: RemoteIssuerSubject) -> None:
        certificate = obtained(subject, subject.order())
        for reason in (Reasons.CERTIFICATE_HOLD, Reasons.REMOVE_FROM_CRL):
            assert carried_out(subject, drafted(subject, revocation(subject, certificate, reason))) == Revoked()
        assert x509.load_der_x509_certificate(certificate).serial_number not in subject.revoked()

    def test_a_refusal_is_a_value(self, subject: RemoteIssuerSubject) -> None:
        issued = subject.issued()
        draft = subject.issuer.draft(subject.refused_order())
        answer = draft if isinstance(draft, Rejected) else carried_out(subject, draft)
        assert isinstance(answer, Rejected)
        assert answer.reason is Reason.ISSUER_REFUSED
        assert answer.detail
        assert subject.issued() == issued

    def test_people_find_a_draft_at_the_ca_by_its_reference(self, subject: RemoteIssuerSubject) -> None:
        drafts = [drafted(subject, subject.order()) for _ in range(2)]
        references = [subject.issuer.reference(draft) for draft in drafts]
        assert references == ["", ""] or len(set(references)) == len(drafts)

    def test_it_says_that_nothing_has_reached_the_ca(self, subject: RemoteIssuerSubject) -> None:
        issued, order = subject.issued(), subject.order()
        with subject.cut_off(), pytest.raises(NotSent):
            subject.issuer.call(drafted(subject, order))
        assert subject.issued() == issued
        assert obtained(subject, order) in subject.issued()


def _key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
