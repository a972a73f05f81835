"""The interface of every processor for its type of request."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments, MessageKey
from lockgate.reasons import Rejected
from lockgate.requests.submessages import Response

Brought = Sequence[Any] | Rejected
"""The certification requests inside a request, read and verified; or why they cannot be taken. A message of another
protocol is there as its service has read it."""


class Processor(Protocol):
    """The interpretation of one type of request. It states effects; it judges no rights and carries nothing out."""

    def read(self, request: Any, instruments: Instruments) -> Brought:  # noqa: ARG002
        """The certification requests inside `request`; none where its type has none. Needs no database."""
        return ()

    def expected(self, brought: Brought) -> Iterable[MessageKey]:  # noqa: ARG002
        """Messages of transactions of protocols that carrying out the request will ask for; a hint."""
        return ()

    @abstractmethod
    def state(self, request: Any, view: View) -> Statement | Rejected:
        """The effects of `request`, stated from the CA's knowledge.

        A rejection is for requests that are wrong by themselves. An answer that depends on the CA's knowledge stands in
        the statement (`refusal`), so that only requesters with the rights receive it.

        While an approval is pending, this is called again in every round until the request is carried out.
        """

    @abstractmethod
    def respond(self, request: Any, outcomes: Outcomes) -> Response:
        """The answer, once every effect is carried out: `success` is true. `state` and effects refuse.

        Args:
            outcomes: for each effect in its order.
        """
