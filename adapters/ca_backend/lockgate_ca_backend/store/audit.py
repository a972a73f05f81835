"""The audit log: rows are added, never changed; each writer's form a sealed chain."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from lockgate.administration.audit import AuditEntry, Head
from lockgate.audit import REFUSALS, AuditEvent
from lockgate_ca_backend.audit_chain import AuditKey
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import execute_many

_table, _head = tables.audit, tables.audit_head
_NAMES = tuple(AuditEntry.__dataclass_fields__)
_COLUMNS = [_table.c[name] for name in _NAMES]
_INSERT = insert(_table)
_LAST = select(_head.c.number, _head.c.seal).where(_head.c.writer == bindparam("writer_")).with_for_update()
_MOVE = (
    update(_head)
    .where(_head.c.writer == bindparam("writer_"))
    .values(number=bindparam("number_"), seal=bindparam("seal_"))
)
_PIECE = 1000

_log = logging.getLogger(__name__)


class AuditLog:
    """The audit log in one transaction.

    Args:
        now: milliseconds, by the database's clock.
        writer: the worker, or the administration.
    """

    def __init__(self, connection: Connection, now: int, writer: str, key: AuditKey) -> None:
        self._connection = connection
        self._now = now
        self._writer = writer
        self._key = key
        self._new: list[AuditEvent] = []
        self._refusals: list[AuditEvent] = []

    def add(self, event: AuditEvent) -> None:
        """Keep `event` to be written."""
        self._new.append(event)
        if event.event in REFUSALS:
            self._refusals.append(event)

    def flush(self) -> None:
        """Write the collected entries. The head stays locked until the transaction ends: a chain has only one last
        entry."""
        if not self._new:
            return
        row = self._connection.execute(_LAST, {"writer_": self._writer}).one_or_none()
        head = Head() if row is None else Head(row.number, row.seal)
        entries = list(self._sealed(head))
        execute_many(self._connection, _INSERT, [{name: getattr(entry, name) for name in _NAMES} for entry in entries])
        last = entries[-1]
        if row is None:
            self._connection.execute(insert(_head).values(writer=self._writer, number=last.number, seal=last.seal))
        else:
            moved = {"writer_": self._writer, "number_": last.number, "seal_": last.seal}
            self._connection.execute(_MOVE, moved)
        self._new = []

    def entries(self) -> Iterator[AuditEntry]:
        """The whole log, by writer and number, read piece by piece."""
        query = select(*_COLUMNS).order_by(_table.c.writer, _table.c.number, _table.c.sequence)
        for row in self._connection.execution_options(yield_per=_PIECE).execute(query):
            yield AuditEntry(*row)

    def heads(self) -> Mapping[str, Head]:
        """Where each writer's chain ends."""
        return {row.writer: Head(row.number, row.seal) for row in self._connection.execute(select(_head))}

    def _sealed(self, head: Head) -> Iterator[AuditEntry]:
        for number, event in enumerate(self._new, start=head.number + 1):
            details = msgspec.json.encode(dict(event.details)).decode()
            entry = AuditEntry(self._writer, number, self._now, str(event.event), event.who, event.target, details)
            head = Head(number, self._key.seal(entry, head.seal))
            yield replace(entry, seal=head.seal)

    def announce(self) -> None:
        """Write refusals to the process's log, each field as a key and a value. This is done after the commit, so that
        each is logged once."""
        for refusal in self._refusals:
            facts = {name: str(value) for name, value in refusal.details.items() if name != "internal"}
            _log.warning("%s", {**facts, "event": str(refusal.event), "message": refusal.target})
