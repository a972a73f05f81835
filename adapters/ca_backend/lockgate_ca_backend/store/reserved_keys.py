"""Keys that belong to one owner alone, and compromised ones that belong to nobody.

Reserved keys are rare, certificates are many: a batch asks once, when it is flushed, whether one of its keys is
reserved. If so the whole transaction fails, the key is noted as a suspect, and the retry asks beforehand and refuses
just that request.
"""

from functools import cache

from sqlalchemy import Connection, Select, insert, or_, select

from lockgate.errors import Conflict
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import Dialect, dialect_of

_table, _certificate = tables.reserved_key, tables.certificate


@cache
def _owners(dialect: Dialect) -> Select[tuple[str, str | None]]:
    return select(_table.c.digest, _table.c.owner).where(dialect.among(_table.c.digest, "digests"))


class ReservedKeys:
    """The reserved keys in one transaction.

    Args:
        suspects: digests that made an earlier transaction fail; shared by all transactions of a process.
    """

    def __init__(self, connection: Connection, suspects: set[str]) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._suspects = suspects
        self._reserved: dict[str, str | None] = {}
        self._unasked: dict[str, set[str]] = {}

    def claim(self, digest: str, username: str, *, distinct: bool) -> bool:
        """Whether `username` may have the key certified.

        Args:
            distinct: reserve the key for `username`, which must be the only one it was certified for.
        """
        if digest in self._reserved:
            return self._reserved[digest] == username
        if not distinct and digest not in self._suspects:
            self._unasked.setdefault(digest, set()).add(username)
            return True
        if not self._is_free(digest, username) or (distinct and self._is_shared(digest, username)):
            return False
        if distinct:
            self.reserve(digest, username)
        return True

    def reserve(self, digest: str, owner: str | None) -> None:
        """Reserve the key for `owner`; None for a compromised key. The first reservation stays unless it is that."""
        row = self._connection.execute(select(_table.c.owner).where(_table.c.digest == digest)).one_or_none()
        if row is None:
            self._connection.execute(insert(_table).values(digest=digest, owner=owner))
        elif owner is None:
            self._connection.execute(_table.update().where(_table.c.digest == digest).values(owner=None))
        self._reserved[digest] = owner

    def flush(self) -> None:
        """Ask for every key that was claimed without asking.

        Raises:
            Conflict: one of them is reserved for someone else.
        """
        if not self._unasked:
            return
        for row in self._connection.execute(_owners(self._dialect), {"digests": sorted(self._unasked)}):
            if self._unasked[row.digest] != {row.owner}:
                self._suspects.add(row.digest)
                raise Conflict("a public key is reserved for another owner")
        self._unasked = {}

    def _is_free(self, digest: str, username: str) -> bool:
        foreign = or_(_table.c.owner.is_(None), _table.c.owner != username)
        query = select(_table.c.digest).where(_table.c.digest == digest, foreign)
        return self._connection.execute(query).first() is None

    def _is_shared(self, digest: str, username: str) -> bool:
        if self._unasked.get(digest, {username}) != {username}:
            return True
        query = select(_certificate.c.sequence).where(
            _certificate.c.keydigest == digest, _certificate.c.username != username
        )
        return self._connection.execute(query.limit(1)).first() is not None
