"""What a client keeps of a message it sent: the exact octets, and what its answers are checked against."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from lockgate.content import Place, Recipient
from lockgate.errors import PeerError
from lockgate.message import MessageType, NewMessage
from lockgate.ports import Kept

FORMAT = 1


class SentPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One submessage as it was sent.

    Attributes:
        request_type: the name of the request's class.
        content_digest: SHA-256 over the signed content, hexadecimal: what a verdict names.
        submessage_digest: SHA-256 over the submessage, hexadecimal: what a notice names.
    """

    request_id: int
    request_type: str
    content_digest: str
    submessage_digest: str


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message that was sent, with its answer still to be read.

    Attributes:
        content: the message's octets, exactly as they were put.
        recipient: whom it is meant for, and from whom alone an answer counts.
        signed, encrypted: how it was sent; answers must be no less.
        type: the message's kind, a `MessageType`.
        replaces: SHA-256, hexadecimal, of the message that stood in the row and is to be replaced; None for a message
            that replaces none, or has done so.
        earlier: messages kept under the id before that may stand in the row yet, the latest first: their answers count.
    """

    message_id: str
    content: bytes
    recipient: Recipient
    parts: tuple[SentPart, ...]
    signed: bool
    encrypted: bool
    format: int = FORMAT
    type: int = MessageType.API
    replaces: str | None = None
    earlier: tuple["Pending", ...] = ()

    @property
    def message(self) -> NewMessage:
        """The message to put."""
        return NewMessage(self.message_id, self.content, self.type)

    def place(self, part: int) -> Place:
        """Where the part with that number, from 1, stands."""
        return Place(self.message_id, part, len(self.parts))

    @property
    def possible(self) -> tuple["Pending", ...]:
        """Whatever may stand in the row, this message first."""
        return (self, *self.earlier)

    def instead_of(self, earlier: "Pending | None", stored: bytes | None) -> "Pending":
        """The same, as long as nobody knows whether it has replaced what stood under its id.

        Args:
            earlier: what was kept under the id.
            stored: what stands in the row.
        """
        possible = () if earlier is None else earlier.possible
        alone = tuple(msgspec.structs.replace(its, replaces=None, earlier=()) for its in possible)
        return msgspec.structs.replace(self, replaces=_digest(stored) if stored else None, earlier=alone)

    def is_to_replace(self, stored: bytes) -> bool:
        """Whether `stored`, which stands in the row, is to be replaced."""
        return self.replaces == _digest(stored)

    def record(self) -> bytes:
        """The form in which the outbox keeps it."""
        return msgspec.json.encode(self)


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def read_record(record: bytes) -> Pending:
    """Read what the outbox kept.

    Raises:
        PeerError: it is damaged, or written by another version.
    """
    try:
        pending = msgspec.json.decode(record, type=Pending)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PeerError(f"the outbox's record is damaged: {error}") from None
    if pending.format != FORMAT:
        raise PeerError(f"the outbox's record has the format {pending.format}; {FORMAT} is known")
    return pending


@dataclass(frozen=True, slots=True)
class KeptMessages:
    """What an outbox keeps.

    Attributes:
        messages: the first one first.
        damaged: where the others are kept that cannot be read, and why.
    """

    messages: tuple[Pending, ...]
    damaged: tuple[str, ...]


def read_records(kept: Iterable[Kept]) -> KeptMessages:
    """Read what the outbox kept; one that is damaged hides no other."""
    messages, damaged = [], []
    for its in kept:
        try:
            messages.append(read_record(its.record or b""))
        except PeerError as error:
            damaged.append(f"{its.where}: {error if its.record is not None else 'cannot be read'}")
    return KeptMessages(tuple(messages), tuple(damaged))
