"""CMPRequest: a message for the CA's CMP service. The RA delivers it, and has no part in what it asks for."""

from collections.abc import Iterable
from functools import partial

from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Deliver, Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments, MessageKey
from lockgate.ports.services import MessageService
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.submessages import CMPRequest, CMPResponse

NO_SERVICE = Rejected(Reason.UNKNOWN_REQUEST_TYPE, "There is no table [cmp]: this CA answers no CMP messages.")


class CMPProcessor(Processor):
    """Hands the message to the service.

    Args:
        service: None where the CA has none.
    """

    def __init__(self, service: MessageService | None = None) -> None:
        self._service = service

    def read(self, request: CMPRequest, instruments: Instruments) -> Brought:  # noqa: ARG002
        """What the service reads in the message."""
        if self._service is None:
            return NO_SERVICE
        return (self._service.read(request.cmp_alias, request.pki_message),)

    def expected(self, brought: Brought) -> Iterable[MessageKey]:
        """The message."""
        if self._service is None or isinstance(brought, Rejected):
            return ()
        return (key for message in brought for key in self._service.expected(message))

    def state(self, request: CMPRequest, view: View) -> Statement | Rejected:
        """Deliver it."""
        if self._service is None:
            return NO_SERVICE
        (message,) = view.brought
        return Statement((Deliver(request.cmp_alias, partial(self._service.answer, message)),))

    def respond(self, request: CMPRequest, outcomes: Outcomes) -> CMPResponse:
        """The service's answer."""
        (answer,) = outcomes
        return CMPResponse(request_id=request.request_id, success=True, pki_message=answer)
