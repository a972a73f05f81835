"""The services that an RA client needs from its own host."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lockgate.ra.sent import SentMessage


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of an outbox.

    Attributes:
        where: a description of its place for people: the file's path.
        record: None where it cannot be read.
    """

    where: str
    record: bytes | None


class Outbox(Protocol):
    """Storage for the exact bytes of messages that a client puts, so that it can put them again and read the answers
    later."""

    @abstractmethod
    def keep(self, key: str, record: bytes) -> None:
        """Store `record` durably (on the disk, not in a cache) under `key` before returning. Never overwrites.

        Raises:
            DuplicateMessage: another record is kept under `key`.
        """

    @abstractmethod
    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Store `new` durably under `key` in place of `old`: even after a crash, one of the two is kept.

        Raises:
            DuplicateMessage: something else than `old`, or nothing, is kept under `key`.
        """

    @abstractmethod
    def recall(self, key: str) -> bytes | None:
        """The record kept under `key`."""

    @abstractmethod
    def records(self) -> Sequence[Kept]:
        """All records that are kept, the oldest first. Records removed meanwhile are left out."""

    @abstractmethod
    def forget(self, key: str) -> None:
        """Remove the record kept under `key`, if there is one."""


class SentRecords(Protocol):
    """The form in which a message that was sent is kept."""

    @abstractmethod
    def encode(self, message: SentMessage) -> bytes:
        """The record of `message`; equal messages have equal records."""

    @abstractmethod
    def read(self, record: bytes) -> SentMessage:
        """The message that a record is of.

        Raises:
            PeerError: it is damaged, or written by another version.
        """


class Clock(Protocol):
    """This host's clock; for RA clients. The CA goes by its database's clock."""

    @abstractmethod
    def now(self) -> datetime:
        """Now, UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""

    @abstractmethod
    def sleep(self, seconds: float, readable: int | None = None) -> None:
        """Wait; less if the file descriptor `readable` can be read before."""


class Random(Protocol):
    """Unpredictable octets."""

    @abstractmethod
    def octets(self, count: int) -> bytes:
        """`count` octets from a cryptographic generator."""
