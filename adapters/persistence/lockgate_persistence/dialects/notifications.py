"""Notifications on PostgreSQL: NOTIFY and LISTEN, a channel each.

A notification has no content: the table shows what happened. It is sent after the commit and not with it: PostgreSQL
lets only one transaction that notifies commit at a time, so that commits that wait for the disk would wait for each
other (docs/decisions/0008-notifications.md).
"""

from typing import Any

from sqlalchemy import Connection, Engine, String, bindparam, func, select

from lockgate_persistence.dialects.base import ListeningConnection, Notifications, Trouble
from lockgate_persistence.dialects.sockets import CountedSocket, Guard

AUTOCOMMIT = "AUTOCOMMIT"
"""SQLAlchemy's name for connections on which each statement is a transaction by itself."""
_NOTIFY = select(func.pg_notify(bindparam("channel", type_=String), ""))
MOST_AT_ONCE = 10_000
"""Notifications taken from the driver at a time; the others are taken the next time."""
MOST_OCTETS = 16 * 1024 * 1024
"""Octets on one connection that listens: some 600,000 notifications, or a notification that is never finished."""


class PostgresqlNotifications(Notifications):
    """Each `Channel` is a channel of PostgreSQL's; every user that may connect may notify and listen."""

    def notify(self, connection: Connection, channel: str) -> None:
        """NOTIFY."""
        if connection.get_execution_options().get("isolation_level") != AUTOCOMMIT:
            connection.execution_options(isolation_level=AUTOCOMMIT)
        connection.execute(_NOTIFY, {"channel": str(channel)})

    def listen(self, engine: Engine, channel: str) -> ListeningConnection:
        """LISTEN, on a connection with the engine's own settings that does not count in its pool."""
        connection = engine.connect().execution_options(isolation_level=AUTOCOMMIT)
        try:
            driver: Any = connection.connection.dbapi_connection
            driver.listens = True
            connection.exec_driver_sql(f'LISTEN "{channel}"')
            connection.detach()
        except BaseException:
            connection.invalidate()  # it may listen: no statement of others' runs on it
            connection.close()
            raise
        return _PsycopgListening(driver, engine.dialect.loaded_dbapi.Error)


class _PsycopgListening(ListeningConnection):
    def __init__(self, driver: Any, error: type[Exception]) -> None:
        self._driver, self._error = driver, error
        self._wire, self._fileno = driver.pgconn, int(driver.fileno())
        self._counted = CountedSocket(self._fileno)

    def fileno(self) -> int:
        return self._fileno

    def notified(self) -> bool:
        guard = Guard(self._counted, MOST_OCTETS)
        try:
            self._wire.consume_input()
        except self._error as error:
            raise Trouble.UNAVAILABLE.error("", str(error)) from None
        finally:
            guard.end()
        if self._counted.received() > MOST_OCTETS:
            raise Trouble.UNAVAILABLE.error("", f"after {MOST_OCTETS} octets, whoever listens does so anew")
        notifications = 0
        while notifications < MOST_AT_ONCE and self._wire.notifies() is not None:
            notifications += 1
        return notifications > 0

    def close(self) -> None:
        self._driver.close()
        self._counted.close()
