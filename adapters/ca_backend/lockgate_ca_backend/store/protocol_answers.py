"""The answers that are kept for messages of transactions of protocols; `flush` writes those that were collected."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from lockgate.ports import TransactionKey
from lockgate_ca_backend.store import protocol_tables
from lockgate_ca_backend.store.columns import BLOB
from lockgate_persistence.dialects import Dialect, dialect_of, execute_many

_table, _transaction = protocol_tables.protocol_answer, protocol_tables.protocol_transaction
Message = tuple[TransactionKey, str]
"""A message: its transaction, and its digest."""


class ProtocolAnswers:
    """The answers in one transaction of the database. The rows of their transactions are locked, or new."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._sequences: dict[TransactionKey, int] = {}
        self._stored: dict[Message, bytes | None] = {}
        self._kept: dict[Message, bytes] = {}

    def expect(self, messages: Mapping[Message, int]) -> None:
        """Read those to all `messages` in one statement.

        Args:
            messages: each with the sequence of its transaction's row.
        """
        if not messages:
            return
        wanted = {(sequence, digest): (key, digest) for (key, digest), sequence in messages.items()}
        values = {"sequences": sorted(messages.values()), "digests": sorted({digest for _, digest in messages})}
        self._stored.update(dict.fromkeys(messages))
        for row in self._connection.execute(_by_messages(self._dialect), values):
            if message := wanted.get((row.transactionsequence, row.digest)):
                self._stored[message] = bytes(row.answer)

    def get(self, message: Message, sequence: int | None) -> bytes | None:
        """The answer to the message; None where none was kept.

        Args:
            sequence: of its transaction's row; None where that is not stored yet.
        """
        if message in self._kept:
            return self._kept[message]
        if sequence is not None and message not in self._stored:
            self.expect({message: sequence})
        return self._stored.get(message)

    def put(self, message: Message, sequence: int | None, answer: bytes) -> None:
        """Collect it, in place of the one before."""
        self.get(message, sequence)
        if sequence is not None:
            self._sequences[message[0]] = sequence
        self._kept[message] = answer

    def flush(self) -> None:
        """Write what was collected, once the transactions are stored; forget what was read."""
        self._find_rows(key for key, _ in self._kept if key not in self._sequences)
        new = [self._values(message) for message in self._kept if self._stored.get(message) is None]
        old = [self._values(message) for message in self._kept if self._stored.get(message) is not None]
        if new:
            execute_many(self._connection, _INSERT, new)
        if old:
            execute_many(self._connection, _UPDATE, [{f"{name}_": row[name] for name in row} for row in old])
        for known in (self._sequences, self._stored, self._kept):
            known.clear()

    def _find_rows(self, keys: Iterable[TransactionKey]) -> None:
        """The sequences of rows that were stored just now."""
        ids: dict[str, set[str]] = {}
        for key in keys:
            ids.setdefault(key.protocol, set()).add(key.id)
        for protocol, wanted in ids.items():
            rows = self._connection.execute(_by_ids(self._dialect), {"protocol_": protocol, "ids": sorted(wanted)})
            self._sequences.update({TransactionKey(protocol, row.transactionid): row.sequence for row in rows})

    def _values(self, message: Message) -> dict[str, Any]:
        key, digest = message
        return {"transactionsequence": self._sequences[key], "digest": digest, "answer": self._kept[message]}


@cache
def _by_messages(dialect: Dialect) -> Select[Any]:
    return select(_table).where(
        dialect.among(_table.c.transactionsequence, "sequences"), dialect.among(_table.c.digest, "digests")
    )


@cache
def _by_ids(dialect: Dialect) -> Select[Any]:
    return select(_transaction.c.transactionid, _transaction.c.sequence).where(
        _transaction.c.protocol == bindparam("protocol_"), dialect.among(_transaction.c.transactionid, "ids")
    )


_INSERT = insert(_table)
_UPDATE = (
    update(_table)
    .where(
        _table.c.transactionsequence == bindparam("transactionsequence_", type_=_table.c.transactionsequence.type),
        _table.c.digest == bindparam("digest_", type_=_table.c.digest.type),
    )
    .values(answer=bindparam("answer_", type_=BLOB))
)
