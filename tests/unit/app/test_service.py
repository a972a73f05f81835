"""The life of a service worker: when it polls, what trouble does to it, and how it ends."""

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from tenacity import RetryCallState, wait_incrementing

from lockgate.errors import ConfigurationError, FenceLost, KeystoreError, Unavailable
from lockgate.line.worker import RoundReport
from lockgate.ports import Coordinator, Fence, WakeUp
from lockgate.queue.housekeeping import Purged
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.workers.housekeeping import HousekeepingTurns
from lockgate_app.workers.service import BACK_OFF, Service, Timetable, WorkerElsewhere
from lockgate_app.workers.stops import EventRest
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.facilities import Facilities
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from tests.unit.app.hours import Hours

NOTHING, SOME = RoundReport(0, 0), RoundReport(2, 2)
LEASE = timedelta(seconds=60)
TIMETABLE = Timetable(timedelta(seconds=10), LEASE, wait_incrementing(start=1, increment=1))
Round = Callable[[Fence], RoundReport]


class Rounds:
    """Says what each round shall do, and keeps what it was called with; after the last one, nothing is due."""

    def __init__(self, hours: Hours, *script: RoundReport | Exception) -> None:
        self.hours = hours
        self.script = iter(script)
        self.times: list[float] = []
        self.fences: list[Fence] = []

    def __call__(self, fence: Fence) -> RoundReport:
        self.times.append(self.hours.now)
        self.fences.append(fence)
        outcome = next(self.script, NOTHING)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Busy(Rounds):
    """There are messages in every round, and each takes ten seconds."""

    def __call__(self, fence: Fence) -> RoundReport:
        super().__call__(fence)
        self.hours.now += 10
        return SOME


@pytest.fixture
def coordinator(tmp_path: Path) -> Iterator[Coordinator]:
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'ca.db'}", prefill=False))
    Administration(engine, Facilities.under(b"a secret for this test")).initialise()
    yield SqlCoordinator(engine)
    engine.dispose()


def service(
    coordinator: Coordinator,
    rounds: Round,
    hours: Hours,
    wake_up: WakeUp | None = None,
    timetable: Timetable = TIMETABLE,
    finish: Callable[[Fence], None] | None = None,
) -> Service:
    wake_up = wake_up or MemoryWakeUp(hours.rest, hours.monotonic)
    return Service(
        "main", "this process", lambda: coordinator, lambda: rounds, timetable, hours, wake_up, finish=finish
    )


def taken(coordinator: Coordinator, holder: str = "another process") -> Fence | None:
    return coordinator.acquire("main", holder, LEASE)


def test_it_polls_once_a_period_while_nothing_is_due(coordinator: Coordinator) -> None:
    hours = Hours(end=35)
    rounds = Rounds(hours)
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 10, 20, 30]


def test_a_stop_finishes_what_was_begun_before_the_lease_is_given_back(coordinator: Coordinator) -> None:
    hours = Hours(end=15)
    held: list[Fence | None] = []

    def finish(fence: Fence) -> None:
        assert coordinator.renew(fence, LEASE)
        held.append(taken(coordinator))
        raise Unavailable("the database is away")

    service(coordinator, Rounds(hours), hours, finish=finish).run()
    assert held == [None]
    assert taken(coordinator) is not None


def test_messages_that_wait_for_operations_are_looked_for_soon(coordinator: Coordinator) -> None:
    hours = Hours(end=2)
    rounds = Rounds(hours, replace(NOTHING, soon=True), replace(NOTHING, soon=True))
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 0.5, 1]


def test_it_goes_on_at_once_while_there_is_a_backlog(coordinator: Coordinator) -> None:
    hours = Hours(end=15)
    rounds = Rounds(hours, SOME, SOME, SOME)
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 0, 0, 0, 10]


def test_it_comes_back_by_itself_after_trouble_with_growing_pauses(coordinator: Coordinator) -> None:
    hours = Hours(end=15)
    rounds = Rounds(hours, Unavailable("down"), Unavailable("down"), Unavailable("down"), SOME)
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 1, 3, 6, 6]


