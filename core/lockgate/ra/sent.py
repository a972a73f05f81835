"""The data that a client keeps about a message it sent: the exact octets, and the values that answers are checked
against."""

import hashlib
from dataclasses import dataclass, replace

from lockgate.queue.message import MessageType, NewMessage
from lockgate.requests.content import Place, Recipient
from lockgate.requests.trace_context import TraceContext


@dataclass(frozen=True, slots=True)
class SentPart:
    """One submessage as it was sent.

    Attributes:
        request_type: the name of the request's class.
        content_digest: SHA-256 over the signed content, hexadecimal; a verdict names it.
        submessage_digest: SHA-256 over the submessage, hexadecimal; a notice names it.
    """

    request_id: int
    request_type: str
    content_digest: str
    submessage_digest: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent, with its answer still to be read.

    Attributes:
        content: the message's octets, exactly as they were put.
        recipient: whom it is meant for, and from whom alone an answer counts.
        signed, encrypted: how it was sent; answers must be no less.
        type: the message's kind, a `MessageType`.
        replaces: SHA-256, hexadecimal, of the message that stood in the row and is to be replaced; None for a message
            that replaces none, or has done so.
        earlier: messages kept earlier under the id that may still be in the row, the latest first: answers to them
            count.
        trace: the step that it was composed in; None where nothing is traced.
    """

    message_id: str
    content: bytes
    recipient: Recipient
    parts: tuple[SentPart, ...]
    signed: bool
    encrypted: bool
    type: int = MessageType.API
    replaces: str | None = None
    earlier: tuple["SentMessage", ...] = ()
    trace: TraceContext | None = None

    @property
    def message(self) -> NewMessage:
        """The message to put."""
        return NewMessage(self.message_id, self.content, self.type)

    def place(self, part: int) -> Place:
        """Where the part with that number, from 1, stands."""
        return Place(self.message_id, part, len(self.parts))

    @property
    def possible(self) -> tuple["SentMessage", ...]:
        """Every message that may stand in the row, this one first."""
        return (self, *self.earlier)

    def instead_of(self, earlier: "SentMessage | None", stored: bytes | None) -> "SentMessage":
        """A copy for the time in which it is unknown whether it has replaced the message under its id.

        Args:
            earlier: what was kept under the id.
            stored: what stands in the row.
        """
        possible = () if earlier is None else earlier.possible
        alone = tuple(replace(message, replaces=None, earlier=()) for message in possible)
        return replace(self, replaces=_digest(stored) if stored else None, earlier=alone)

    def is_to_replace(self, stored: bytes) -> bool:
        """Whether `stored`, which stands in the row, is to be replaced."""
        return self.replaces == _digest(stored)


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
