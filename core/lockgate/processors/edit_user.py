"""EditUserRequest: an end entity added or edited, with its status and password."""

from dataclasses import replace
from functools import partial

from lockgate.approval import ApprovalKind
from lockgate.audit import AuditEvent, Event
from lockgate.authorization import Action, action_right
from lockgate.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import registration_proposal
from lockgate.processors.registration import described, registration_rights
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import EditUserRequest, EditUserResponse

FURTHER_RIGHTS = {
    EndEntityStatus.KEY_RECOVERY: Action.KEY_RECOVERY,
    EndEntityStatus.REVOKED: Action.REVOCATION,
}
"""Statuses that do more than describe, and the right that each needs besides (docs/threat-model.md, rule 8)."""
FURTHER_APPROVALS = {
    EndEntityStatus.KEY_RECOVERY: ApprovalKind.KEY_RECOVERY,
    EndEntityStatus.REVOKED: ApprovalKind.REVOCATION,
}
"""The approvals that they need besides."""


class EditUserProcessor(Processor):
    """Adds or edits; issues nothing and revokes no certificate."""

    def rights(self, request: EditUserRequest, work: CaTransaction) -> frozenset[str]:
        """Create or edit, and what the status needs."""
        further = {action_right(action) for status, action in FURTHER_RIGHTS.items() if status == request.status}
        return registration_rights(request, work) | further

    def plan(self, request: EditUserRequest, case: Case) -> Plan | Rejected:
        """Read the description."""
        if request.status not in set(EndEntityStatus):
            return Rejected(Reason.MALFORMED_REQUEST, f"status: {request.status} is no status.")
        if request.token_name not in set(TokenType):
            return Rejected(Reason.MALFORMED_REQUEST, "token_name: USERGENERATED, P12, JKS or PEM.")
        if request.password is not None and not request.password:
            return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
        end_entity = described(request, EndEntityStatus(request.status), TokenType(request.token_name))
        if isinstance(end_entity, Rejected):
            return end_entity
        stored = case.work.end_entity(request.username)
        proposal = registration_proposal(end_entity, stored)
        further = {kind for status, kind in FURTHER_APPROVALS.items() if status is end_entity.status}
        return Plan(
            partial(self._save, request, case, end_entity, known=stored is not None),
            replace(proposal, kinds=proposal.kinds | further),
        )

    def _save(
        self, request: EditUserRequest, case: Case, end_entity: EndEntity, *, known: bool
    ) -> EditUserResponse | Rejected:
        """Save the description, then the password."""
        rejected = case.work.save_end_entity(end_entity)
        if rejected:
            return rejected
        if request.password is not None:
            case.work.set_password(request.username, request.password)
        event = Event.END_ENTITY_EDITED if known else Event.END_ENTITY_ADDED
        details = {"status": end_entity.status.name, "password": "set" if request.password else "unchanged"}
        case.work.audit(AuditEvent(event, case.who.name, request.username, details))
        return EditUserResponse(request_id=request.request_id, success=True)
