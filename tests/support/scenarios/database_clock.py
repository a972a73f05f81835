"""The databases' clock, moved on by a scenario instead of waiting: SQLite asks this for the time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from lockgate_app.container.databases import database_engine
from lockgate_app.settings import DatabaseTable

_EPOCH = 2440587.5
"""The Julian day of 1970-01-01."""


class Compiled(dict[tuple[Any, ...], Any]):
    """Compiled statements by what they say alone: all of a scenario's databases are of one kind, and compiling takes
    longer than the statement."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(key[1:], value)


_COMPILED = Compiled()
"""A key begins with the dialect's object, of which each engine has its own."""


class Hours:
    """Real time, plus whatever has passed in the scenario."""

    def __init__(self) -> None:
        self._passed = timedelta()

    @property
    def passed(self) -> timedelta:
        """How much has passed in the scenario."""
        return self._passed

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass."""
        self._passed += duration

    def engine(self, table: DatabaseTable, source: str | None = None) -> Engine:
        """The engine for a database whose connections ask this clock where it is SQLite; it opens none before one is
        needed."""
        engine = database_engine(table.model_copy(update={"prefill": False}), source)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", self._connected)
            engine.update_execution_options(compiled_cache=_COMPILED)
        return engine

    def _connected(self, connection: Any, _record: Any) -> None:
        connection.create_function("julianday", 1, self._julian_day)

    def _julian_day(self, _now: str) -> float:
        return _EPOCH + (datetime.now(UTC) + self._passed).timestamp() / 86400
