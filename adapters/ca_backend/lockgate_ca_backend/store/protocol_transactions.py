"""Transactions of protocols, and the answers to their messages, as they are stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, func, insert, select, update

from lockgate.errors import Conflict, Defect
from lockgate.ports import MessageKey, ProtocolTransaction, TransactionKey
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.store import protocol_tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.open_transactions import OpenCount
from lockgate_ca_backend.store.protocol_answers import ProtocolAnswers
from lockgate_persistence.dialects import Dialect, dialect_of, execute_many, translated

_table, _answer = protocol_tables.protocol_transaction, protocol_tables.protocol_answer


@dataclass(frozen=True, slots=True)
class _Row:
    """A transaction as it is here.

    Attributes:
        sequence: of its row; None where it is not stored yet.
        stored: as it is stored; None where it is not.
        current: with the changes of this transaction of the database.
    """

    sequence: int | None
    stored: ProtocolTransaction | None
    current: ProtocolTransaction

    @property
    def is_changed(self) -> bool:
        """Whether it has to be written."""
        return self.stored is not self.current


class ProtocolTransactionTable:
    """The transactions in one transaction of the database. Writes are collected until `flush`.

    Args:
        now: milliseconds, by the database's clock.
        secrets: opens the secrets of the transactions.
    """

    def __init__(self, connection: Connection, now: int, secrets: ClientSecrets) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._now = now
        self._secrets = secrets
        self._rows: dict[TransactionKey, _Row] = {}
        self._absent: set[TransactionKey] = set()
        self._answers = ProtocolAnswers(connection)
        self._counted: dict[str, OpenCount] = {}

    def expect(self, messages: Iterable[MessageKey]) -> None:
        """Read the transactions of all `messages` in one statement, and lock them; and in another one their answers."""
        wanted = {message.transaction: message.digest for message in messages}
        for protocol in sorted({key.protocol for key in wanted.keys() - self._rows.keys()}):
            ids = sorted(key.id for key in wanted.keys() - self._rows.keys() if key.protocol == protocol)
            rows = self._connection.execute(_by_ids(self._dialect), {"protocol_": protocol, "ids": ids}).all()
            for row in rows:
                self._read(row)
        self._absent = wanted.keys() - self._rows.keys()
        here = {(key, digest): self._rows.get(key) for key, digest in wanted.items()}
        self._answers.expect({message: row.sequence for message, row in here.items() if row and row.sequence})

    def get_locked(self, key: TransactionKey) -> ProtocolTransaction | None:
        """The transaction of that key; nobody else changes it until this transaction of the database ends.

        Another one may add it as long as it is not there: so what `expect` has not found counts once.
        """
        row = self._get(key)
        return None if row is None else row.current

    def save(self, transaction: ProtocolTransaction) -> ProtocolTransaction:
        """Collect a new one, or a change.

        Raises:
            Conflict: the stored one is another. That a new one is there already, `flush` finds out.
        """
        key = transaction.key
        row = self._get(key) if transaction.revision else self._rows.get(key)
        if (0 if row is None else row.current.revision) != transaction.revision:
            raise Conflict("the transaction was changed by another unit of work")
        saved = _stored(transaction)
        self._rows[key] = _Row(None, None, saved) if row is None else replace(row, current=saved)
        return saved

    def answer(self, key: TransactionKey, digest: str) -> bytes | None:
        """What was answered to the message of that digest."""
        row = self._get(key)
        return None if row is None else self._answers.get((key, digest), row.sequence)

    def keep_answer(self, key: TransactionKey, digest: str, answer: bytes) -> None:
        """Collect it, in place of the one before.

        Raises:
            Defect: there is no such transaction.
        """
        row = self._get(key)
        if row is None:
            raise Defect("an answer in a transaction that is not stored")
        self._answers.put((key, digest), row.sequence, answer)

    def count_answers(self, key: TransactionKey) -> int:
        """Those of one transaction."""
        self.flush()
        return self._connection.execute(select(func.count()).select_from(_answer).where(_of(key))).scalar_one()

    def forget_answers(self, key: TransactionKey) -> None:
        """Delete those of one transaction."""
        self.flush()
        self._connection.execute(delete(_answer).where(_of(key)))

    def count_open(self, protocol: str, authenticator: str | None) -> int:
        """Those of `protocol`, or those of one authenticator among them."""
        if protocol not in self._counted:
            self._counted[protocol] = OpenCount(self._connection, self._now, protocol)
        changed = [(row.stored, row.current) for row in self._rows.values() if row.is_changed]
        return self._counted[protocol].number(authenticator, changed)

    def due_locked(self, protocol: str, limit: int) -> Sequence[ProtocolTransaction]:
        """Those that are due now, without the rows that another transaction of the database has locked."""
        self.flush()
        query = select(_table).where(_table.c.protocol == protocol, _table.c.due <= self._now)
        ordered = query.order_by(_table.c.due, _table.c.sequence).limit(limit).with_for_update(skip_locked=True)
        return [self._read(row).current for row in self._connection.execute(ordered).all()]

    def flush(self) -> None:
        """Write what was collected, and forget what was read.

        Raises:
            Conflict: another transaction of the database has added one of them.
        """
        changed = [row for row in self._rows.values() if row.is_changed]
        new = [_identity(row.current.key) | self._values(row.current) for row in changed if row.stored is None]
        old = [{"sequence_": row.sequence} | _renamed(self._values(row.current)) for row in changed if row.stored]
        if new:
            with translated(self._connection.engine):
                execute_many(self._connection, _INSERT, new)
        if old:
            execute_many(self._connection, _UPDATE, old)
        self._answers.flush()
        self._rows.clear()
        self._absent.clear()
        self._counted.clear()

    def _get(self, key: TransactionKey) -> _Row | None:
        """As it is here; it is read, and locked, where it is not."""
        if key in self._absent:
            self._absent.discard(key)
            return None
        if key not in self._rows:
            row = self._connection.execute(_LOCKED, _renamed(_identity(key))).one_or_none()
            return None if row is None else self._read(row)
        return self._rows[key]

    def _read(self, row: Row[Any]) -> _Row:
        """As it is here; what was changed here stays."""
        read = self._transaction(row)
        return self._rows.setdefault(read.key, _Row(row.sequence, read, read))

    def _values(self, stored: ProtocolTransaction) -> dict[str, Any]:
        secret = stored.secret
        return {
            "authenticator": stored.authenticator,
            "state": stored.state,
            "content": stored.content,
            "sealedsecret": None if secret is None else self._secrets.seal_for_transaction(secret, stored.key),
            "due": None if stored.due is None else to_milliseconds(stored.due),
            "expires": to_milliseconds(stored.expires),
            "open": int(stored.open),
            "revision": stored.revision,
        }

    def _transaction(self, row: Row[Any]) -> ProtocolTransaction:
        key = TransactionKey(row.protocol, row.transactionid)
        sealed = row.sealedsecret
        return ProtocolTransaction(
            key=key,
            authenticator=row.authenticator,
            state=row.state,
            content=bytes(row.content),
            secret=None if sealed is None else self._secrets.open_for_transaction(bytes(sealed), key),
            due=None if row.due is None else from_milliseconds(row.due),
            expires=from_milliseconds(row.expires),
            open=bool(row.open),
            revision=row.revision,
        )


@cache
def _by_ids(dialect: Dialect) -> Select[Any]:
    """Locked in the order of the rows, so that two batches do not wait for each other."""
    query = select(_table).where(
        _table.c.protocol == bindparam("protocol_"), dialect.among(_table.c.transactionid, "ids")
    )
    return query.order_by(_table.c.sequence).with_for_update()


_LOCKED = (
    select(_table)
    .where(_table.c.protocol == bindparam("protocol_"), _table.c.transactionid == bindparam("transactionid_"))
    .with_for_update()
)
_INSERT = insert(_table)
_UPDATE = (
    update(_table)
    .where(_table.c.sequence == bindparam("sequence_", type_=_table.c.sequence.type))
    .values(
        {
            name: bindparam(f"{name}_", type_=_table.c[name].type)
            for name in ("authenticator", "state", "content", "sealedsecret", "due", "expires", "open", "revision")
        }
    )
)
"""By the primary key: MariaDB locks entries of indexes, too, so by the unique key this would be a deadlock with whoever
holds that entry and waits for the row."""


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Parameters of an UPDATE may not be called like columns."""
    return {f"{name}_": value for name, value in values.items()}


