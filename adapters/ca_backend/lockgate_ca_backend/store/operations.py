"""Operations at remote issuers, as they are stored."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, insert, or_, select, update

from lockgate.certification.endentity import EndEntity, Possession
from lockgate.errors import Conflict
from lockgate.operations.status import CALLED, DRIVEN, OPEN, OperationKind, OperationStatus
from lockgate.ports import Operation, Order, RevocationOrder
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.certificates import serial_digits
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_persistence.dialects import dialect_of

_table, _pending = tables.operation, tables.pending_request
_earlier = tables.operation.alias("earlier")
_ORDERS: dict[str, type[Order] | type[RevocationOrder]] = {
    OperationKind.ISSUE: Order,
    OperationKind.REVOKE: RevocationOrder,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is recorded with the certificate.

    Attributes:
        end_entity: as it shall be stored.
        described: as the certificate describes it.
        key: the identity of the public key.
        serial_number: chosen by the requester; None for any.
    """

    end_entity: EndEntity
    described: EndEntity
    key: str
    possession: Possession
    requester_fingerprint: str | None
    serial_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperation:
    """An operation to be stored.

    Attributes:
        wanted: None for a revocation.
        sealed: its secrets; None where it holds none.
        before: the end entity before the request, as the table of end entities encodes it; None where another operation
            of the request holds that.
    """

    id: str
    request: str
    issuer: str
    order: Order | RevocationOrder
    username: str
    requester: str
    effect: int = 0
    wanted: Wanted | None = None
    sealed: bytes | None = None
    before: bytes | None = None
    renews: str | None = None
    recovers: str | None = None


