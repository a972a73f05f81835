"""The databases' clock, moved on by a scenario instead of waiting: SQLite asks this for the time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

_EPOCH = 2440587.5
"""The Julian day of 1970-01-01."""


class Hours:
    """Real time, plus whatever has passed in the scenario."""

    def __init__(self) -> None:
        self._passed = timedelta()

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass."""
        self._passed += duration

    def rule(self, engine: Engine) -> None:
        """Let every connection that `engine` opens from now on ask this clock."""
        event.listen(engine, "connect", self._connected)

    def _connected(self, connection: Any, _record: Any) -> None:
        connection.create_function("julianday", 1, self._julian_day)

    def _julian_day(self, _now: str) -> float:
        return _EPOCH + (datetime.now(UTC) + self._passed).timestamp() / 86400
