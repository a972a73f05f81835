"""A clock for clients that never sleeps: waiting moves it on."""

from datetime import UTC, datetime, timedelta

from lockgate.ports import Clock


class Patience(Clock):
    """Real time, plus whatever was waited for."""

    def __init__(self) -> None:
        self._waited = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._waited

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        self._waited += timedelta(seconds=seconds)
