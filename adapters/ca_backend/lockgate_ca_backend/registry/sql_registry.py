"""The port `Registry` on the CA's database: units of work that only a live worker can commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, bindparam, select

from lockgate.errors import FenceLost
from lockgate.line.journal import JournalKey
from lockgate.ports import DirectWork, Fence, Issuer, MessageKey, Registry
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.in_process import InProcessIssuer
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork, read_crls, unfenced
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.engines import reading

_lease = tables.worker_lease
# Because of the lock, a new holder waits for this commit, or this transaction sees the new holder.
_TOKEN_LOCKED = select(_lease.c.token).where(_lease.c.worker == bindparam("worker")).with_for_update(read=True)


class SqlRegistry(Registry, DirectWork):
    """The registry in its own database. All workers of a process share one instance.

    Args:
        engine: the CA's database, with the current schema.
        facilities: shared by all transactions of the process, and by the administration.
    """

    def __init__(self, engine: Engine, facilities: Facilities) -> None:
        self._engine = engine
        self._enter = select(_lease.c.token, dialect_of(engine).now).where(_lease.c.worker == bindparam("worker"))
        self._facilities = facilities

    @contextmanager
    def transaction(
        self,
        fence: Fence,
        *,
        keys: Iterable[JournalKey] = (),
        usernames: Iterable[str] = (),
        messages: Iterable[MessageKey] = (),
    ) -> Iterator[UnitOfWork]:
        """A unit of work.

        Raises:
            FenceLost: another holder has taken the worker's lease over.
            Conflict: another transaction was faster; the same work can be done again.
            Unavailable: the database cannot be reached.
        """
        read_crls(self._engine, self._facilities)
        with translated(self._engine), self._engine.begin() as connection:
            work = UnitOfWork(connection, self._facilities, self._admit(connection, fence), fence.worker)
            work.journal.recall(keys)
            work.store.end_entities.expect(usernames)
            work.store.protocol_transactions.expect(messages)
            yield work
            work.flush()
            _leave(connection, fence)
        work.store.audit_log.announce()

    @contextmanager
    def direct(self, writer: str, *, usernames: Iterable[str] = ()) -> Iterator[UnitOfWork]:
        """A unit of work that its row locks and revisions alone guard.

        Raises:
            Conflict: another transaction was faster; the same work can be done again.
            Unavailable: the database cannot be reached.
        """
        with unfenced(self._engine, self._facilities, writer) as work:
            work.store.end_entities.expect(usernames)
            yield work
        work.store.audit_log.announce()

    @contextmanager
    def reading(self, reader: str) -> Iterator[UnitOfWork]:
        """A unit of work that changes nothing; on SQLite it does not wait for who writes.

        Raises:
            Conflict: what is read was not ready; the same work can be done again.
            Unavailable: the database cannot be reached.
        """
        with unfenced(reading(self._engine), self._facilities, reader) as work:
            yield work

    @property
    def issuer(self) -> Issuer:
        """Signs with the keys of the CAs that stand in this database."""
        return InProcessIssuer(self._facilities.issuers)

    def _admit(self, connection: Connection, fence: Fence) -> int:
        row = connection.execute(self._enter, {"worker": fence.worker}).one_or_none()
        if row is None or row[0] != fence.token:
            raise FenceLost(f"the lease of worker {fence.worker} has a newer holder")
        return int(row[1])


def _leave(connection: Connection, fence: Fence) -> None:
    if connection.execute(_TOKEN_LOCKED, {"worker": fence.worker}).scalar_one_or_none() != fence.token:
        raise FenceLost(f"the lease of worker {fence.worker} has a newer holder")
