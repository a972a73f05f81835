"""CAs outside within `worker --once`: asked before and after the messages, and waited for."""

from datetime import timedelta

from lockgate.errors import Unavailable
from lockgate.line.worker import RoundReport
from lockgate.ports import Fence
from lockgate.queue.housekeeping import Purged
from lockgate_app.workers.outside import OutsideTurns, OutsideWork
from lockgate_app.workers.service import Service, Timetable
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from tests.unit.app.hours import Hours

LEASE = timedelta(seconds=60)


class Fetches(OutsideWork):
    """Work that is under way for so many rounds after the one that has begun it."""

    def __init__(self, happened: list[str], lasts: int, trouble: Exception | None = None) -> None:
        self.happened, self.lasts, self.trouble = happened, lasts, trouble
        self.left = 0

    @property
    def idle(self) -> bool:
        return self.left == 0

    def round(self, fence: Fence) -> Purged:
        self.happened.append("asked" if self.idle else "looked")
        if self.trouble:
            raise self.trouble
        self.left = self.left - 1 if self.left else self.lasts
        self.lasts = 0  # nothing more is due
        return Purged({}, False)


def ran(fetches: Fetches, hours: Hours) -> list[str]:
    """What a run does, in order."""
    reports = iter([RoundReport(1, 1)])

    def round_(_: Fence) -> RoundReport:
        fetches.happened.append("messages")
        return next(reports, RoundReport(0, 0))

    turns = OutsideTurns("main", lambda: fetches, hours.monotonic)
    wake_up = MemoryWakeUp(hours.rest, hours.monotonic)
    coordinator = MemoryCoordinator()
    service = Service(
        "main", "here", lambda: coordinator, lambda: round_, Timetable(LEASE, LEASE), hours, wake_up, outside=[turns]
    )
    assert service.run_once(LEASE) == RoundReport(1, 1)
    return fetches.happened


def test_they_are_asked_and_waited_for_before_the_messages_and_asked_after_them() -> None:
    hours = Hours(end=1000)
    happened = ran(Fetches([], lasts=3), hours)
    assert happened == ["asked", "looked", "looked", "looked", "messages", "messages", "asked"]
    assert 0 < hours.now < 1


def test_what_fails_outside_keeps_no_message_waiting() -> None:
    happened = ran(Fetches([], lasts=0, trouble=Unavailable("away")), Hours(end=1000))
    assert happened == ["asked", "messages", "messages", "asked"]


def test_a_stop_waits_for_nobody_outside() -> None:
    hours = Hours(end=0.2)
    fetches = Fetches([], lasts=1000)
    turns = OutsideTurns("main", lambda: fetches, hours.monotonic)
    coordinator = MemoryCoordinator()
    service = Service(
        "main",
        "here",
        lambda: coordinator,
        lambda: lambda _: RoundReport(0, 0),
        Timetable(LEASE, LEASE),
        hours,
        MemoryWakeUp(hours.rest, hours.monotonic),
        outside=[turns],
    )
    service.run_once(LEASE)
    assert len(fetches.happened) < 10
