"""The port `Journal`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from lockgate.line.journal import JournalEntry, JournalKey, Known, PendingRequest
from lockgate.ports import Journal
from lockgate_ca_backend.registry.store import Store


class SqlJournal(Journal):
    """The journal in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        """The journal's entries for `keys`, and requests that wait."""
        return self._store.journal.recall(keys)

    def record(self, entry: JournalEntry) -> None:
        """Add to the journal."""
        self._store.journal.record(entry)

    def defer(self, pending: PendingRequest) -> None:
        """At once."""
        self._store.journal.defer(pending)

    def decided_messages(self, data_source: str, limit: int, after: str = "") -> Sequence[str]:
        """By the number of decisions, and by the states of operations."""
        return self._store.journal.decided(data_source, limit, after)

    def awaits_operations(self, data_source: str) -> bool:
        """Where no CA has a remote issuer, the table is not asked."""
        return self._store.authorities.has_remote() and self._store.journal.awaits_operations(data_source)

    def purge(self, age: timedelta, limit: int) -> int:
        """At once."""
        return self._store.purging.verdicts(age, limit)
