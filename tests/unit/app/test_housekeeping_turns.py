"""Housekeeping between messages: when it is done, what it says, and that trouble with it stops nothing else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog

from lockgate.errors import Unavailable, Unusable
from lockgate.ports import Fence
from lockgate.queue.housekeeping import Purged
from lockgate_app.workers.housekeeping import HousekeepingTurns
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.trouble import TroubleReport

FENCE = Fence("main", 1)
PAUSE = timedelta(minutes=10)
NOTHING = Purged({"processed": 0}, more=False)
SOME, MORE = Purged({"processed": 3, "verdicts": 0}, more=False), Purged({"processed": 5, "verdicts": 1}, more=True)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Script:
    """What each round of housekeeping comes to; after the last one there is nothing to do."""

    def __init__(self, *outcomes: Purged | Exception) -> None:
        self._outcomes = iter(outcomes)
        self.rounds = 0

    def __call__(self, fence: Fence) -> Purged:
        assert fence == FENCE
        self.rounds += 1
        outcome = next(self._outcomes, NOTHING)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def housekeeping_turns(script: Script, clock: Clock) -> HousekeepingTurns:
    return HousekeepingTurns("main", lambda: script, clock, PAUSE)


def turns(script: Script, *times: float, busy: bool = False) -> tuple[list[bool], Sequence[Any]]:
    """What each turn at these times says, and what was logged."""
    clock, found = Clock(), []
    housekeeping = housekeeping_turns(script, clock)
    with structlog.testing.capture_logs() as logged:
        for clock.now in times:
            found.append(housekeeping.turn(FENCE, busy=busy))
    return found, logged


def test_it_goes_on_until_all_is_purged_and_then_pauses() -> None:
    script = Script(MORE, MORE, SOME)
    more, logged = turns(script, 0, 1, 2, 3, 601, 602)
    assert more == [True, True, False, False, False, False]
    assert script.rounds == 4
    (line,) = logged
    assert (line["event"], line["processed"], line["verdicts"], line["worker"]) == ("purged", 13, 2, "main")


def test_messages_go_first_until_it_is_overdue_and_then_it_goes_on_between_them() -> None:
    script = Script(MORE, MORE, SOME)
    more, logged = turns(script, 0, 599, 600, 601, 602, 603, 1801, 1802, busy=True)
    assert more == [False, False, True, True, False, False, False, False]
    assert script.rounds == 4
    assert [line["event"] for line in logged] == ["purged"]


def test_it_is_overdue_after_one_pause_whatever_its_clock_began_with() -> None:
    clock, script = Clock(), Script()
    clock.now = 1_000_000
    housekeeping = housekeeping_turns(script, clock)
    assert not housekeeping.turn(FENCE, busy=True)
    assert script.rounds == 0


def test_nothing_purged_nothing_said() -> None:
    assert turns(Script(), 0, 600, 1200) == ([False] * 3, [])


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (Unusable("the database user lacks a right"), "housekeeping put off"),
        (ZeroDivisionError(), "defect in housekeeping, put off"),
    ],
)
def test_trouble_puts_it_off_with_one_line(trouble: Exception, line: str) -> None:
    script = Script(trouble, SOME)
    more, logged = turns(script, 0, 1, 2, 600)
    assert more == [False] * 4
    assert [entry["event"] for entry in logged] == [line, "purged"]


class TestTroubleReport:
    def reported(self, *met: Exception | None) -> list[str]:
        """What was said of each; None is that it worked."""
        clock = Clock()
        report = TroubleReport(Lines("test"), clock)
        with structlog.testing.capture_logs() as logged:
            for error in met:
                clock.now += 30
                if error is None:
                    report.over()
                else:
                    report.met(error)
        return [
            f"{line['event']}: {line.get('reason', line.get('seconds'))}"
            for line in logged
            if line["log_level"] != "debug"
        ]

    def test_the_same_trouble_is_told_once_and_so_is_its_end(self) -> None:
        down = Unavailable("down")
        assert self.reported(down, down, Unavailable("down"), None, None) == [
            "unavailable, trying again: down",
            "works again: 90",
        ]

    def test_other_trouble_is_told_too(self) -> None:
        assert self.reported(Unavailable("down"), Unavailable("starting up"), Unusable("starting up"), None) == [
            "unavailable, trying again: down",
            "unavailable, trying again: starting up",
            "unavailable, trying again: starting up",
            "works again: 90",
        ]

    def test_trouble_that_comes_back_is_told_again(self) -> None:
        assert len(self.reported(Unavailable("down"), None, Unavailable("down"), None)) == 4

    def test_without_trouble_nothing_is_said(self) -> None:
        assert self.reported(None, None) == []


def test_it_reminds_whenever_all_is_purged_and_after_trouble_too() -> None:
    clock, reminded = Clock(), []
    script = Script(MORE, SOME, Unavailable("down"))
    housekeeping = HousekeepingTurns("main", lambda: script, clock, PAUSE, reminder=lambda: reminded.append(clock.now))
    for clock.now in (0, 1, 2, 602, 603):
        housekeeping.turn(FENCE)
    assert reminded == [1, 602]
