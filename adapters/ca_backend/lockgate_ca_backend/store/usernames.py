"""Which usernames are taken: by an end entity of that name, or of one that could be mistaken for it.

Each key of a username (`lockgate.names.usernames`) is stored once. Of two transactions that add end entities with
one key at the same time, the second one fails, and finds the first one's when it is run again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, Select, delete, insert, select

from lockgate.errors import InvalidName
from lockgate.names.usernames import check_new_username, username_keys
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import Dialect, dialect_of, execute_many

_table = tables.username_key
_INSERT = insert(_table)


class Usernames:
    """The keys of usernames in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._holders: dict[str, str | None] = {}
        self._new: list[Mapping[str, str]] = []

    def expect(self, usernames: Iterable[str]) -> None:
        """Read in one statement who holds the keys of `usernames`."""
        digests = {digest for username in usernames for digest in digests_of(username)}
        if missing := sorted(digests - self._holders.keys()):
            self._holders.update(dict.fromkeys(missing))
            rows = self._connection.execute(_by_digests(self._dialect), {"digests": missing})
            self._holders.update((row.digest, row.username) for row in rows)

    def judge(self, username: str) -> Rejected | None:
        """Why no end entity of that name, which is not stored, may be added: `bad_name` or `username_taken`."""
        try:
            check_new_username(username)
        except InvalidName as error:
            return Rejected(Reason.BAD_NAME, str(error))
        self.expect((username,))
        holder = next(filter(None, map(self._holders.get, digests_of(username))), None)
        return None if holder is None else Rejected(Reason.USERNAME_TAKEN, internal=f"end entity: {holder}")

    def claim(self, username: str) -> None:
        """Keep the keys of a new end entity to be written."""
        for digest in digests_of(username):
            self._holders[digest] = username
            self._new.append({"digest": digest, "username": username})

    def release(self, username: str) -> None:
        """Delete the keys of an end entity that is deleted, at once."""
        self._connection.execute(delete(_table).where(_table.c.username == username))
        self._holders.update(dict.fromkeys(digests_of(username)))

    def flush(self) -> None:
        """Write what was claimed.

        Raises:
            Conflict: another transaction has claimed one of the keys.
        """
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []


def digests_of(username: str) -> Sequence[str]:
    """The digests under which the keys of `username` are stored: SHA-256, lower-case hexadecimal."""
    return [hashlib.sha256(key.encode()).hexdigest() for key in username_keys(username)]


@cache
def _by_digests(dialect: Dialect) -> Select[tuple[str, str]]:
    return select(_table.c.digest, _table.c.username).where(dialect.among(_table.c.digest, "digests"))
