"""Transactions of protocols, and the answers to their messages, as they are stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from lockgate.errors import Conflict, Defect
from lockgate.ports import ProtocolTransaction, TransactionKey
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.store import protocol_tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_persistence.dialects import translated

_table, _answer = protocol_tables.protocol_transaction, protocol_tables.protocol_answer


class ProtocolTransactionTable:
    """The transactions in one transaction of the database.

    Args:
        now: milliseconds, by the database's clock.
        secrets: opens the secrets of the transactions.
    """

    def __init__(self, connection: Connection, now: int, secrets: ClientSecrets) -> None:
        self._connection = connection
        self._now = now
        self._secrets = secrets

    def get_locked(self, key: TransactionKey) -> ProtocolTransaction | None:
        """The transaction of that key; nobody else changes it until this transaction of the database ends."""
        row = self._connection.execute(select(_table).where(*_is(key)).with_for_update()).one_or_none()
        return None if row is None else self._transaction(row)

    def add(self, transaction: ProtocolTransaction) -> ProtocolTransaction:
        """Store a new one.

        Raises:
            Conflict: there is one of that key.
        """
        stored = _stored(transaction)
        with translated(self._connection.engine):
            self._connection.execute(insert(_table).values(_identity(stored.key) | self._values(stored)))
        return stored

    def replace(self, transaction: ProtocolTransaction) -> ProtocolTransaction:
        """Change the row that is still as it was read.

        Raises:
            Conflict: it is not.
        """
        stored = _stored(transaction)
        same = *_is(stored.key), _table.c.revision == transaction.revision
        if self._connection.execute(update(_table).where(*same).values(self._values(stored))).rowcount != 1:
            raise Conflict("the transaction was changed by another unit of work")
        return stored

    def answer(self, key: TransactionKey, digest: str) -> bytes | None:
        """What was answered to the message of that digest."""
        query = select(_answer.c.answer).where(_of(key), _answer.c.digest == digest)
        answer = self._connection.execute(query).scalar_one_or_none()
        return None if answer is None else bytes(answer)

    def keep_answer(self, key: TransactionKey, digest: str, answer: bytes) -> None:
        """Add or replace it."""
        joined = _table.outerjoin(
            _answer, and_(_answer.c.transactionsequence == _table.c.sequence, _answer.c.digest == digest)
        )
        query = select(_table.c.sequence, _answer.c.digest).select_from(joined).where(*_is(key))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise Defect("an answer in a transaction that is not stored")
        if row.digest is None:
            values = {"transactionsequence": row.sequence, "digest": digest, "answer": answer}
            self._connection.execute(insert(_answer).values(values))
            return
        same = _answer.c.transactionsequence == row.sequence, _answer.c.digest == digest
        self._connection.execute(update(_answer).where(*same).values(answer=answer))

    def count_answers(self, key: TransactionKey) -> int:
        """Those of one transaction."""
        return self._connection.execute(select(func.count()).select_from(_answer).where(_of(key))).scalar_one()

    def forget_answers(self, key: TransactionKey) -> None:
        """Delete those of one transaction."""
        self._connection.execute(delete(_answer).where(_of(key)))

    def count_open(self, protocol: str, authenticator: str | None) -> int:
        """Those of `protocol`, or those of one authenticator among them."""
        wanted = _table.c.protocol == protocol, _table.c.open == 1, _table.c.expires > self._now
        query = select(func.count()).select_from(_table).where(*wanted)
        if authenticator is not None:
            query = query.where(_table.c.authenticator == authenticator)
        return self._connection.execute(query).scalar_one()

    def due_locked(self, protocol: str, limit: int) -> Sequence[ProtocolTransaction]:
        """Those that are due now, without the rows that another transaction of the database has locked."""
        query = select(_table).where(_table.c.protocol == protocol, _table.c.due <= self._now)
        ordered = query.order_by(_table.c.due, _table.c.sequence).limit(limit).with_for_update(skip_locked=True)
        return [self._transaction(row) for row in self._connection.execute(ordered)]

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
