"""Read access for those who watch a CA node: it needs no key, changes nothing, and each reading takes little time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Integer, Row, Select, func, literal_column, select

from lockgate.administration.observations import (
    AnswerTally,
    DatabaseSize,
    LeaseListing,
    NewEntries,
    OperationTally,
    Recorded,
)
from lockgate.audit import Event
from lockgate.operations.status import DOUBTFUL, DRIVEN
from lockgate.publishing.answers import AnswerTerms
from lockgate_ca_backend.coordination import held
from lockgate_ca_backend.store import ocsp_tables, tables
from lockgate_ca_backend.store.published_answers import tally
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.dialects.choices import when
from lockgate_persistence.engines import reading

_lease, _operation, _journal = tables.worker_lease, tables.operation, tables.journal
_audit, _head = tables.audit, tables.audit_head
_round = ocsp_tables.answer_round
ENTRIES = 1000
"""Of one writer's entries that one reading counts at most; the next one goes on behind them."""
_EVENTS: Mapping[str, Event] = MappingProxyType({str(event): event for event in Event})


class Observation:
    """Reads the CA's database, with the current schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._now = dialect_of(engine).now

    def leases(self) -> Sequence[LeaseListing]:
        """The lease of every worker, and of every issuer's runner, that has ever run."""
        taken = when(held(self._now), literal_column("1", Integer), literal_column("0", Integer))
        query = select(_lease.c.worker, _lease.c.token, taken.label("held")).order_by(_lease.c.worker)
        with self._reading() as connection:
            return [LeaseListing(row.worker, bool(row.held), row.token) for row in connection.execute(query)]

    def operations(self) -> Mapping[str, OperationTally]:
        """The open operations, by the names of their issuers."""
        columns = _operation.c.issuer, _operation.c.status
        driven = sorted(map(str, DRIVEN))
        query = (
            select(*columns, func.count().label("number"), func.min(_operation.c.due).label("first"))
            .where(_operation.c.status.in_([*driven, str(DOUBTFUL)]))
            .group_by(*columns)
        )
        with self._reading() as connection:
            now = int(connection.execute(select(self._now)).scalar_one())
            rows = connection.execute(query).all()
        issuers = sorted({row.issuer for row in rows})
        return {issuer: _tally([row for row in rows if row.issuer == issuer], now) for issuer in issuers}

    def ocsp_answers(self, sources: Iterable[str], terms: AnswerTerms, late: timedelta) -> Mapping[str, AnswerTally]:
        """The OCSP answers that were published in each of the data sources `sources`.

        Args:
            late: for how long an answer may be due before it counts as overdue.
        """
        with self._reading() as connection:
            now = int(connection.execute(select(self._now)).scalar_one())
            rows = connection.execute(select(_round.c.datasource, _round.c.finished)).all()
            ages = {row.datasource: timedelta(milliseconds=now - row.finished) for row in rows}
            return {name: AnswerTally(ages.get(name), *tally(connection, name, now, terms, late)) for name in sources}

    def size(self) -> DatabaseSize:
        """How large the database is."""
        ends = select(func.min(_journal.c.sequence).label("first"), func.max(_journal.c.sequence).label("last"))
        with self._reading() as connection:
            row = connection.execute(ends).one()
            octets = dialect_of(self._engine).size(connection)
        return DatabaseSize(octets, 0 if row.first is None else row.last - row.first + 1)

    def chain_ends(self) -> Mapping[str, int]:
        """The number of each writer's last entry in the audit log."""
        with self._reading() as connection:
            return _ends(connection)

    def entries_after(self, ends: Mapping[str, int]) -> NewEntries:
        """The entries of the audit log behind those, of all writers: each chain has no gaps, so that none is missed."""
        found: list[Recorded] = []
        reached = dict(ends)
        with self._reading() as connection:
            for writer in (writer for writer, last in _ends(connection).items() if last > ends.get(writer, 0)):
                rows = _behind(connection, writer, ends.get(writer, 0))
                found += map(_recorded, rows)
                reached[writer] = rows[-1].number if rows else ends.get(writer, 0)
        return NewEntries(tuple(found), reached)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._engine), reading(self._engine).begin() as connection:
            yield connection


def _tally(rows: Sequence[Row[Any]], now: int) -> OperationTally:
    driven = [row for row in rows if row.status != DOUBTFUL]
    late = max((now - row.first for row in driven), default=0)
    return OperationTally(
        under_way=sum(row.number for row in driven),
        in_doubt=sum(row.number for row in rows if row.status == DOUBTFUL),
        overdue=timedelta(milliseconds=max(late, 0)),
    )


def _ends(connection: Connection) -> Mapping[str, int]:
    return {row.writer: row.number for row in connection.execute(select(_head.c.writer, _head.c.number))}


def _behind(connection: Connection, writer: str, number: int) -> Sequence[Row[Any]]:
    columns = _audit.c.number, _audit.c.event, _audit.c.details
    query: Select[Any] = select(*columns).where(_audit.c.writer == writer, _audit.c.number > number)
    return connection.execute(query.order_by(_audit.c.number).limit(ENTRIES)).all()


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(_EVENTS.get(row.event), str(msgspec.json.decode(row.details).get("reason", "")))
