"""Requests that wait for administrators or for operations: no verdict yet, and so no journal entry."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from lockgate.errors import Conflict
from lockgate.line.journal import JournalKey, PendingRequest
from lockgate.operations.status import OPEN
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.approvals import decidable
from lockgate_persistence.dialects import Dialect, dialect_of

_table, _decision, _operation = tables.pending_request, tables.approval_decision, tables.operation
_ONE = _table.c.nonce == bindparam("nonce_"), _table.c.signer == bindparam("signer_")
_COUNT = select(func.count()).where(_decision.c.approval == _table.c.approval).scalar_subquery()
_UNDER_WAY = exists().where(_operation.c.request == _table.c.operation, _operation.c.status.in_(OPEN)).correlate(_table)
_DECIDED = (
    select(_table.c.messageid)
    .where(
        _table.c.datasource == bindparam("source"),
        _table.c.messageid > bindparam("after"),
        or_(_table.c.decisions < _COUNT, and_(_table.c.operation != "", ~_UNDER_WAY)),
    )
    .distinct()
    .order_by(_table.c.messageid)
    .limit(bindparam("limit", type_=Integer))
)


class PendingRequests:
    """The requests that wait, in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._dialect = dialect_of(connection.engine)

    def find(self, keys: Iterable[JournalKey]) -> Iterator[PendingRequest]:
        """Those of `keys` that wait."""
        wanted = set(keys)
        nonces = sorted({key.nonce for key in wanted})
        rows = self._connection.execute(_by_nonces(self._dialect), {"nonces": nonces}) if nonces else ()
        return (pending for pending in map(_pending, rows) if pending.key in wanted)

    def put(self, pending: PendingRequest, *, known: bool) -> None:
        """Keep that a request waits; `known`: it did before.

        Raises:
            Conflict: it does no longer.
        """
        noted = {"changed": self._now}
        if not known:
            self._connection.execute(insert(_table).values(_values(pending) | noted))
            return
        self._affect(update(_table).where(*_ONE).values(_awaited(pending) | noted), pending.key)

    def remove(self, key: JournalKey) -> None:
        """It waits no longer.

        Raises:
            Conflict: it did not any more.
        """
        self._affect(delete(_table).where(*_ONE), key)

    def decided(self, data_source: str, limit: int, after: str) -> Sequence[str]:
        """Up to `limit` messages of `data_source` behind `after` whose approval has decisions that nobody has seen, or
        whose operations have ended."""
        parameters = {"source": data_source, "limit": limit, "after": after}
        return self._connection.execute(_DECIDED, parameters).scalars().all()

    def awaits_operations(self, data_source: str) -> bool:
        """Whether a message of `data_source` waits for operations that have not ended."""
        query = select(_table.c.nonce).where(_table.c.datasource == data_source, _table.c.operation != "", _UNDER_WAY)
        return self._connection.execute(query.limit(1)).first() is not None

    def _affect(self, statement: Any, key: JournalKey) -> None:
        if self._connection.execute(statement, {"nonce_": key.nonce, "signer_": key.signer}).rowcount != 1:
            raise Conflict("the request waits no longer")


def awaiting_approvals(connection: Connection, data_source: str, now: int) -> int:
    """How many messages of `data_source` wait for an approval that can still be decided.

    Args:
        now: milliseconds, by the database's clock.
    """
    awaited = exists().where(tables.approval.c.id == _table.c.approval, decidable(now)).correlate(_table)
    count = select(func.count(_table.c.messageid.distinct())).where(_table.c.datasource == data_source, awaited)
    return connection.execute(count).scalar_one()


@cache
def _by_nonces(dialect: Dialect) -> Select[Any]:
    return select(_table).where(dialect.among(_table.c.nonce, "nonces"))


def _values(pending: PendingRequest) -> dict[str, Any]:
    return {
        "nonce": pending.key.nonce,
        "signer": pending.key.signer,
        "digest": pending.digest,
        "datasource": pending.data_source,
        "messageid": pending.message_id,
        **_awaited(pending),
    }


def _awaited(pending: PendingRequest) -> dict[str, Any]:
    return {
        "approval": pending.approval,
        "decisions": pending.decisions,
        "operation": pending.operation,
        "effects": pending.effects,
    }


def _pending(row: Row[Any]) -> PendingRequest:
    key = JournalKey(row.signer, row.nonce)
    awaited = row.approval, row.decisions, row.operation, row.effects
    return PendingRequest(key, row.digest, row.datasource, row.messageid, *awaited)
