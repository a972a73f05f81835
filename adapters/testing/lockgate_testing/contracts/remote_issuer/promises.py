"""The rules of the remote issuers that promise more than each of them does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509

from lockgate.certification.revocation import RevocationReason as Reasons
from lockgate.errors import NotSent
from lockgate.ports import Issued, Revoked
from lockgate_testing.contracts.remote_issuer.every import CALLS, RemoteIssuerContract
from lockgate_testing.contracts.remote_issuer.subjects import (
    RemoteIssuerSubject,
    carried_out,
    drafted,
    obtained,
    revocation,
)


class IdempotentIssuerContract(RemoteIssuerContract):
    """What an issuer does whose `traits.idempotent` is true."""

    promise = "idempotent"

    def test_the_same_draft_brings_the_same_certificate(self, subject: RemoteIssuerSubject) -> None:
        issued, order = subject.issued(), subject.order()
        certificate = obtained(subject, order)
        assert carried_out(subject, drafted(subject, order)) == Issued(certificate)
        assert len(subject.issued()) == len(issued) + 1

    def test_the_same_draft_several_times_at_once(self, subject: RemoteIssuerSubject) -> None:
        issued, order = subject.issued(), subject.order()
        with ThreadPoolExecutor(min(CALLS, subject.issuer.traits.calls)) as pool:
            made = set(pool.map(lambda _: obtained(subject, order), range(CALLS)))
        assert len(made) == 1
        assert len(subject.issued()) == len(issued) + 1

    def test_a_hold_that_is_over_does_not_come_back(self, subject: RemoteIssuerSubject) -> None:
        certificate = obtained(subject, subject.order())
        hold = drafted(subject, revocation(subject, certificate, Reasons.CERTIFICATE_HOLD))
        release = drafted(subject, revocation(subject, certificate, Reasons.REMOVE_FROM_CRL))
        assert [carried_out(subject, draft) for draft in (hold, release, hold)] == [Revoked()] * 3
        assert x509.load_der_x509_certificate(certificate).serial_number not in subject.revoked()


class IssuerThatLooksUpContract(RemoteIssuerContract):
    """What an issuer does whose `traits.looks_up` is true."""

    promise = "looks_up"

    def test_a_certificate_is_found_after_the_call(self, subject: RemoteIssuerSubject) -> None:
        draft = drafted(subject, subject.order())
        assert subject.issuer.lookup(draft) is None
        answer = carried_out(subject, draft)
        assert isinstance(answer, Issued)
        assert subject.issuer.lookup(draft) == answer

    def test_a_lookup_has_no_effect(self, subject: RemoteIssuerSubject) -> None:
        issued, order = subject.issued(), subject.order()
        assert subject.issuer.lookup(drafted(subject, order)) is None
        assert subject.issuer.lookup(drafted(subject, order)) is None
        assert subject.issued() == issued

    def test_a_revocation_is_found_after_the_call(self, subject: RemoteIssuerSubject) -> None:
        certificate = obtained(subject, subject.order())
        draft = drafted(subject, revocation(subject, certificate, Reasons.SUPERSEDED))
        assert subject.issuer.lookup(draft) is None
        assert carried_out(subject, draft) == Revoked()
        assert subject.issuer.lookup(draft) == Revoked()

    def test_it_says_that_no_lookup_has_reached_the_ca(self, subject: RemoteIssuerSubject) -> None:
        draft = drafted(subject, subject.order())
        with subject.cut_off(), pytest.raises(NotSent):
            subject.issuer.lookup(draft)


class IssuerThatConfirmsContract(RemoteIssuerContract):
    """What an issuer does whose `traits.confirms` is true."""

    promise = "confirms"

    def test_a_certificate_counts_once_it_is_accepted(self, subject: RemoteIssuerSubject) -> None:
        draft, certificate = _unconfirmed(subject)
        assert certificate not in subject.issued()
        subject.issuer.confirm(draft, certificate, accepted=True)
        assert certificate in subject.issued()

    def test_a_certificate_is_accepted_twice(self, subject: RemoteIssuerSubject) -> None:
        issued, (draft, certificate) = subject.issued(), _unconfirmed(subject)
        for _ in range(2):
            subject.issuer.confirm(draft, certificate, accepted=True)
        assert len(subject.issued()) == len(issued) + 1

    def test_a_rejected_certificate_is_void(self, subject: RemoteIssuerSubject) -> None:
        issued, (draft, certificate) = subject.issued(), _unconfirmed(subject)
        for _ in range(2):
            subject.issuer.confirm(draft, certificate, accepted=False)
        assert subject.issued() == issued

    def test_it_says_that_no_confirmation_has_reached_the_ca(self, subject: RemoteIssuerSubject) -> None:
        draft, certificate = _unconfirmed(subject)
        with subject.cut_off(), pytest.raises(NotSent):
            subject.issuer.confirm(draft, certificate, accepted=True)
        assert certificate not in subject.issued()
        subject.issuer.confirm(draft, certificate, accepted=True)
        assert certificate in subject.issued()


def _unconfirmed(subject: RemoteIssuerSubject) -> tuple[bytes, bytes]:
    """A draft and its certificate."""
    draft = drafted(subject, subject.order())
    answer = carried_out(subject, draft)
    assert isinstance(answer, Issued)
    return draft, answer.certificate
