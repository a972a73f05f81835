"""Answers: sealed, audited, and journaled where they are verdicts.

A *notice* is about the octets found in the row: it is signed if the worker has a keystore, is never encrypted, and says
nothing about the request, because its author is not known. A *verdict* is about the verified request, is encrypted like
the request, and is journaled: it is given once.
"""

import hashlib
from datetime import UTC, datetime

from lockgate.audit import AuditEvent, Event
from lockgate.line.journal import JournalEntry, PendingRequest
from lockgate.line.policy import LinePolicy
from lockgate.line.stages import Received, Understood, Verified
from lockgate.ports import Contents, Envelopes, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.requests.content import CLOCK_TOLERANCE, AnswerContent, ContentKind, DigestOf, Place
from lockgate.requests.request_types import RequestTypes
from lockgate.requests.submessages import Response
from lockgate.rights.signer import TrustedCertificate

_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Answers:
    """Makes the answers of one worker's line."""

    def __init__(
        self, policy: LinePolicy, envelopes: Envelopes, contents: Contents, request_types: RequestTypes
    ) -> None:
        self._policy = policy
        self._envelopes = envelopes
        self._contents = contents
        self._request_types = request_types

    def notice(self, received: Received, rejected: Rejected, work: RegistryTransaction) -> bytes:
        """Answer octets whose sender is not known. This is not journaled, because such octets prove nothing."""
        self._audit(Event.SUBMESSAGE_REFUSED, received.place, rejected, work)
        return self._seal_notice(received, rejected, work)

    def repeat(self, verified: Verified, entry: JournalEntry, work: RegistryTransaction) -> bytes:
        """Answer a request that was answered before: the same again."""
        self._audit(Event.REQUEST_REPEATED, verified.header.place, None, work, verified.signer)
        return entry.answer

    def disown(
        self, verified: Verified, rejected: Rejected, work: RegistryTransaction, waited: PendingRequest | None
    ) -> bytes:
        """Answer a request whose certificates are no good now: a notice, since there is no one to encrypt a verdict to,
        but journaled, so that it stays refused when the certificates are good again.
        """
        notice = self._seal_notice(verified.unwrapped.received, rejected, work)
        return self._journal(verified, rejected, notice, work, waited)

    def conclude(
        self,
        understood: Understood,
        outcome: Response | Rejected,
        work: RegistryTransaction,
        waited: PendingRequest | None,
    ) -> bytes:
        """Answer a request with its verdict.

        Args:
            waited: the journal's record of it, if it waited; None for a new request.
        """
        verified = understood.verified
        response = self._refusal(understood, outcome) if isinstance(outcome, Rejected) else outcome
        place, recipient = verified.header.place, self._policy.recipient
        answer = AnswerContent(response, verified.digest, DigestOf.REQUEST, place, recipient, work.now())
        sealed = self._seal(answer, verified.answer_to.der if verified.answer_to else None)
        return self._journal(verified, outcome, sealed, work, waited)

    def defer(self, verified: Verified, pending: PendingRequest, work: RegistryTransaction) -> None:
        """Keep that a request waits for administrators or for operations; no answer yet."""
        place = verified.header.place
        awaited = {"approval": pending.approval, "operation": pending.operation}
        named = {name: key for name, key in awaited.items() if key}
        self._audit(Event.REQUEST_WAITS, place, None, work, verified.signer, **named)
        work.journal.defer(pending)

    def _refusal(self, understood: Understood, rejected: Rejected) -> Response:
        request = understood.request
        if isinstance(request, Rejected):
            return say_no(Response, 0, rejected)
        return say_no(self._request_types[type(request).__name__].response, request.request_id, rejected)

    def _seal_notice(self, received: Received, rejected: Rejected, work: RegistryTransaction) -> bytes:
        """The reason alone: a detail could quote what was encrypted, and a notice is not."""
        digest = hashlib.sha256(received.octets).hexdigest()
        response, recipient = say_no(Response, 0, Rejected(rejected.reason)), self._policy.recipient
        answer = AnswerContent(response, digest, DigestOf.SUBMESSAGE, received.place, recipient, work.now())
        return self._seal(answer, None)

    def _seal(self, answer: AnswerContent, encrypt_to: bytes | None) -> bytes:
        content = self._contents.encode_answer(answer)
        return self._envelopes.seal(content, ContentKind.ANSWER, sign=self._policy.signs, encrypt_to=encrypt_to)

    def _journal(
        self,
        verified: Verified,
        outcome: Response | Rejected,
        answer: bytes,
        work: RegistryTransaction,
        waited: PendingRequest | None,
    ) -> bytes:
        place, rejected = verified.header.place, outcome if isinstance(outcome, Rejected) else None
        self._audit(
            Event.REQUEST_REFUSED if rejected else Event.REQUEST_ANSWERED, place, rejected, work, verified.signer
        )
        work.journal.record(
            JournalEntry(
                key=verified.key,
                digest=verified.digest,
                message_id=place.message_id,
                part=place.part,
                verdict=rejected.reason if rejected else "success",
                answer=answer,
                keep_until=_last_use(verified, waited, work) + CLOCK_TOLERANCE,
            )
        )
        return answer

    def _audit(
        self,
        event: Event,
        place: Place,
        rejected: Rejected | None,
        work: RegistryTransaction,
        signer: TrustedCertificate | None = None,
        **facts: str,
    ) -> None:
        details = {"part": f"{place.part}/{place.parts}", "data_source": self._policy.recipient.data_source, **facts}
        if signer:
            details |= {"signer": signer.name, "signer_fingerprint": signer.fingerprint}
        if rejected:
            details |= {"reason": rejected.reason, "detail": rejected.detail, "internal": rejected.internal}
        work.audit(AuditEvent(event, self._policy.worker, place.message_id, details))


def _last_use(verified: Verified, waited: PendingRequest | None, work: RegistryTransaction) -> datetime:
    """UTC: the time until which the request could be carried out: the end of its freshness, or the expiry of the
    approval that it waited for."""
    approval = work.approvals.get(waited.approval) if waited else None
    fresh_until = max(verified.header.expires, work.now())
    return min(max(fresh_until, approval.expires) if approval else fresh_until, _LATEST)


def say_no(kind: type[Response], request_id: int, rejected: Rejected) -> Response:
    """The response that refuses."""
    return kind(request_id=request_id, success=False, fail_info=rejected.fail_info, reason=rejected.reason)