class OperationTable:
    """The operations in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._among = dialect_of(connection.engine).among

    def add(self, new: NewOperation) -> None:
        """Store at once. The unique id makes a second one under one key fail."""
        times = dict.fromkeys(("since", "due", "changed"), self._now)
        self._connection.execute(insert(_table).values(_values(new) | times))

    def get_locked(self, operation: str) -> Operation | None:
        """The operation of that id; nobody else changes it until this transaction ends."""
        row = self._connection.execute(select(_table).where(_table.c.id == operation).with_for_update()).one_or_none()
        return None if row is None else _operation(row)

    def of_locked(self, request: str) -> Sequence[Operation]:
        """Those of a request, in the order of their effects."""
        query = select(_table).where(_table.c.request == request).order_by(_table.c.sequence)
        return [_operation(row) for row in self._connection.execute(query.with_for_update())]

    def is_open(self, request: str) -> bool:
        """Whether one of the request has not ended."""
        query = select(_table.c.sequence).where(_table.c.request == request, _table.c.status.in_(OPEN))
        return self._connection.execute(query.limit(1)).first() is not None

    def open_on(self, usernames: Collection[str]) -> str | None:
        """The request of an open one on these end entities."""
        query = select(_table.c.request).where(self._among(_table.c.username, "usernames"), _table.c.status.in_(OPEN))
        found = self._connection.execute(query.order_by(_table.c.sequence).limit(1), {"usernames": sorted(usernames)})
        return found.scalar_one_or_none()

    def due(self, issuer: str, limit: int, besides: Iterable[str], *, called: bool) -> Sequence[Operation]:
        """Those that the runner works on now, the oldest first."""
        due: ColumnElement[bool] = _table.c.due <= self._now
        query = select(_table).where(
            _table.c.issuer == issuer,
            _table.c.status.in_(DRIVEN),
            _table.c.id.not_in(sorted(besides)),
            or_(due, _table.c.status == CALLED) if called else due,
            ~_HELD_UP,
        )
        return [_operation(row) for row in self._connection.execute(query.order_by(_table.c.sequence).limit(limit))]

    def listed(self, statuses: Iterable[OperationStatus]) -> Sequence[Operation]:
        """Those in one of `statuses`, the oldest first."""
        query = select(_table).where(_table.c.status.in_(sorted(statuses))).order_by(_table.c.sequence)
        return [_operation(row) for row in self._connection.execute(query)]

    def move(self, operation: Operation, values: dict[str, Any]) -> None:
        """Change the row that is still as it was read.

        Raises:
            Conflict: it is not.
        """
        same = _table.c.id == operation.id, _table.c.revision == operation.revision
        changed = values | {"revision": operation.revision + 1, "changed": self._now}
        if self._connection.execute(update(_table).where(*same).values(changed)).rowcount != 1:
            raise Conflict(f"the operation {operation.id} was changed by another transaction")

    def disown(self, operation: Operation, refusal: Rejected) -> None:
        """Keep the refusal of its request, whatever becomes of the row besides."""
        refused = {"reason": str(refusal.reason), "detail": refusal.detail}
        self._connection.execute(update(_table).where(_table.c.id == operation.id).values(refused))

    def wanted(self, operation: str) -> Wanted:
        """What is recorded with its certificate."""
        return msgspec.json.decode(self._column("wanted", operation), type=Wanted)

    def sealed(self, operation: str) -> bytes | None:
        """Its secrets."""
        sealed = self._column("sealed", operation)
        return None if sealed is None else bytes(sealed)

    def before(self, operation: str) -> bytes | None:
        """The end entity before the request."""
        before = self._column("before", operation)
        return None if before is None else bytes(before)

    def has_serial(self, ca_name: str, serial_number: int) -> bool:
        """Whether an operation has reserved the serial number for the CA."""
        reserved = _table.c.caname == ca_name, _table.c.serial == serial_digits(serial_number)
        return self._connection.execute(select(_table.c.sequence).where(*reserved).limit(1)).first() is not None

    def forget(self, request: str) -> None:
        """Delete those of a request."""
        self._connection.execute(delete(_table).where(_table.c.request == request))

    def _column(self, name: str, operation: str) -> Any:
        return self._connection.execute(select(_table.c[name]).where(_table.c.id == operation)).scalar_one()


_HELD_UP = exists().where(
    and_(
        _earlier.c.username == _table.c.username,
        _earlier.c.username != "",
        _earlier.c.request != _table.c.request,
        _earlier.c.issuer == _table.c.issuer,
        _earlier.c.kind == _table.c.kind,
        _earlier.c.status.in_(OPEN),
        _earlier.c.sequence < _table.c.sequence,
    )
)
"""An earlier operation of the same kind, at the same issuer and on the same end entity, has not ended."""


def changes(
    status: OperationStatus,
    due: datetime | None,
    defects: int | None,
    draft: bytes | None,
    certificate: bytes | None,
    refusal: Rejected | None,
) -> dict[str, Any]:
    """The columns that a change writes; what is None stays."""
    written = {
        "status": str(status),
        "due": None if due is None else to_milliseconds(due),
        "defects": defects,
        "draft": draft,
        "certificate": certificate,
        "reason": None if refusal is None else str(refusal.reason),
        "detail": None if refusal is None else refusal.detail,
    }
    return {name: value for name, value in written.items() if value is not None}


def _values(new: NewOperation) -> dict[str, Any]:
    chosen = new.wanted.serial_number if new.wanted else None
    return {
        "id": new.id,
        "request": new.request,
        "issuer": new.issuer,
        "caname": new.order.ca_name,
        "serial": None if chosen is None else serial_digits(chosen),
        "keydigest": new.wanted.key if new.wanted else None,
        "username": new.username,
        "kind": str(OperationKind.ISSUE if isinstance(new.order, Order) else OperationKind.REVOKE),
        "status": str(OperationStatus.INTENDED),
        "defects": 0,
        "revision": 1,
        "effect": new.effect,
        "requester": new.requester,
        "renews": new.renews,
        "recovers": new.recovers,
        "ordered": msgspec.json.encode(new.order),
        "wanted": None if new.wanted is None else msgspec.json.encode(new.wanted),
        "sealed": new.sealed,
        "before": new.before,
    }


def _operation(row: Row[Any]) -> Operation:
    return Operation(
        id=row.id,
        request=row.request,
        issuer=row.issuer,
        kind=OperationKind(row.kind),
        status=OperationStatus(row.status),
        since=from_milliseconds(row.changed if row.since is None else row.since),
        due=from_milliseconds(row.due),
        defects=row.defects,
        order=msgspec.json.decode(bytes(row.ordered), type=_ORDERS[row.kind]),
        draft=None if row.draft is None else bytes(row.draft),
        certificate=None if row.certificate is None else bytes(row.certificate),
        refusal=None if row.reason is None else Rejected(Reason(row.reason), row.detail or ""),
        username=row.username,
        requester=row.requester,
        effect=row.effect,
        renews=row.renews,
        recovers=row.recovers,
        revision=row.revision,
    )
