"""One submessage, from the row to its sealed answer:

    open -> verify -> understand | recall -> authenticate -> count -> admit -> state -> authorize -> clear ->
    carry out -> respond -> seal

Left of the bar nothing but the submessage is needed; right of it everything happens inside one transaction of the
CA's database, together with the journal. A request that administrators have to approve first is not cleared: it waits,
and goes right of the bar again in a later round. Each stage is a frozen type (`lockgate.stages`) that only its
predecessor's function produces, so a skipped step does not type-check. A refusal is a value.
"""

import hashlib

from lockgate.answers import Answers
from lockgate.audit import AuditEvent, Event
from lockgate.authorization import NO_ADMINISTRATOR, SUPERADMINISTRATOR, Administrator, Denied, judge_rights
from lockgate.clearance import Clearance, Waiting
from lockgate.closure import close
from lockgate.content import ContentKind, RequestHeader
from lockgate.errors import Defect
from lockgate.execution import Execution, Outcomes
from lockgate.journal import JournalEntry, Known, PendingRequest, judge_replay
from lockgate.ports import CaTransaction, CertificateTrust, Contents, Envelopes, Instruments, Opened
from lockgate.processors import Processor
from lockgate.reasons import Reason, Rejected
from lockgate.registry import REQUEST_TYPES, RequestTypes
from lockgate.signer import TrustedCertificate, judge_answer_certificate, judge_signer
from lockgate.stages import (
    Admitted,
    Authenticated,
    Authorized,
    Cleared,
    LinePolicy,
    Received,
    Refused,
    Stated,
    Understood,
    Unwrapped,
    Verified,
)
from lockgate.submessages import Request, Response
from lockgate.view import View
from lockgate.whitelist import accepts

NOBODY = ""
"""No end entity has this username."""


