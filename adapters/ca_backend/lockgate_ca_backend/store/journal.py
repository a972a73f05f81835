"""The journal: final verdicts, unique by signer and nonce, with the sealed answers; and requests that wait for one."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from lockgate.line.journal import JournalEntry, JournalKey, Known, PendingRequest
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.pending import PendingRequests
from lockgate_persistence.dialects import Dialect, dialect_of, execute_many

_journal = tables.journal
_INSERT = insert(_journal)


class JournalTable:
    """The journal in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._pending = PendingRequests(connection, now)
        self._known: dict[JournalKey, Known | None] = {}
        self._new: list[dict[str, Any]] = []

    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        """The entries for `keys`, stored ones and those recorded here, and requests that wait."""
        wanted = tuple(keys)
        if missing := {key for key in wanted if key not in self._known}:
            self._load(missing)
        return {key: entry for key in wanted if (entry := self._known[key]) is not None}

    def record(self, entry: JournalEntry) -> None:
        """Collect `entry` to be written at `flush`. If its key is taken, `flush` fails, not this call.

        Raises:
            Conflict: the request waited, and does no longer.
        """
        if isinstance(self._known.get(entry.key), PendingRequest):
            self._pending.remove(entry.key)
        self._known[entry.key] = entry
        self._new.append(_values(entry))

    def defer(self, pending: PendingRequest) -> None:
        """Keep that a request waits.

        Raises:
            Conflict: it waited, and does no longer.
        """
        self._pending.put(pending, known=pending.key in self.recall((pending.key,)))
        self._known[pending.key] = pending

    def decided(self, data_source: str, limit: int, after: str) -> Sequence[str]:
        """The messages of `data_source` that wait for an approval with new decisions, or for operations that have
        ended."""
        return self._pending.decided(data_source, limit, after)

    def awaits_operations(self, data_source: str) -> bool:
        """Whether a message of `data_source` waits for operations."""
        return self._pending.awaits_operations(data_source)

    def flush(self) -> None:
        """Write what was recorded."""
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []

    def _load(self, keys: set[JournalKey]) -> None:
        rows = self._connection.execute(_by_nonces(self._dialect), {"nonces": sorted({key.nonce for key in keys})})
        self._known.update(dict.fromkeys(keys))
        entries = {entry.key: entry for entry in map(_entry, rows) if entry.key in keys}
        self._known.update(entries)
        self._known.update((pending.key, pending) for pending in self._pending.find(keys - entries.keys()))


@cache
def _by_nonces(dialect: Dialect) -> Select[Any]:
    """By nonce alone: not every database uses an index for lists of pairs, and two rows with one nonce are rare."""
    return select(_journal).where(dialect.among(_journal.c.nonce, "nonces"))


def _values(entry: JournalEntry) -> dict[str, Any]:
    return {
        "nonce": entry.key.nonce,
        "signer": entry.key.signer,
        "digest": entry.digest,
        "messageid": entry.message_id,
        "part": entry.part,
        "verdict": entry.verdict,
        "answer": entry.answer,
        "keepuntil": to_milliseconds(entry.keep_until),
    }


def _entry(row: Row[Any]) -> JournalEntry:
    return JournalEntry(
        key=JournalKey(row.signer, row.nonce),
        digest=row.digest,
        message_id=row.messageid,
        part=row.part,
        verdict=row.verdict,
        answer=bytes(row.answer),
        keep_until=from_milliseconds(row.keepuntil),
    )
