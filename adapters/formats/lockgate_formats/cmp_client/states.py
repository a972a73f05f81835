"""The states of a transaction on its client's side (RFC 9810, 5.3.22; RFC 9483, 4), as a table.

    REQUESTED -> ISSUED -> CONFIRMING -> DONE
    REQUESTED -> WAITING -> POLLING -> WAITING -> POLLING -> ISSUED ...

A message is made when its state is entered, and kept with the transaction. So a client that crashed, or whose
connection broke, sends the same octets again.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from lockgate.errors import CallerError


class State(StrEnum):
    """How a transaction stands, as far as its client knows."""

    REQUESTED = "requested"
    """The answer to the request has not been seen."""
    WAITING = "waiting"
    """The CA needs more time; it is asked again later."""
    POLLING = "polling"
    """The answer to a pollReq has not been seen."""
    ISSUED = "issued"
    """Certificates came that the client must confirm or reject."""
    CONFIRMING = "confirming"
    """The answer to the certConf has not been seen."""
    DONE = "done"
    """Nothing is left to be said."""
    REFUSED = "refused"
    """The CA has refused; what it has refused, the transaction's refusals tell."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is sent."""
        return self in (State.DONE, State.REFUSED)

    @property
    def sends(self) -> bool:
        """Whether a message has been made whose answer has not been seen."""
        return self in (State.REQUESTED, State.POLLING, State.CONFIRMING)


class TransactionEvent(StrEnum):
    """What can happen to a transaction."""

    WAITS = "the CA needs more time"
    POLLED = "the client asks again"
    ISSUES = "certificates come that must be confirmed"
    DECIDED = "the client confirms or rejects them"
    SETTLES = "the last answer comes"
    REFUSES = "the CA refuses"


TRANSITIONS: Mapping[tuple[State, TransactionEvent], State] = MappingProxyType(
    {
        (State.REQUESTED, TransactionEvent.WAITS): State.WAITING,
        (State.REQUESTED, TransactionEvent.ISSUES): State.ISSUED,
        (State.REQUESTED, TransactionEvent.SETTLES): State.DONE,
        (State.REQUESTED, TransactionEvent.REFUSES): State.REFUSED,
        (State.WAITING, TransactionEvent.POLLED): State.POLLING,
        (State.POLLING, TransactionEvent.WAITS): State.WAITING,
        (State.POLLING, TransactionEvent.ISSUES): State.ISSUED,
        (State.POLLING, TransactionEvent.SETTLES): State.DONE,
        (State.POLLING, TransactionEvent.REFUSES): State.REFUSED,
        (State.ISSUED, TransactionEvent.DECIDED): State.CONFIRMING,
        (State.CONFIRMING, TransactionEvent.WAITS): State.WAITING,
        (State.CONFIRMING, TransactionEvent.SETTLES): State.DONE,
        (State.CONFIRMING, TransactionEvent.REFUSES): State.REFUSED,
    }
)
"""The state machine. CONFIRMING leads to WAITING where the CA needs time for the confirmation, and where the same
message asked for other certificates, for which the CA needs time."""


def moved(state: State, event: TransactionEvent) -> State:
    """The state after `event`.

    Raises:
        CallerError: nothing like that can happen in `state`.
    """
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise CallerError(f"a transaction that is {state} cannot go on in this way: {event}")
    return following
