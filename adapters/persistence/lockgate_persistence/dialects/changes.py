"""Changes of an SQLite database as notifications: every commit is one, of every channel.

`PRAGMA data_version` tells whether another connection has changed the file since the last question. It reads a few
octets of shared memory, and holds no lock (https://sqlite.org/pragma.html#pragma_data_version).
"""

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine

from lockgate_persistence.dialects.base import ListeningConnection, Notifications, Trouble


class SqliteChanges(Notifications):
    """The commit itself notifies."""

    def notify(self, connection: Connection, channel: str) -> None:
        """Nothing is left to do."""

    def listen(self, engine: Engine, channel: str) -> ListeningConnection:  # noqa: ARG002  (there is one channel)
        """Ask on a connection that does not count in the pool of the engine."""
        connection = engine.raw_connection()
        connection.detach()
        return _Asking(connection.dbapi_connection)


class _Asking(ListeningConnection):
    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._seen = self._version()

    def fileno(self) -> None:
        return None

    def notified(self) -> bool:
        before, self._seen = self._seen, self._version()
        return before != self._seen

    def close(self) -> None:
        self._driver.close()

    def _version(self) -> int:
        try:
            (version,) = self._driver.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise Trouble.UNAVAILABLE.error("", str(error)) from None
        return int(version)
