"""What an outbox keeps, read."""

from collections.abc import Iterable
from dataclasses import dataclass

from lockgate.errors import PeerError
from lockgate.ports import Kept, SentRecords
from lockgate.ra.sent import SentMessage


@dataclass(frozen=True, slots=True)
class KeptMessages:
    """What an outbox keeps.

    Attributes:
        messages: the first one first.
        damaged: where the others are kept that cannot be read, and why.
    """

    messages: tuple[SentMessage, ...]
    damaged: tuple[str, ...]


def read_kept(kept: Iterable[Kept], records: SentRecords) -> KeptMessages:
    """Read what the outbox kept; one that is damaged hides no other."""
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
