"""Messages that were put for a client and not answered yet, by the octets that the client sent: the same octets again
wait for the same message."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from lockgate.ra.sent import SentMessage


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked, and of which alias.

    Attributes:
        digest: SHA-256 of the message's octets.
    """

    alias: str
    digest: bytes


def asked(alias: str, octets: bytes) -> Asked:
    """The key of a client's message."""
    return Asked(alias, hashlib.sha256(octets).digest())


@dataclass(frozen=True, slots=True)
class MemoryBounds:
    """How much is remembered.

    Attributes:
        messages: how many.
        octets: of all together.
    """

    messages: int = 10_000
    octets: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Remembered:
    sent: SentMessage
    until: float


class SentMessages:
    """The messages, the oldest first; for one thread.

    Where there are too many, the oldest are forgotten: the same octets then are a new message, which the CA answers as
    it answers the first one.
    """

    def __init__(self, bounds: MemoryBounds) -> None:
        self._bounds = bounds
        self._sent: OrderedDict[Asked, _Remembered] = OrderedDict()
        self._octets = 0

    def find(self, key: Asked, now: float) -> SentMessage | None:
        """The message that was put for `key`; None where there is none, or it may be answered no more.

        Args:
            now: seconds on a clock that never goes back.
        """
        found = self._sent.get(key)
        if found is not None and found.until <= now:
            self.forget(key)
            return None
        return None if found is None else found.sent

    def remember(self, key: Asked, sent: SentMessage, until: float) -> None:
        """Remember `sent` for `key`.

        Args:
            until: on the clock of `find`.
        """
        self.forget(key)
        self._sent[key] = _Remembered(sent, until)
        self._octets += len(sent.content)
        while len(self._sent) > self._bounds.messages or self._octets > self._bounds.octets:
            self.forget(next(iter(self._sent)))

    def forget(self, key: Asked) -> None:
        """Forget the message for `key`, if there is one."""
        found = self._sent.pop(key, None)
        if found is not None:
            self._octets -= len(found.sent.content)
