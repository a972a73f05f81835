"""Time for services and loads, without waiting."""

from lockgate_app.services import Rest


class Hours(Rest):
    """Time that passes only while someone rests; a stop is asked for at `end` seconds."""

    def __init__(self, end: float) -> None:
        self.now = 0.0
        self.end = end
        self.rests: list[float] = []

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds

    def stopping(self) -> bool:
        return self.now >= self.end

    def monotonic(self) -> float:
        return self.now
