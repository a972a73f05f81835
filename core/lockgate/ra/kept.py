"""The content of an outbox, decoded."""

from collections.abc import Iterable
from dataclasses import dataclass

from lockgate.errors import PeerError
from lockgate.ports import Kept, SentRecords
from lockgate.ra.sent import SentMessage


@dataclass(frozen=True, slots=True)
class KeptMessages:
    """The messages that an outbox keeps.

    Attributes:
        messages: the first one first.
        damaged: the places of records that cannot be read, and why.
    """

    messages: tuple[SentMessage, ...]
    damaged: tuple[str, ...]


def read_kept(kept: Iterable[Kept], records: SentRecords) -> KeptMessages:
    """Read the records of the outbox; a damaged one does not stop the others from being read."""
    messages, damaged = [], []
    for found in kept:
        if found.record is None:
            damaged.append(f"{found.where}: cannot be read")
            continue
        try:
            messages.append(records.read(found.record))
        except PeerError as error:
            damaged.append(f"{found.where}: {error}")
    return KeptMessages(tuple(messages), tuple(damaged))
