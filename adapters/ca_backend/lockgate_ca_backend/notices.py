"""What operators were told of: each matter once, by whichever node of the CA comes first."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import AlreadyThere, dialect_of, translated

_table = tables.notice


class SqlNotices:
    """Rows of the CA's database, by its clock.

    Args:
        engine: the CA's database, with the current schema.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._now = dialect_of(engine).now

    def claim(self, ids: Collection[str], hold: timedelta) -> frozenset[str]:
        """Those of `ids` that nobody was told of, and nobody else is telling now; they are the caller's for `hold`.

        Args:
            ids: SHA-256 in hexadecimal, some hundreds at most.

        Raises:
            Unavailable: the database cannot be reached.
        """
        try:
            with translated(self._engine), self._engine.begin() as connection:
                return self._claim(connection, ids, hold // timedelta(milliseconds=1))
        except AlreadyThere:
            return frozenset()  # another node has begun with these at the same moment

    def told(self, ids: Collection[str]) -> None:
        """Somebody was told of them; no later claim gets them.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if not ids:
            return
        with translated(self._engine), self._engine.begin() as connection:
            connection.execute(update(_table).where(_table.c.id.in_(ids)).values(told=self._now))

    def release(self, ids: Collection[str]) -> None:
        """Nobody was told of them: the next claim gets them.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if not ids:
            return
        with translated(self._engine), self._engine.begin() as connection:
            mine = _table.c.id.in_(ids) & _table.c.told.is_(None)
            connection.execute(update(_table).where(mine).values(due=self._now))

    def purge(self, age: timedelta) -> None:
        """Forget those that somebody was told of longer ago than `age`.

        Raises:
            Unavailable: the database cannot be reached.
        """
        old = _table.c.told < self._now - age // timedelta(milliseconds=1)
        with translated(self._engine), self._engine.begin() as connection:
            connection.execute(delete(_table).where(old))

    def _claim(self, connection: Connection, ids: Collection[str], hold: int) -> frozenset[str]:
        open_ = (_table.c.told.is_(None)) & (_table.c.due <= self._now)
        query = select(_table.c.id, open_.label("open")).where(_table.c.id.in_(ids))
        there: dict[str, Row[tuple[str, bool]]] = {row.id: row for row in connection.execute(query)}
        new = [each for each in ids if each not in there]
        for each in new:
            connection.execute(insert(_table).values(id=each, due=self._now + hold))
        late = [each for each, row in there.items() if row.open]
        taken = [each for each in late if self._taken(connection, each, hold)]
        return frozenset([*new, *taken])

    def _taken(self, connection: Connection, identity: str, hold: int) -> bool:
        still = (_table.c.id == identity, _table.c.told.is_(None), _table.c.due <= self._now)
        return connection.execute(update(_table).where(*still).values(due=self._now + hold)).rowcount == 1
