"""An outbox in one SQLite file. An example of an adapter of one's own."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lockgate.errors import DuplicateMessage, Unavailable
from lockgate.ports import Kept, Outbox

TABLE = """create table if not exists record (
    number integer primary key autoincrement, key text not null unique, octets blob not null)"""


class SqliteOutbox(Outbox):
    """Records as rows of a table.

    Args:
        path: of the file; it is made if it is missing, its folder is not.

    Raises:
        Unavailable: from every method, if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._transaction() as connection:
            connection.execute(TABLE)

    def keep(self, key: str, record: bytes) -> None:
        """Store `record` under `key`, unless there is one already."""
        with self._transaction() as connection:
            connection.execute("insert or ignore into record (key, octets) values (?, ?)", (key, record))
        if self.recall(key) != record:
            raise _duplicate(key)

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Store `new` under `key` in place of `old`."""
        with self._transaction() as connection:
            statement = "update record set octets = ? where key = ? and octets = ?"
            replaced = connection.execute(statement, (new, key, old)).rowcount
        if not replaced:
            raise _duplicate(key)

    def recall(self, key: str) -> bytes | None:
        """What is kept under `key`."""
        with self._transaction() as connection:
            row = connection.execute("select octets from record where key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def records(self) -> Sequence[Kept]:
        """Everything that is kept, what was kept first at the beginning."""
        with self._transaction() as connection:
            rows = connection.execute("select number, octets from record order by number").fetchall()
        return [Kept(f"{self._path}, row {number}", octets) for number, octets in rows]

    def forget(self, key: str) -> None:
        """Remove what is kept under `key`, if anything."""
        with self._transaction() as connection:
            connection.execute("delete from record where key = ?", (key,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path)
            try:
                connection.execute("pragma synchronous = full")  # a commit is on the disk
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise Unavailable(f"the outbox {self._path} cannot be used: {error}") from error


def _duplicate(key: str) -> DuplicateMessage:
    return DuplicateMessage(f"the outbox keeps another message under {key[:80]!a}")