def test_a_defect_does_not_end_it(coordinator: Coordinator) -> None:
    hours = Hours(end=5)
    rounds = Rounds(hours, ZeroDivisionError(), SOME)
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 1, 1]


def test_what_an_operator_can_mend_meanwhile_does_not_end_it(
    coordinator: Coordinator, caplog: pytest.LogCaptureFixture
) -> None:
    hours = Hours(end=5)
    rounds = Rounds(hours, ConfigurationError("no schema"), KeystoreError("wrong password"), SOME)
    service(coordinator, rounds, hours).run()
    assert rounds.times == [0, 1, 3, 3]
    for reason in ("no schema", "wrong password"):
        assert reason in caplog.text


def test_a_stop_ends_the_pauses_after_trouble(coordinator: Coordinator) -> None:
    hours = Hours(end=20)
    rounds = Rounds(hours, *itertools.repeat(Unavailable("down"), 100))
    service(coordinator, rounds, hours).run()
    assert rounds.times[-1] < 25


def test_after_losing_the_lease_it_takes_a_new_one(coordinator: Coordinator) -> None:
    hours = Hours(end=5)
    rounds = Rounds(hours, SOME, FenceLost("taken over"), SOME)
    service(coordinator, rounds, hours).run()
    first, second, third, *_ = (fence.token for fence in rounds.fences)
    assert first == second < third


def test_it_waits_while_another_process_holds_the_lease(coordinator: Coordinator) -> None:
    held = taken(coordinator)
    assert held is not None
    hours = Hours(end=25)
    rounds = Rounds(hours)
    service(coordinator, rounds, hours).run()
    assert rounds.times == []
    assert hours.now == 30
    coordinator.release(held)
    hours.end = 35
    service(coordinator, rounds, hours).run()
    assert rounds.times == [30]


def test_a_standby_takes_over_within_twice_the_lease_however_long_its_period_is() -> None:
    coordinator, hours = MemoryCoordinator(), Hours(end=1000)
    assert taken(coordinator) is not None  # and this holder dies at once
    coming = Rounds(hours)

    def let_time_pass(seconds: float) -> None:
        coordinator.advance(timedelta(seconds=seconds))

    hours.passing = let_time_pass
    service(coordinator, coming, hours, timetable=Timetable(timedelta(hours=1), LEASE)).run()
    assert coming.times[0] <= 2 * LEASE.total_seconds()


