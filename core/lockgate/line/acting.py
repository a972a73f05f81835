"""What an admitted request does at the CA:

    8 state -> 9 authorize -> 10 clear -> 11 carry out -> 12 respond

The pipeline takes these steps for a submessage's request. A service of the CA takes them for the requests inside a
message of its own protocol (`Acting.deliver`): the same rights, approvals and effects, for the sender that the message
itself authenticates. The numbers are those of `lockgate.line.pipeline`.
"""

from dataclasses import dataclass

from lockgate.audit import AuditEvent, Event
from lockgate.effects.closure import close
from lockgate.effects.concern import concerned
from lockgate.effects.execution import Execution, Outcomes
from lockgate.effects.view import View
from lockgate.errors import Defect
from lockgate.line.clearance import OPERATIONS_DELAY, Clearance, Waiting
from lockgate.line.stages import Admitted, Authorized, Cleared, Delivered, Origin, Stated
from lockgate.operations.conclusion import disown_request
from lockgate.operations.outcomes import outcomes_of
from lockgate.ports import Instruments, Issuer, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.requests.processors import Processor
from lockgate.requests.submessages import Request, Response
from lockgate.rights.authorization import NO_ADMINISTRATOR, Denied, judge_rights

NOBODY = ""
"""No end entity has this username."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A request whose own operations at remote issuers were begun in an earlier round.

    Attributes:
        operation: its operation key.
        effects: how many effects it has.
    """

    operation: str
    effects: int


