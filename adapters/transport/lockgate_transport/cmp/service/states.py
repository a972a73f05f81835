"""The states of a CMP transaction, and what each kind of message does in them: one table.

A message that the table does not list for a state is refused, and changes nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from lockgate_formats.cmp.vocabulary import BodyType


class State(StrEnum):
    """How a transaction stands."""

    WAITING = "waiting"
    """Something of it is not decided yet; the client polls."""
    UNCONFIRMED = "unconfirmed"
    """Certificates are issued, and the client has to confirm them."""
    GIVEN_UP = "given up"
    """The client goes on no further; what another CA is still issuing for it is revoked when it comes."""
    ENDED = "ended"
    """Nothing more happens; answers are repeated."""


class Step(StrEnum):
    """What a message does."""

    TAKE_UP = "take up what waits"
    TELL = "tell the final answer again"
    CONFIRM = "confirm or reject the certificates"
    GIVE_UP = "revoke what is not confirmed"
    NOTHING = "nothing; the client is told so"


STEPS: Mapping[tuple[State, BodyType], Step] = MappingProxyType(
    {
        (State.WAITING, BodyType.POLLREQ): Step.TAKE_UP,
        (State.UNCONFIRMED, BodyType.POLLREQ): Step.TELL,
        (State.GIVEN_UP, BodyType.POLLREQ): Step.TELL,
        (State.ENDED, BodyType.POLLREQ): Step.TELL,
        (State.UNCONFIRMED, BodyType.CERTCONF): Step.CONFIRM,
        (State.WAITING, BodyType.ERROR): Step.GIVE_UP,
        (State.UNCONFIRMED, BodyType.ERROR): Step.GIVE_UP,
        (State.GIVEN_UP, BodyType.ERROR): Step.NOTHING,
        (State.ENDED, BodyType.ERROR): Step.NOTHING,
    }
)
"""The messages that go on with a transaction."""