def test_taking_over_and_standing_by_are_each_said_once(
    coordinator: Coordinator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lockgate.worker")
    held = taken(coordinator)
    assert held is not None
    hours = Hours(end=100)
    hours.passing = lambda _: coordinator.release(held) if hours.now > 50 else None
    service(coordinator, Rounds(hours), hours).run()
    said = caplog.text
    assert said.count("standing by") == said.count("took this worker over") == 1


class TestWakeUp:
    def test_a_ring_ends_the_pause(self, coordinator: Coordinator) -> None:
        hours = Hours(end=25)
        rounds = Rounds(hours, NOTHING, SOME)
        wake_up = MemoryWakeUp(hours.rest, hours.monotonic, notified_at=(2, 15))
        service(coordinator, rounds, hours, wake_up).run()
        assert rounds.times == [0, 2, 2, 12, 15]
        assert wake_up.looks == [False, True, False, False, False]
        assert wake_up.closed

    def test_a_lost_ring_costs_one_period_at_most(self, coordinator: Coordinator) -> None:
        hours = Hours(end=20)
        rounds = Rounds(hours, NOTHING, SOME)
        service(coordinator, rounds, hours).run()
        assert rounds.times == [0, 10, 10]

    def test_polling_follows_the_traffic(self, coordinator: Coordinator) -> None:
        hours = Hours(end=60)
        rounds = Rounds(hours, NOTHING, SOME)
        service(coordinator, rounds, hours, Polling(PollingBounds(2, 10), hours.rest, hours.monotonic)).run()
        assert rounds.times[:7] == pytest.approx([0, 10, 10, 12, 14.1, 16.305, 18.62025])

    def test_where_the_lease_is_elsewhere_no_ring_counts(self, coordinator: Coordinator) -> None:
        assert taken(coordinator) is not None
        hours = Hours(end=30)
        wake_up = MemoryWakeUp(hours.rest, hours.monotonic, notified_at=(1, 2, 3))
        service(coordinator, Rounds(hours), hours, wake_up).run()
        assert hours.rests == [10, 10, 10]

    def test_a_defect_of_it_ends_nothing(self, coordinator: Coordinator) -> None:
        class Broken(MemoryWakeUp):
            def wait(self, limit: float) -> bool:
                if self._monotonic() == 0:
                    raise ZeroDivisionError
                return super().wait(limit)

        hours = Hours(end=15)
        rounds = Rounds(hours)
        service(coordinator, rounds, hours, Broken(hours.rest, hours.monotonic)).run()
        assert rounds.times == [0, 11]


def test_a_stop_ends_real_rests_at_once() -> None:
    rest = EventRest()
    asking = threading.Timer(0.05, rest.stop)
    asking.start()
    rest.rest(60)
    assert rest.stopping()
    rest.stop()
    rest.rest(60)  # and every later one
    asking.join()


def test_a_readable_descriptor_ends_real_rests_at_once() -> None:
    rest, (reader, writer) = EventRest(), os.pipe()
    rest.rest(0.001, reader)
    os.write(writer, b"!")
    rest.rest(60, reader)
    assert not rest.stopping()
    os.close(reader)
    os.close(writer)


def test_the_lease_is_given_back_at_the_end(coordinator: Coordinator) -> None:
    hours = Hours(end=5)
    service(coordinator, Rounds(hours), hours).run()
    assert taken(coordinator) is not None


def test_the_lease_is_held_meanwhile_and_renewed_in_long_pauses(coordinator: Coordinator) -> None:
    hours = Hours(end=100)
    seen: list[Fence | None] = []

    def round_(fence: Fence) -> RoundReport:
        seen.append(taken(coordinator))
        return NOTHING

    service(coordinator, round_, hours, timetable=Timetable(timedelta(hours=1), LEASE)).run()
    assert seen == [None]
    assert max(hours.rests) <= LEASE.total_seconds() / 3


class TestHousekeeping:
    def run(self, coordinator: Coordinator, rounds: Rounds, hours: Hours, *script: Purged | Exception) -> list[float]:
        """When there was housekeeping."""
        outcomes, times = iter(script), []

        def tidy(fence: Fence) -> Purged:
            assert fence == rounds.fences[-1]
            times.append(hours.now)
            outcome = next(outcomes, Purged({}, more=False))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        housekeeping_turns = HousekeepingTurns("main", lambda: tidy, hours.monotonic, timedelta(seconds=25))
        timetable = Timetable(timedelta(seconds=10), LEASE)
        wake_up = MemoryWakeUp(hours.rest, hours.monotonic)
        Service(
            "main",
            "this process",
            lambda: coordinator,
            lambda: rounds,
            timetable,
            hours,
            wake_up,
            (housekeeping_turns,),
        ).run()
        return times

    def test_it_waits_until_nothing_is_due(self, coordinator: Coordinator) -> None:
        hours = Hours(end=45)
        rounds = Rounds(hours, SOME, SOME)
        assert self.run(coordinator, rounds, hours) == [0, 30]
        assert rounds.times == [0, 0, 0, 10, 20, 30, 40]

    def test_each_kind_has_times_of_its_own(self, coordinator: Coordinator) -> None:
        hours, times = Hours(end=65), {10: list[float](), 30: list[float]()}

        def noting(pause: int) -> HousekeepingTurns:
            def tidy(_fence: Fence) -> Purged:
                times[pause].append(hours.now)
                return Purged({}, more=False)

            return HousekeepingTurns("main", lambda: tidy, hours.monotonic, timedelta(seconds=pause))

        rounds, timetable = Rounds(hours, NOTHING), Timetable(timedelta(seconds=10), LEASE)
        wake_up = MemoryWakeUp(hours.rest, hours.monotonic)
        Service(
            "main",
            "this process",
            lambda: coordinator,
            lambda: rounds,
            timetable,
            hours,
            wake_up,
            [noting(pause) for pause in times],
        ).run()
        assert times == {10: [0, 10, 20, 30, 40, 50, 60], 30: [0, 30, 60]}

    def test_messages_are_looked_for_between_its_batches(self, coordinator: Coordinator) -> None:
        hours = Hours(end=5)
        rounds = Rounds(hours, NOTHING, SOME)
        assert self.run(coordinator, rounds, hours, Purged({}, more=True), Purged({}, more=True)) == [0, 0, 0]
        assert rounds.times == [0] * 4

    def test_once_overdue_it_is_done_between_messages_too(self, coordinator: Coordinator) -> None:
        hours = Hours(end=95)
        rounds = Busy(hours)
        assert self.run(coordinator, rounds, hours, Purged({}, more=True)) == [30, 40, 90]
        assert rounds.times == list(range(0, 95, 10))

    def test_its_trouble_delays_no_poll(self, coordinator: Coordinator) -> None:
        hours = Hours(end=35)
        rounds = Rounds(hours)
        assert self.run(coordinator, rounds, hours, Unavailable("down"), FenceLost("late")) == [0, 30]
        assert rounds.times == [0, 10, 20, 30]

    def test_there_is_none_while_another_process_holds_the_lease(self, coordinator: Coordinator) -> None:
        assert taken(coordinator)
        hours = Hours(end=25)
        assert self.run(coordinator, Rounds(hours), hours) == []


def test_trouble_is_told_once_and_so_is_its_end(coordinator: Coordinator) -> None:
    hours = Hours(end=45)
    down = itertools.repeat(Unavailable("down"), 5)
    with structlog.testing.capture_logs() as logged:
        service(coordinator, Rounds(hours, *down), hours).run()
    said = [(line["event"], line.get("reason")) for line in logged if line["log_level"] in ("info", "warning", "error")]
    assert said == [
        ("started", None), ("unavailable, trying again", "down"), ("works again", None), ("stopped", None)
    ]  # fmt: skip


def test_the_pauses_after_trouble_are_scattered_and_bounded() -> None:
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    pauses = {}
    for attempt in (1, 3, 20):
        state.attempt_number = attempt
        pauses[attempt] = [BACK_OFF(state) for _ in range(50)]
    assert all(len(set(pause)) > 1 for pause in pauses.values())
    assert max(pauses[1]) <= 11 < 50 <= min(pauses[20])
    assert max(pauses[20]) <= 60


class TestOnce:
    def test_it_ends_when_nothing_more_is_due(self, coordinator: Coordinator) -> None:
        hours = Hours(end=1000)
        assert service(coordinator, Rounds(hours, SOME, SOME), hours).run_once(LEASE) == RoundReport(4, 4)
        assert hours.now == 0
        assert taken(coordinator) is not None

    def test_trouble_is_told(self, coordinator: Coordinator) -> None:
        hours = Hours(end=1000)
        with pytest.raises(Unavailable, match="down"):
            service(coordinator, Rounds(hours, Unavailable("down")), hours).run_once(LEASE)

    def test_a_wrong_configuration_ends_it(self, coordinator: Coordinator) -> None:
        hours = Hours(end=1000)
        with pytest.raises(ConfigurationError, match="no schema"):
            service(coordinator, Rounds(hours, ConfigurationError("no schema")), hours).run_once(LEASE)

    def test_it_waits_for_a_dead_holders_lease_and_not_for_ever(self, coordinator: Coordinator) -> None:
        assert taken(coordinator)
        hours = Hours(end=1000)
        rounds = Rounds(hours)
        with pytest.raises(WorkerElsewhere, match="worker main runs in another process"):
            service(coordinator, rounds, hours).run_once(timedelta(seconds=5))
        assert hours.now == 5
        assert rounds.times == []

    def test_it_looks_for_a_short_lease_more_often(self, coordinator: Coordinator) -> None:
        assert taken(coordinator)
        hours, lease = Hours(end=1000), timedelta(seconds=0.5)
        quick = service(coordinator, Rounds(hours), hours, timetable=Timetable(lease, lease))
        with pytest.raises(WorkerElsewhere):
            quick.run_once(2 * lease)
        assert set(hours.rests) == {lease.total_seconds() / 4}