class Acting:
    """Steps 8 to 12. Everything happens inside one transaction of the registry."""

    def __init__(self, issuer: Issuer, instruments: Instruments, clearance: Clearance) -> None:
        self._issuer = issuer
        self._instruments = instruments
        self._clearance = clearance

    def deliver(
        self,
        delivered: Delivered,
        request: Request,
        processor: Processor,
        waited: Waiting | None,
        work: RegistryTransaction,
    ) -> Response | Rejected | Waiting:
        """A request inside a message that a service of the CA has verified.

        Args:
            waited: the earlier result of the same request, where that was to wait.
        """
        if waited is not None and waited.effects:
            resumed = Resumed(waited.operation, waited.effects)
            return self.resume(resumed, request, processor, delivered.origin, work)
        awaited = waited.approval or None if waited is not None else None
        return self.perform(Admitted(delivered, request, processor, None, awaited), work)

    def perform(self, admitted: Admitted, work: RegistryTransaction) -> Response | Rejected | Waiting:
        """8 state -> 9 authorize -> 10 clear -> 11 carry out -> 12 respond."""
        told = self._clearance.told(admitted.awaited, admitted.request, work) if admitted.awaited else None
        if told:
            return told
        stated = self._state(admitted, work)
        if isinstance(stated, Rejected):
            return stated
        authorized = self._authorize(stated, work)
        if not isinstance(authorized, Authorized):
            return authorized
        cleared = self._clearance.clear(authorized, work)
        return self._carry_out(cleared, work) if isinstance(cleared, Cleared) else cleared

    def resume(
        self, resumed: Resumed, request: Request, processor: Processor, origin: Origin, work: RegistryTransaction
    ) -> Response | Rejected | Waiting:
        """12 for a request that was carried out in an earlier round. Its freshness and rights were judged then."""
        if work.operations.is_open(resumed.operation):
            return Waiting(OPERATIONS_DELAY, operation=resumed.operation, effects=resumed.effects)
        operations = work.operations.of(resumed.operation)
        outcomes = outcomes_of(operations, resumed.effects, work, self._instruments)
        outcome = outcomes if isinstance(outcomes, Rejected) else _respond(request, processor, outcomes)
        self._clearance.conclude(resumed.operation, request, origin, outcome, work)
        work.operations.forget(resumed.operation)
        return outcome

    def disown(self, operation: str, refusal: Rejected, work: RegistryTransaction) -> None:
        """Refuse a request that was carried out in an earlier round, under that operation key: its signer's certificate
        is no good now. An approval that it used has no outcome that others could be told."""
        disown_request(operation, refusal, work)
        work.approvals.conclude(operation, None, succeeded=False)

    def _state(self, admitted: Admitted, work: RegistryTransaction) -> Stated | Rejected:
        """8: the request's effects as data. A rejection says what is wrong with the request itself."""
        who, brought = admitted.who, admitted.brought
        if not who.is_administrator:
            return self._deny(admitted, NO_ADMINISTRATOR, NO_ADMINISTRATOR.rejected, work)
        if isinstance(brought, Rejected):
            return brought
        view = View(work, brought, who.fingerprint)
        statement = admitted.processor.state(admitted.request, view)
        return statement if isinstance(statement, Rejected) else Stated(admitted, statement, close(statement, view))

    def _authorize(self, stated: Stated, work: RegistryTransaction) -> Authorized | Rejected | Waiting:
        """9: the rights, then the proof, then the refusal that only requesters with both receive.

        While operations of another request are open on an end entity, nobody knows how it will stand: the request waits
        for them before its proof is judged.
        """
        who, statement, concern = stated.admitted.who, stated.statement, stated.closure.concern
        as_unknown = judge_rights(who, concern.if_unknown)
        if denied := judge_rights(who, concern.tellable):
            return self._deny(stated.admitted, denied, (as_unknown or denied).rejected, work)
        proof = statement.proof
        if hidden := judge_rights(who, concern.rights):
            if proof:  # as long as for an end entity that does not exist
                work.end_entities.check_password(NOBODY, proof.password)
            told = as_unknown.rejected if as_unknown else statement.unknown
            return self._deny(stated.admitted, hidden, told, work)
        if busy := work.operations.open_on(concerned(statement)):
            return self._wait_behind(busy, stated.admitted, work)
        wrong = work.end_entities.check_password(proof.username, proof.password) if proof else None
        return wrong or stated.closure.impossible or statement.refusal or Authorized(stated)

    def _wait_behind(self, operation: str, admitted: Admitted, work: RegistryTransaction) -> Waiting:
        """The approval that it waited for, if there is one, is not used up by that; a decision on it wakes nobody."""
        approval = admitted.awaited or ""
        return Waiting(OPERATIONS_DELAY, approval, _decisions(approval, work), operation)

    def _deny(self, admitted: Admitted, denied: Denied, told: Rejected, work: RegistryTransaction) -> Rejected:
        """Refuse, and write to the audit log who lacks which rights. The answer `told` may say less."""
        place = admitted.origin.place
        details = {
            "request_type": type(admitted.request).__name__,
            "message": f"{place.message_id} {place.part}/{place.parts}",
            "missing": denied.missing,
            "role": denied.role or "",
        }
        who = admitted.who.name
        work.audit(AuditEvent(Event.ACCESS_DENIED, who, admitted.request.concerns(), details))
        return told

    def _carry_out(self, cleared: Cleared, work: RegistryTransaction) -> Response | Rejected | Waiting:
        """11 and 12: the effects, and the response made of their outcomes. 10 is `Clearance.clear`.

        While operations are under way at a remote issuer, the request waits between the two.
        """
        authorized, quorum = cleared.authorized, cleared.approval.quorum if cleared.approval else 0
        admitted, doubts = authorized.admitted, authorized.stated.closure.doubts
        execution = Execution(authorized.who, admitted.operation, work, self._issuer, self._instruments, quorum, doubts)
        outcomes = execution.carry_out(authorized.stated.statement)
        if not isinstance(outcomes, Rejected) and work.operations.is_open(admitted.operation):
            self._clearance.settle(cleared, None, work)
            return self._under_way(cleared, outcomes, work)
        request, processor = admitted.request, admitted.processor
        outcome = outcomes if isinstance(outcomes, Rejected) else _respond(request, processor, outcomes)
        self._clearance.settle(cleared, outcome, work)
        return outcome

    def _under_way(self, cleared: Cleared, outcomes: Outcomes, work: RegistryTransaction) -> Waiting:
        """The other outcomes are not kept until the operations have ended, so there must be none.

        The approval that it has used is: its expiry decides how long the verdict is kept.
        """
        admitted, approval = cleared.authorized.admitted, cleared.approval.id if cleared.approval else ""
        if any(outcome is not None for outcome in outcomes):
            name = type(admitted.request).__name__
            raise Defect(f"the effects of {name} have outcomes besides the operations of a remote issuer")
        return Waiting(OPERATIONS_DELAY, approval, _decisions(approval, work), admitted.operation, len(outcomes))


def _decisions(approval: str, work: RegistryTransaction) -> int:
    """How many there are on the approval of that id now; none without an id."""
    return len(work.approvals.decisions(approval)) if approval else 0


def _respond(request: Request, processor: Processor, outcomes: Outcomes) -> Response:
    """The answer to a request that was carried out is never a refusal: the journal and the approval say that it was
    done."""
    response = processor.respond(request, outcomes)
    if not response.success:
        raise Defect(f"the processor of {type(request).__name__} refuses what was carried out")
    return response