def sealed_secret(connection: Connection, key: TransactionKey) -> bytes | None:
    """The secret of the transaction of that key as it is stored, read without a lock; None where there is none."""
    sealed = connection.execute(select(_table.c.sealedsecret).where(*_is(key))).scalar_one_or_none()
    return None if sealed is None else bytes(sealed)


def content(connection: Connection, key: TransactionKey) -> bytes | None:
    """The content of the transaction of that key, read without a lock; None where there is none."""
    found = connection.execute(select(_table.c.content).where(*_is(key))).scalar_one_or_none()
    return None if found is None else bytes(found)


def _identity(key: TransactionKey) -> dict[str, Any]:
    return {"protocol": key.protocol, "transactionid": key.id}


def _is(key: TransactionKey) -> Sequence[ColumnElement[bool]]:
    return [_table.c[column] == value for column, value in _identity(key).items()]


def _of(key: TransactionKey) -> ColumnElement[bool]:
    return _answer.c.transactionsequence == select(_table.c.sequence).where(*_is(key)).scalar_subquery()


def _stored(transaction: ProtocolTransaction) -> ProtocolTransaction:
    """As it will be read."""
    due = None if transaction.due is None else _whole(transaction.due)
    return replace(transaction, due=due, expires=_whole(transaction.expires), revision=transaction.revision + 1)


def _whole(moment: datetime) -> datetime:
    return from_milliseconds(to_milliseconds(moment))
