"""One submessage, from the row to its sealed answer:

    1 open -> 2 verify -> 3 understand |
    4 recall -> 5 authenticate -> 6 count -> 7 admit -> 8 state -> 9 authorize -> 10 clear -> 11 carry out ->
    12 respond -> 13 seal

Steps 8 to 12 stand in `lockgate.line.acting`. Left of the bar nothing but the submessage is needed; right of it
everything happens inside one transaction of the CA's database, together with the journal. A request that administrators
have to approve first is not cleared: it waits, and the steps right of the bar are repeated in a later round. A request
whose certificate a remote issuer signs waits after step 11, and goes on with step 12 in a later round. Each stage is a
frozen type (`lockgate.line.stages`) that only its predecessor's function produces: a skipped step does not type-check,
and tests/test_line.py finds a stage that other code creates. A refusal is a value. The numbers stand again where the
steps are taken.
"""

import hashlib
from collections.abc import Iterable

from lockgate.errors import Defect, StandingUntold
from lockgate.line.acting import Acting, Resumed
from lockgate.line.answers import Answers
from lockgate.line.clearance import Waiting, postponed
from lockgate.line.journal import JournalEntry, PendingRequest, judge_replay
from lockgate.line.policy import LinePolicy
from lockgate.line.stages import (
    Admitted,
    Authenticated,
    Counted,
    Recalled,
    Received,
    RefusedSubmessage,
    Understood,
    Unwrapped,
    Verified,
)
from lockgate.ports import CertificateTrust, Contents, Envelopes, Instruments, MessageKey, Opened, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind, RequestHeader
from lockgate.requests.processors import Processor
from lockgate.requests.request_types import REQUEST_TYPES, RequestTypes
from lockgate.requests.submessages import Request, Response
from lockgate.rights.authorization import SUPERADMINISTRATOR, Administrator
from lockgate.rights.signer import TrustedCertificate, judge_answer_certificate, judge_signer


