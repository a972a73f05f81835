"""Whether an authorized request may be carried out: at once, after administrators have approved it, or not at all.

A request that needs approval opens one, or joins the one that its requester opened before for the same action. It then
waits; every later round judges it anew. An approval is consumed in the transaction that carries the request out.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.effects.closure import Closure, Grant
from lockgate.effects.outline import describe_action
from lockgate.errors import StandingUntold
from lockgate.line.answers import say_no
from lockgate.line.stages import Authorized, Cleared, Origin
from lockgate.outside.answers import StandingUnasked
from lockgate.ports import Contents, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import AnswerContent, DigestOf
from lockgate.requests.submessages import Request, Response
from lockgate.rights.approval import (
    ApprovalRequest,
    ApprovalRules,
    ApprovalStatus,
    Requirement,
    Standing,
    is_remembered,
)
from lockgate.rights.votes import Votes

_log = logging.getLogger(__name__)
OPERATIONS_DELAY = timedelta(minutes=10)
"""A request that waits for operations is looked at after this, if it was not woken before."""
UNTOLD_DELAY = timedelta(minutes=1)
"""A request that waits for the word of a CA outside is looked at after this."""
FINAL = frozenset({ApprovalStatus.REJECTED, ApprovalStatus.EXECUTED, ApprovalStatus.FAILED})
"""Statuses of an approval that end a request's waiting."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that has no answer yet.

    Attributes:
        delay: how long until it is looked at again, if nothing happens before.
        approval: the id of the approval that it waits for; empty where it waits for none.
        decisions: how many decisions there are on it now.
        operation: the operation key of the request whose operations it waits for, its own or another's.
        effects: how many effects it has, where its own operations are under way; otherwise 0.
    """

    delay: timedelta
    approval: str = ""
    decisions: int = 0
    operation: str = ""
    effects: int = 0


def postponed(untold: StandingUntold, work: RegistryTransaction) -> Waiting:
    """A request that nobody judges before a CA outside says how a certificate of its stands. Nothing of it is stored
    but the question to that CA: it is judged anew as if it had just come."""
    if isinstance(untold, StandingUnasked):
        work.outside_answers.wish(untold.question)
    _log.warning("a request waits: %s", untold)
    return Waiting(UNTOLD_DELAY)


class Clearance:
    """The approvals of one worker's line."""

    def __init__(self, rules: ApprovalRules, votes: Votes, contents: Contents) -> None:
        self._rules = rules
        self._votes = votes
        self._contents = contents

    def told(
        self, approval_id: str, request: Request, work: RegistryTransaction
    ) -> Response | Rejected | Waiting | None:
        """The result of the approval that `request` waits for; None while that is open, or if a new one must be opened.
        `Waiting` while operations are under way that the approval allowed.

        Nothing is carried out here, so no right is needed: the answer tells the requester the earlier result.
        """
        approval = work.approvals.get(approval_id)
        if approval is None:
            return None
        if approval.operation and work.operations.is_open(approval.operation):
            return replace(_waiting(approval, work), delay=OPERATIONS_DELAY, operation=approval.operation)
        standing = self._standing(approval, work)
        if isinstance(standing, Waiting):
            return standing
        return self._conclusion(approval, standing, request) if standing.status in FINAL else None

    def clear(self, authorized: Authorized, work: RegistryTransaction) -> Cleared | Waiting | Response | Rejected:
        """Let the request through, let it wait, or answer it."""
        admitted, closure = authorized.admitted, authorized.stated.closure
        requirement = _required(closure, work)
        if isinstance(requirement, Rejected):
            return requirement
        if requirement.quorum == 0:
            return admitted.stale or Cleared(authorized, None)
        if not authorized.requester:
            return Rejected(Reason.SIGNATURE_REQUIRED, "Administrators must approve it.")
        asked = ApprovalRequest(
            requester=authorized.requester,
            action=describe_action(authorized, requirement, work),
            quorum=requirement.quorum,
            opened=work.now(),
            expires=work.now() + self._rules.validity,
        )
        latest = work.approvals.latest(asked.requester, asked.digest)
        if latest is None or (latest.action, latest.quorum) != (asked.action, asked.quorum):
            return admitted.stale or self._open(asked, authorized, work)
        if admitted.stale and latest.id != admitted.awaited:
            return admitted.stale
        standing = self._standing(latest, work)
        if isinstance(standing, Waiting):
            return standing
        match standing.status:
            case ApprovalStatus.APPROVED:
                return Cleared(authorized, latest)
            case ApprovalStatus.PENDING:
                return _waiting(latest, work)
        if is_remembered(standing, work.now(), self._rules.rejection_memory):
            return self._conclusion(latest, standing, admitted.request)
        return admitted.stale or self._open(asked, authorized, work)

    def settle(self, cleared: Cleared, outcome: Response | Rejected | None, work: RegistryTransaction) -> None:
        """Consume the approval that `cleared` was let through by, if there was one.

        Args:
            outcome: None while operations are under way; `conclude` follows.
        """
        approval, admitted = cleared.approval, cleared.authorized.admitted
        if approval is None:
            return
        names = sorted({vote.name for vote in self._votes.on(approval, work)})
        succeeded = not isinstance(outcome, Rejected)
        work.approvals.settle(
            replace(
                approval,
                settled=work.now(),
                succeeded=succeeded,
                outcome=self._encode(admitted.request, admitted.origin, outcome, work),
                operation=admitted.operation,
            )
        )
        told = "under way" if outcome is None else str(succeeded).lower()
        details = {"operation": admitted.operation, "decided by": "; ".join(names), "outcome": told}
        work.audit(AuditEvent(Event.APPROVAL_USED, admitted.who.name, approval.id, details))

    def conclude(
        self,
        operation: str,
        request: Request,
        origin: Origin,
        outcome: Response | Rejected,
        work: RegistryTransaction,
    ) -> None:
        """Store how the operations ended that an approval has allowed, if it was one."""
        encoded = self._encode(request, origin, outcome, work)
        work.approvals.conclude(operation, encoded, succeeded=not isinstance(outcome, Rejected))

    def _standing(self, approval: ApprovalRequest, work: RegistryTransaction) -> Standing | Waiting:
        """Where the approval stands; `Waiting` while nobody can tell whether a decision on it counts, because a
        rejection may be among those."""
        try:
            return self._votes.standing(approval, work)
        except StandingUntold as untold:
            return replace(_waiting(approval, work), delay=postponed(untold, work).delay)

    def _open(self, approval: ApprovalRequest, authorized: Authorized, work: RegistryTransaction) -> Waiting | Rejected:
        if work.approvals.count_open(approval.requester) >= self._rules.max_open:
            return Rejected(Reason.TOO_MANY_APPROVALS, f"At most {self._rules.max_open} are kept open.")
        work.approvals.open(approval)
        request = authorized.admitted.request
        details: Mapping[str, str] = {
            "request_type": type(request).__name__,
            "quorum": str(approval.quorum),
            "expires": approval.expires.isoformat(),
        }
        work.audit(AuditEvent(Event.APPROVAL_OPENED, authorized.who.name, approval.id, details))
        return _waiting(approval, work)

    def _conclusion(self, approval: ApprovalRequest, standing: Standing, request: Request) -> Response | Rejected:
        """The answer to a request that no longer waits: the reason, or the earlier result of the same action."""
        if standing.status is ApprovalStatus.REJECTED:
            return Rejected(Reason.APPROVAL_REJECTED, standing.reason)
        answer = self._contents.read_answer(approval.outcome) if approval.outcome else None
        if not isinstance(answer, AnswerContent) or (answer.response.success and request.carries_secret()):
            return Rejected(Reason.APPROVAL_USED)
        response = answer.response
        if response.reason is None:  # it succeeded
            return replace(response, request_id=request.request_id)
        reason = Reason(response.reason)
        return Rejected(reason, (response.fail_info or "").removeprefix(reason.sentence).strip())

    def _encode(
        self, request: Request, origin: Origin, outcome: Response | Rejected | None, work: RegistryTransaction
    ) -> bytes | None:
        """The outcome for requests that joined the approval; nothing if it contains a secret."""
        if outcome is None:
            return None
        if isinstance(outcome, Rejected):
            response = say_no(Response, request.request_id, outcome)
        elif request.answer_carries_secret():
            return None
        else:
            response = outcome
        answer = AnswerContent(response, origin.digest, DigestOf.REQUEST, origin.place, origin.recipient, work.now())
        return self._contents.encode_answer(answer)


def _required(closure: Closure, work: RegistryTransaction) -> Requirement | Rejected:
    """The proposal to be approved. A key in doubt needs at least one administrator."""
    requirement = work.approvals.requirement(closure.concern.proposal)
    if isinstance(requirement, Rejected):
        return requirement
    least = 1 if closure.doubts else 0
    return _judge_grants(closure.grants, work) or replace(requirement, quorum=max(requirement.quorum, least))


def _judge_grants(grants: Iterable[Grant], work: RegistryTransaction) -> Rejected | None:
    """An approval that was given before must have as many administrators as are required today."""
    for grant in grants:
        today = work.approvals.requirement(grant.concern.proposal)
        if isinstance(today, Rejected):
            return today
        if grant.quorum < today.quorum:
            return Rejected(Reason.WRONG_STATUS, "More administrators must approve the recovery; set KEYRECOVERY anew.")
    return None


def _waiting(approval: ApprovalRequest, work: RegistryTransaction) -> Waiting:
    return Waiting(approval.expires - work.now(), approval.id, len(work.approvals.decisions(approval.id)))
