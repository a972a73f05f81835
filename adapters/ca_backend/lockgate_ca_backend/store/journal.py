"""The journal: final verdicts, unique by signer and nonce, with the sealed answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from lockgate.journal import JournalEntry, JournalKey
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_persistence.dialects import execute_many

_journal = tables.journal
# By nonce alone: lists of pairs are not indexed on every database, and a nonce names hardly ever two rows.
_BY_NONCES = select(_journal).where(_journal.c.nonce.in_(bindparam("nonces", expanding=True)))
_INSERT = insert(_journal)


class Journal:
    """The journal in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[JournalKey, JournalEntry | None] = {}
        self._new: list[dict[str, Any]] = []

    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, JournalEntry]:
        """The entries for `keys`: stored ones and those recorded here."""
        wanted = tuple(keys)
        if missing := {key for key in wanted if key not in self._known}:
            self._load(missing)
        return {key: entry for key in wanted if (entry := self._known[key]) is not None}

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry` to be written. A key that is taken fails the flush, not this call."""
        self._known[entry.key] = entry
        self._new.append(_values(entry))

    def flush(self) -> None:
        """Write what was recorded."""
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []

    def _load(self, keys: set[JournalKey]) -> None:
        rows = self._connection.execute(_BY_NONCES, {"nonces": sorted({key.nonce for key in keys})})
        self._known.update(dict.fromkeys(keys))
        self._known.update((entry.key, entry) for entry in map(_entry, rows) if entry.key in keys)


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