class Pipeline:
    """The line for one worker."""

    def __init__(
        self,
        policy: LinePolicy,
        envelopes: Envelopes,
        contents: Contents,
        trust: CertificateTrust,
        acting: Acting,
        instruments: Instruments,
        request_types: RequestTypes = REQUEST_TYPES,
    ) -> None:
        self._policy = policy
        self._envelopes = envelopes
        self._contents = contents
        self._trust = trust
        self._acting = acting
        self._instruments = instruments
        self._request_types = request_types
        self._answers = Answers(policy, envelopes, contents, request_types)

    def read(self, received: Received) -> Understood | RefusedSubmessage:
        """Everything that needs no database: 1 open -> 2 verify -> 3 understand."""
        unwrapped = self._open(received)
        if isinstance(unwrapped, Rejected):
            return RefusedSubmessage(received, unwrapped)
        verified = self._verify(unwrapped)
        if isinstance(verified, Rejected):
            return RefusedSubmessage(received, verified)
        return self._understand(verified)

    def answer(self, part: Understood | RefusedSubmessage, work: RegistryTransaction) -> bytes | Waiting:
        """Everything that needs the CA's database: 4 recall -> 5 authenticate -> ... -> 13 seal; `Waiting` where
        there is no answer before administrators have decided, before operations have ended, or before a CA outside
        says how a certificate of its stands.

        Args:
            part: what `read` made of the submessage.
            work: the transaction in which the effect and its journal entry commit.
        """
        if isinstance(part, RefusedSubmessage):
            return self._answers.notice(part.received, part.rejected, work)
        recalled = self._recall(part, work)
        if isinstance(recalled, JournalEntry):
            return self._answers.repeat(part.verified, recalled, work)
        if isinstance(recalled, Rejected):
            return self._answers.notice(part.verified.unwrapped.received, recalled, work)
        try:
            authenticated = self._authenticate(recalled, work)
        except StandingUntold as untold:
            return postponed(untold, work)
        under_way = recalled.pending if recalled.pending and recalled.pending.is_under_way else None
        if isinstance(authenticated, Rejected):
            if under_way:
                self._acting.disown(under_way.operation, authenticated, work)
            return self._answers.disown(part.verified, authenticated, work, recalled.pending)
        outcome = self._resume(part, under_way, work) if under_way else self._execute(authenticated, work)
        if isinstance(outcome, Waiting):
            self._answers.defer(part.verified, self._pending(part.verified, outcome), work)
            return outcome
        return self._answers.conclude(part, outcome, work, recalled.pending)

    def expected(self, part: Understood | RefusedSubmessage) -> Iterable[MessageKey]:
        """Messages of transactions of protocols that `answer` will ask for; a hint."""
        if isinstance(part, RefusedSubmessage) or isinstance(part.request, Rejected):
            return ()
        return self._processor(part.request).expected(part.brought)

    # ---- without a database

    def _open(self, received: Received) -> Unwrapped | Rejected:
        """1: the envelope, which is opened only where the worker's requirements are kept."""
        opened = self._envelopes.open(received.octets)
        if isinstance(opened, Rejected):
            return opened
        return self._policy.judge_envelope(opened) or Unwrapped(received, opened)

    def _verify(self, unwrapped: Unwrapped) -> Verified | Rejected:
        """2: signature, chain, binding. Unsigned content is taken only where the worker allows it."""
        opened = unwrapped.opened
        if not opened.signed:
            return self._verify_unsigned(unwrapped)
        signed = self._envelopes.verify(opened)
        if isinstance(signed, Rejected):
            return signed
        if signed.kind is not ContentKind.REQUEST:
            return Rejected(Reason.UNREADABLE, internal=f"signed as {signed.kind}")
        signer = self._trust.path(signed.certificate)
        if isinstance(signer, Rejected):
            return signer
        return self._bind(unwrapped, signed.content, signer)

    def _verify_unsigned(self, unwrapped: Unwrapped) -> Verified | Rejected:
        if refused := self._policy.judge_unsigned():
            return refused
        if unwrapped.opened.encrypted and not unwrapped.opened.authenticated:
            return Rejected(Reason.UNREADABLE, internal="unsigned content in an unauthenticated envelope")
        return self._bind(unwrapped, unwrapped.opened.octets, None)

    def _bind(self, unwrapped: Unwrapped, content: bytes, signer: TrustedCertificate | None) -> Verified | Rejected:
        header = self._contents.read_header(content)
        if isinstance(header, Rejected):
            return header
        misplaced = header.judge_binding(unwrapped.received.place, self._policy.recipient)
        if misplaced:
            return misplaced
        answer_to = self._answer_certificate(unwrapped.opened, header, signer)
        if isinstance(answer_to, Rejected):
            return answer_to
        return Verified(unwrapped, header, hashlib.sha256(content).hexdigest(), signer, answer_to)

    def _answer_certificate(
        self, opened: Opened, header: RequestHeader, signer: TrustedCertificate | None
    ) -> TrustedCertificate | Rejected | None:
        """An encrypted request gets an encrypted answer."""
        if not opened.encrypted:
            return None
        if header.answer_certificate is None:
            return signer or Rejected(Reason.NO_ANSWER_CERTIFICATE)
        path = self._trust.path(header.answer_certificate)
        return Rejected(Reason.NO_ANSWER_CERTIFICATE, internal=path.internal) if isinstance(path, Rejected) else path

    def _understand(self, verified: Verified) -> Understood:
        """3: the request, if its type is accepted, and the certification requests inside it."""
        request = self._policy.judge_type(verified.header.type) or self._contents.read_request(verified.header)
        if isinstance(request, Rejected):
            return Understood(verified, request)
        return Understood(verified, request, self._processor(request).read(request, self._instruments))

    def _processor(self, request: Request) -> Processor:
        return self._request_types[type(request).__name__].processor

    # ---- inside the CA's transaction

    def _recall(self, understood: Understood, work: RegistryTransaction) -> Recalled | JournalEntry | Rejected:
        """4: the answer that was given before, or the journal's record of a request that waits."""
        verified = understood.verified
        known = judge_replay(work.journal.recall((verified.key,)).get(verified.key), verified.digest)
        return known if isinstance(known, JournalEntry | Rejected) else Recalled(understood, known)

    def _pending(self, verified: Verified, waiting: Waiting) -> PendingRequest:
        place, data_source = verified.header.place, self._policy.recipient.data_source
        awaited = waiting.approval, waiting.decisions, waiting.operation, waiting.effects
        return PendingRequest(verified.key, verified.digest, data_source, place.message_id, *awaited)

    def _authenticate(self, recalled: Recalled, work: RegistryTransaction) -> Authenticated | Rejected:
        """5: the administrator that the request acts as, judged by the current standing of its certificates."""
        signer, answer_to = recalled.verified.signer, recalled.verified.answer_to
        for certificate, judge in ((signer, judge_signer), (answer_to, judge_answer_certificate)):
            refused = certificate and judge(certificate, work.certificates.standing(certificate), work.now())
            if refused:
                return refused
        if signer is None:
            return Authenticated(recalled, SUPERADMINISTRATOR)
        return Authenticated(recalled, Administrator.of(signer, work.roles.of(signer)))

    def _execute(self, authenticated: Authenticated, work: RegistryTransaction) -> Response | Rejected | Waiting:
        """6 count -> 7 admit -> the steps of `Acting.perform`: 8 state -> ... -> 12 respond."""
        counted = self._count(authenticated, work)
        if isinstance(counted, Rejected):
            return counted
        admitted = self._admit(counted, work)
        return admitted if isinstance(admitted, Rejected) else self._acting.perform(admitted, work)

    def _count(self, authenticated: Authenticated, work: RegistryTransaction) -> Counted | Rejected:
        """6: new requests count; one that waits was counted when it was accepted first."""
        if authenticated.recalled.pending or not self._policy.counts_requests:
            return Counted(authenticated)
        count = work.count_request(authenticated.who.fingerprint or "")
        return self._policy.judge_count(count) or Counted(authenticated)

    def _admit(self, counted: Counted, work: RegistryTransaction) -> Admitted | Rejected:
        """7: fresh, readable, and no secret in clear.

        A request that waits was fresh when it was accepted first; whether it may still be carried out is judged with
        its approval.
        """
        recalled = counted.authenticated.recalled
        stale = self._policy.judge_freshness(recalled.verified.header, work.now())
        if stale and recalled.pending is None:
            return stale
        request = recalled.understood.request
        if isinstance(request, Rejected):
            return request
        secret = request.carries_secret() or request.answer_carries_secret()
        if secret and not recalled.verified.unwrapped.opened.encrypted:
            return Rejected(Reason.SECRET_IN_CLEAR)
        awaited = recalled.pending.approval if recalled.pending else None
        return Admitted(counted, request, self._processor(request), stale, awaited)

    def _resume(
        self, understood: Understood, pending: PendingRequest, work: RegistryTransaction
    ) -> Response | Rejected | Waiting:
        """12 for a request that was carried out in an earlier round."""
        request = understood.request
        if isinstance(request, Rejected):
            raise Defect(f"a request that is under way is not read any more: {request.reason}")
        resumed = Resumed(pending.operation, pending.effects)
        return self._acting.resume(resumed, request, self._processor(request), understood.verified.origin, work)
