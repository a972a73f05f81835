"""The rules of the remote issuers that promise more than each of them does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509

from lockgate.certification.revocation import RevocationReason as Reasons
from lockgate.errors import NotSent
from lockgate.ports import Issued, IssuerAnswer, Later, Revoked
from lockgate_testing.contracts.remote_issuer.every import CALLS, RemoteIssuerContract
from lockgate_testing.contracts.remote_issuer.subjects import (
    QUESTIONS,
    RemoteIssuerSubject,
    carried_out,
    completed,
    drafted,
    obtained,
    received,
    revocation,
)


class IdempotentIssuerContract(RemoteIssuerContract):
    """What an issuer does whose `traits.idempotent` is true."""

    promise = "idempotent"

    def test_the_same_draft_brings_the_same_certificate(self, subject: RemoteIssuerSubject) -> None:
        issued, draft = subject.issued(), drafted(subject, subject.order())
        certificate = completed(subject, draft)
        assert received(subject, draft)[0] == certificate
        assert len(subject.issued()) == len(issued) + 1

    def test_the_same_draft_several_times_at_once(self, subject: RemoteIssuerSubject) -> None:
        issued, draft = subject.issued(), drafted(subject, subject.order())
        with ThreadPoolExecutor(min(CALLS, subject.issuer.traits.calls)) as pool:
            made = set(pool.map(lambda _: completed(subject, draft), range(CALLS)))
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
        certificate, stored = received(subject, draft)
        found = subject.issuer.lookup(stored)
        assert isinstance(found, Issued)
        assert found.certificate == certificate

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


class IssuerThatPollsContract(RemoteIssuerContract):
    """What an issuer does whose `traits.polls` is true."""

    promise = "polls"

    def test_an_answer_that_comes_later(self, subject: RemoteIssuerSubject) -> None:
        issued, draft = subject.issued(), drafted(subject, subject.order())
        with subject.answers_later():
            later = subject.issuer.call(draft)
        assert isinstance(later, Later)
        assert later.after >= timedelta()
        assert self._polled(subject, later, draft)
        assert len(subject.issued()) == len(issued) + 1

    def test_a_poll_whose_answer_is_lost(self, subject: RemoteIssuerSubject) -> None:
        issued, draft = subject.issued(), drafted(subject, subject.order())
        with subject.answers_later():
            later = subject.issuer.call(draft)
        assert isinstance(later, Later)
        for _ in range(2):
            subject.wait(later.after)
            subject.issuer.lookup(later.draft or draft)
        assert self._polled(subject, later, draft)
        assert len(subject.issued()) == len(issued) + 1

    @staticmethod
    def _polled(subject: RemoteIssuerSubject, answer: Later, draft: bytes) -> bytes:
        """The certificate, confirmed where the CA wants it."""
        found: IssuerAnswer | None = answer
        for _ in range(QUESTIONS):
            if not isinstance(found, Later):
                break
            draft = found.draft or draft
            subject.wait(found.after)
            found = subject.issuer.lookup(draft)
        assert isinstance(found, Issued)
        if subject.issuer.traits.confirms:
            assert subject.issuer.confirm(found.draft or draft, found.certificate, accepted=True) is None
        return found.certificate


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
            assert subject.issuer.confirm(draft, certificate, accepted=False) is None
        assert subject.issued() == issued

    def test_it_says_that_no_confirmation_has_reached_the_ca(self, subject: RemoteIssuerSubject) -> None:
        draft, certificate = _unconfirmed(subject)
        with subject.cut_off(), pytest.raises(NotSent):
            subject.issuer.confirm(draft, certificate, accepted=True)
        assert certificate not in subject.issued()
        subject.issuer.confirm(draft, certificate, accepted=True)
        assert certificate in subject.issued()


class IssuerThatVoidsUnconfirmedContract(IssuerThatConfirmsContract):
    """What an issuer does whose `traits.voids_unconfirmed` is true."""

    promise = "voids_unconfirmed"

    def test_an_order_is_given_anew(self, subject: RemoteIssuerSubject) -> None:
        issued, order = subject.issued(), subject.order()
        given_up, _ = received(subject, drafted(subject, order))
        certificate = obtained(subject, order)
        assert certificate != given_up
        assert len(subject.issued()) == len(issued) + 1
        assert certificate in subject.issued()


def _unconfirmed(subject: RemoteIssuerSubject) -> tuple[bytes, bytes]:
    """The draft that is stored with a certificate, and the certificate."""
    certificate, stored = received(subject, drafted(subject, subject.order()))
    return stored, certificate
