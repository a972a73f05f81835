"""Leases of workers, in the CA's database and by its clock, and the workers' certificates."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, insert, not_, or_, select, update

from lockgate.ports import Coordinator, Fence
from lockgate.ports.coordination import LONGEST
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import AlreadyThere, dialect_of, translated

_lease, _certificate = tables.worker_lease, tables.worker_certificate


class SqlCoordinator(Coordinator):
    """Leases as rows. A token is never given out twice, released leases included.

    Args:
        engine: the CA's database, with the current schema.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._now = dialect_of(engine).now

    def introduce(self, worker: str, certificates: Collection[str]) -> None:
        """Record each certificate that is not recorded yet."""
        for fingerprint in certificates:
            with suppress(AlreadyThere), translated(self._engine), self._engine.begin() as connection:
                known = select(_certificate.c.worker).where(_certificate.c.fingerprint == fingerprint)
                if connection.execute(known).first() is None:
                    connection.execute(insert(_certificate).values(fingerprint=fingerprint, worker=worker))

    def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
        """Take the lease if it is free, expired or already `holder`'s."""
        try:
            with translated(self._engine), self._engine.begin() as connection:
                return self._take(connection, worker, holder, lease) or self._open(connection, worker, holder, lease)
        except AlreadyThere:
            # Someone else opened the very first lease at the same moment.
            return None

    def renew(self, fence: Fence, lease: timedelta) -> bool:
        """Let the lease run on; false if there is a newer token."""
        statement = update(_lease).where(_lease.c.worker == fence.worker, _lease.c.token == fence.token)
        with translated(self._engine), self._engine.begin() as connection:
            return connection.execute(statement.values(expires=self._now + _milliseconds(lease))).rowcount == 1

    def release(self, fence: Fence) -> None:
        """Give the lease up; its token is spent, so nothing can be committed under it any more."""
        statement = update(_lease).where(_lease.c.worker == fence.worker, _lease.c.token == fence.token)
        with translated(self._engine), self._engine.begin() as connection:
            connection.execute(statement.values(token=_lease.c.token + 1, holder="", expires=0))

    def _take(self, connection: Connection, worker: str, holder: str, lease: timedelta) -> Fence | None:
        free = or_(not_(held(self._now)), _lease.c.holder == holder)
        statement = update(_lease).where(_lease.c.worker == worker, free)
        expires = self._now + _milliseconds(lease)
        taken = connection.execute(statement.values(token=_lease.c.token + 1, holder=holder, expires=expires))
        if taken.rowcount != 1:
            return None
        token = connection.execute(select(_lease.c.token).where(_lease.c.worker == worker)).scalar_one()
        return Fence(worker, token)

    def _open(self, connection: Connection, worker: str, holder: str, lease: timedelta) -> Fence | None:
        if connection.execute(select(_lease.c.token).where(_lease.c.worker == worker)).first() is not None:
            return None
        expires = self._now + _milliseconds(lease)
        connection.execute(insert(_lease).values(worker=worker, holder=holder, token=1, expires=expires))
        return Fence(worker, 1)


def held(now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether somebody holds a lease at `now`, in milliseconds."""
    return and_(_lease.c.expires > now, _lease.c.expires <= now + _milliseconds(LONGEST))


def _milliseconds(lease: timedelta) -> int:
    return lease // timedelta(milliseconds=1)
