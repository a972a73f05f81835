"""What every processor says of its type of request."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from lockgate.certification.endentity import CertificationRequest
from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments
from lockgate.reasons import Rejected
from lockgate.requests.submessages import Response

Brought = Sequence[CertificationRequest] | Rejected
"""The certification requests inside a request, read and verified; or why they cannot be taken."""


class Processor(Protocol):
    """How one type of request is understood. It states effects; it judges no rights and carries nothing out."""

    def read(self, request: Any, instruments: Instruments) -> Brought:  # noqa: ARG002
        """The certification requests inside `request`; none where its type has none. Needs no database."""
        return ()

    @abstractmethod
    def state(self, request: Any, view: View) -> Statement | Rejected:
        """What `request` does, from what the CA knows.

        A rejection is for requests that are wrong by themselves. Where the answer depends on what the CA knows, it
        stands in the statement (`refusal`), so that it is told to those alone who have the rights.

        Where an approval is pending, this is asked anew in every round until the request is carried out.
        """

    @abstractmethod
    def respond(self, request: Any, outcomes: Outcomes) -> Response:
        """The answer, once every effect is carried out: `success` is true. `state` and effects refuse.

        Args:
            outcomes: for each effect in its order.
        """