class Pipeline:
    """The line for one worker."""

    def __init__(
        self,
        policy: LinePolicy,
        envelopes: Envelopes,
        contents: Contents,
        trust: CertificateTrust,
        instruments: Instruments,
        clearance: Clearance,
        request_types: RequestTypes = REQUEST_TYPES,
    ) -> None:
        self._policy = policy
        self._envelopes = envelopes
        self._contents = contents
        self._trust = trust
        self._instruments = instruments
        self._clearance = clearance
        self._request_types = request_types
        self._answers = Answers(policy, envelopes, contents, request_types)

    def read(self, received: Received) -> Understood | Refused:
        """Everything that needs no database: open -> verify -> understand."""
        unwrapped = self._open(received)
        if isinstance(unwrapped, Rejected):
            return Refused(received, unwrapped)
        verified = self._verify(unwrapped)
        if isinstance(verified, Rejected):
            return Refused(received, verified)
        return self._understand(verified)

    def answer(self, part: Understood | Refused, work: CaTransaction) -> bytes | Waiting:
        """Everything that needs the CA's database: recall -> authenticate -> ... -> seal; `Waiting` where there is no
        answer before administrators have decided.

        Args:
            part: what `read` made of the submessage.
            work: the transaction in which the effect and its journal entry commit.
        """
        if isinstance(part, Refused):
            return self._answers.notice(part.received, part.rejected, work)
        known = self._recall(part.verified, work)
        if isinstance(known, JournalEntry):
            return self._answers.repeat(part.verified, known, work)
        if isinstance(known, Rejected):
            return self._answers.notice(part.verified.unwrapped.received, known, work)
        authenticated = self._authenticate(part, work)
        if isinstance(authenticated, Rejected):
            return self._answers.disown(part.verified, authenticated, work, known)
        outcome = self._execute(authenticated, known, work)
        if isinstance(outcome, Waiting):
            self._answers.defer(part.verified, self._pending(part.verified, outcome), work)
            return outcome
        return self._answers.conclude(part, outcome, work, known)

    # ---- without a database

    def _open(self, received: Received) -> Unwrapped | Rejected:
        opened = self._envelopes.open(received.octets)
        if isinstance(opened, Rejected):
            return opened
        if self._policy.encryption_required and not opened.encrypted:
            return Rejected(Reason.ENCRYPTION_REQUIRED)
        return Unwrapped(received, opened)

    def _verify(self, unwrapped: Unwrapped) -> Verified | Rejected:
        """Signature, chain, binding. Unsigned content is taken only where the worker allows it."""
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
        if signer.fingerprint in self._policy.own_certificates:
            return Rejected(Reason.SIGNER_UNTRUSTED, internal="a worker's own certificate")
        return self._bind(unwrapped, signed.content, signer)

    def _verify_unsigned(self, unwrapped: Unwrapped) -> Verified | Rejected:
        if self._policy.signature_required:
            return Rejected(Reason.SIGNATURE_REQUIRED)
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
        if not accepts(self._policy.whitelist, verified.header.type):
            return Understood(verified, Rejected(Reason.NOT_WHITELISTED))
        request = self._contents.read_request(verified.header)
        if isinstance(request, Rejected):
            return Understood(verified, request)
        return Understood(verified, request, self._processor(request).read(request, self._instruments))

    def _processor(self, request: Request) -> Processor:
        return self._request_types[type(request).__name__].processor

    # ---- inside the CA's transaction

    def _recall(self, verified: Verified, work: CaTransaction) -> Known | Rejected | None:
        return judge_replay(work.recall((verified.key,)).get(verified.key), verified.digest)

    def _pending(self, verified: Verified, waiting: Waiting) -> PendingRequest:
        place, data_source = verified.header.place, self._policy.recipient.data_source
        return PendingRequest(
            verified.key, verified.digest, data_source, place.message_id, waiting.approval.id, waiting.decisions
        )

    def _authenticate(self, understood: Understood, work: CaTransaction) -> Authenticated | Rejected:
        signer, answer_to = understood.verified.signer, understood.verified.answer_to
        for certificate, judge in ((signer, judge_signer), (answer_to, judge_answer_certificate)):
            refused = certificate and judge(certificate, work.standing(certificate), work.now())
            if refused:
                return refused
        if signer is None:
            return Authenticated(understood, SUPERADMINISTRATOR)
        return Authenticated(understood, Administrator.of(signer, work.roles_of(signer)))

    def _execute(
        self, authenticated: Authenticated, pending: PendingRequest | None, work: CaTransaction
    ) -> Response | Rejected | Waiting:
        """Count -> admit -> state -> authorize -> clear -> carry out -> respond."""
        if pending is None and self._exceeds_rate(authenticated.who, work):
            return Rejected(Reason.TOO_MANY_REQUESTS, f"At most {self._policy.max_per_hour} are taken.")
        admitted = self._admit(authenticated, pending, work)
        if isinstance(admitted, Rejected):
            return admitted
        told = self._clearance.told(pending.approval, admitted.request, work) if pending else None
        if told:
            return told
        stated = self._state(admitted, work)
        if isinstance(stated, Rejected):
            return stated
        authorized = self._authorize(stated, work)
        if isinstance(authorized, Rejected):
            return authorized
        cleared = self._clearance.clear(authorized, work)
        return self._carry_out(cleared, work) if isinstance(cleared, Cleared) else cleared

    def _exceeds_rate(self, who: Administrator, work: CaTransaction) -> bool:
        limit = self._policy.max_per_hour
        return limit > 0 and work.count_request(who.fingerprint or "") > limit

    def _admit(
        self, authenticated: Authenticated, pending: PendingRequest | None, work: CaTransaction
    ) -> Admitted | Rejected:
        """A request that waits was fresh when it was accepted first; whether it may still be carried out is judged with
        its approval."""
        understood = authenticated.understood
        stale = understood.verified.header.judge_freshness(work.now(), self._policy.max_lifetime)
        if stale and pending is None:
            return stale
        request = understood.request
        if isinstance(request, Rejected):
            return request
        secret = request.carries_secret() or request.answer_carries_secret()
        if secret and not understood.verified.unwrapped.opened.encrypted:
            return Rejected(Reason.SECRET_IN_CLEAR)
        return Admitted(authenticated, request, self._processor(request), stale, pending.approval if pending else None)

    def _state(self, admitted: Admitted, work: CaTransaction) -> Stated | Rejected:
        """What the request does, as data. A rejection says what is wrong with the request itself."""
        who, brought = admitted.authenticated.who, admitted.authenticated.understood.brought
        if not who.is_administrator:
            return self._deny(admitted, NO_ADMINISTRATOR, NO_ADMINISTRATOR.rejected, work)
        if isinstance(brought, Rejected):
            return brought
        view = View(work, brought, who.fingerprint)
        statement = admitted.processor.state(admitted.request, view)
        return statement if isinstance(statement, Rejected) else Stated(admitted, statement, close(statement, view))

    def _authorize(self, stated: Stated, work: CaTransaction) -> Authorized | Rejected:
        """The rights, then the proof, then the refusal that only those who have both are told."""
        who, statement, concern = stated.admitted.authenticated.who, stated.statement, stated.closure.concern
        as_unknown = judge_rights(who, concern.if_unknown)
        if denied := judge_rights(who, concern.tellable):
            return self._deny(stated.admitted, denied, (as_unknown or denied).rejected, work)
        proof = statement.proof
        if hidden := judge_rights(who, concern.rights):
            if proof:  # as long as for an end entity that does not exist
                work.check_password(NOBODY, proof.password)
            told = as_unknown.rejected if as_unknown else statement.unknown
            return self._deny(stated.admitted, hidden, told, work)
        wrong = work.check_password(proof.username, proof.password) if proof else None
        return wrong or stated.closure.impossible or statement.refusal or Authorized(stated)

    def _deny(self, admitted: Admitted, denied: Denied, told: Rejected, work: CaTransaction) -> Rejected:
        """Refuse, and keep in the audit log who lacks which rights; `told` may say less."""
        place = admitted.authenticated.understood.verified.header.place
        details = {
            "request_type": type(admitted.request).__name__,
            "message": f"{place.message_id} {place.part}/{place.parts}",
            "missing": denied.missing,
            "role": denied.role or "",
        }
        who = admitted.authenticated.who.name
        work.audit(AuditEvent(Event.ACCESS_DENIED, who, admitted.request.concerns(), details))
        return told

    def _carry_out(self, cleared: Cleared, work: CaTransaction) -> Response | Rejected:
        authorized, quorum = cleared.authorized, cleared.approval.quorum if cleared.approval else 0
        doubts = authorized.stated.closure.doubts
        execution = Execution(authorized.who, authorized.operation, work, self._instruments, quorum, doubts)
        outcomes = execution.carry_out(authorized.stated.statement)
        outcome = outcomes if isinstance(outcomes, Rejected) else self._respond(authorized.admitted, outcomes)
        self._clearance.settle(cleared, authorized.operation, outcome, work)
        return outcome

    def _respond(self, admitted: Admitted, outcomes: Outcomes) -> Response:
        """What was carried out is never told as a refusal: the journal and the approval say that it was done."""
        response = admitted.processor.respond(admitted.request, outcomes)
        if not response.success:
            raise Defect(f"the processor of {type(admitted.request).__name__} refuses what was carried out")
        return response
