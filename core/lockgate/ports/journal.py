"""The journal, and the requests that wait, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from lockgate.line.journal import JournalEntry, JournalKey, Known, PendingRequest


class Journal(Protocol):
    """The final decision about each request."""

    @abstractmethod
    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        """The journal's entries for `keys`, and requests that wait; those of this transaction included."""

    @abstractmethod
    def record(self, entry: JournalEntry) -> None:
        """Add `entry` to the journal; a second entry under one key makes the whole transaction fail."""

    @abstractmethod
    def defer(self, pending: PendingRequest) -> None:
        """Keep that a request waits, or that it still does; recording its journal entry ends that.

        Raises:
            Conflict: another transaction was faster; at once or when this transaction commits.
        """

    @abstractmethod
    def decided_messages(self, data_source: str, limit: int, after: str = "") -> Sequence[str]:
        """Up to `limit` ids of messages of `data_source` that wait for an approval on which there are new decisions, or
        for operations that have ended.

        Args:
            after: an id; those that follow it, by code points.
        """

    @abstractmethod
    def awaits_operations(self, data_source: str) -> bool:
        """Whether a message of `data_source` waits for operations at remote issuers that have not ended."""

    @abstractmethod
    def purge(self, age: timedelta, limit: int) -> int:
        """Delete up to `limit` entries of the journal whose `keep_until` is past by `age` or more; tells how many.

        Raises:
            Defect: `age` is negative: an entry would go while its request could be played again.
        """
