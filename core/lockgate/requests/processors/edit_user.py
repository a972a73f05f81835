"""EditUserRequest: an end entity added or edited, with its status and password."""

from dataclasses import replace

from lockgate.certification.endentity import EndEntity, EndEntityStatus, Recovery, TokenType
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Statement
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.registration import asked_by, described, registering
from lockgate.requests.submessages import EditUserRequest, EditUserResponse


class EditUserProcessor(Processor):
    """Adds or edits; issues nothing and revokes no certificate."""

    def state(self, request: EditUserRequest, view: View) -> Statement | Rejected:
        """Read the description."""
        end_entity = _read(request)
        if isinstance(end_entity, Rejected):
            return end_entity
        recovering = end_entity.status is EndEntityStatus.KEY_RECOVERY
        kept = view.latest_kept(request.username) if recovering else None
        after = end_entity if kept is None else replace(end_entity, recovery=Recovery(kept.fingerprint))
        return Statement(
            registering(after, Way.EDIT, request.password, view),
            asked=asked_by(request),
            refusal=Rejected(Reason.KEY_NOT_STORED) if recovering and kept is None else None,
        )

    def respond(self, request: EditUserRequest, outcomes: Outcomes) -> EditUserResponse:  # noqa: ARG002
        """That it is done."""
        return EditUserResponse(request_id=request.request_id, success=True)


def _read(request: EditUserRequest) -> EndEntity | Rejected:
    if request.status not in set(EndEntityStatus):
        return Rejected(Reason.MALFORMED_REQUEST, f"status: {request.status} is no status.")
    if request.token_name not in set(TokenType):
        return Rejected(Reason.MALFORMED_REQUEST, "token_name: USERGENERATED, P12, JKS or PEM.")
    if request.password is not None and not request.password:
        return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
    return described(request, EndEntityStatus(request.status), TokenType(request.token_name))
