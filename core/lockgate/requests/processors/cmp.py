"""CMPRequest: a message of the Certificate Management Protocol for the CA's service (RFC 9810)."""

from typing import Any

from lockgate.effects.execution import Outcomes
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.submessages import CMPRequest, CMPResponse


class CMPProcessor(Processor):
    """Hands the message to the CA's CMP service."""

    def state(self, request: CMPRequest, view: View) -> Rejected:  # noqa: ARG002
        """Nothing yet: this CA runs no CMP service."""
        return Rejected(Reason.NOT_WHITELISTED, "This CA runs no CMP service.")

    def respond(self, request: CMPRequest, outcomes: Outcomes) -> CMPResponse:
        """The service's answer."""
        octets: Any = outcomes[0]
        return CMPResponse(request_id=request.request_id, success=True, pki_message=octets)
