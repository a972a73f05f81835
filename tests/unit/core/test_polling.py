"""Adaptive polling: how pauses shrink with traffic and grow without it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lockgate.queue.polling import AdaptivePause, Polling, PollingBounds

SECONDS = st.floats(min_value=0.001, max_value=3600)
LOOKS = st.lists(st.booleans(), max_size=100)


class Time:
    """Passes by sleeping, in whole nanoseconds."""

    def __init__(self) -> None:
        self.nanoseconds = 0

    def monotonic(self) -> float:
        return self.nanoseconds / 1e9

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        self.nanoseconds += int(seconds * 1e9) + 1


@given(SECONDS, SECONDS, LOOKS)
def test_no_pause_leaves_the_bounds(floor: float, ceiling: float, looks: list[bool]) -> None:
    pause = AdaptivePause(PollingBounds(floor, ceiling))
    for found in looks:
        pause.shorten() if found else pause.lengthen()
        assert min(floor, ceiling) <= pause.seconds <= ceiling


@given(SECONDS, st.integers(1, 50))
def test_pauses_grow_from_the_floor_until_they_are_at_the_ceiling(floor: float, looks: int) -> None:
    pause = AdaptivePause(PollingBounds(floor, floor * 100))
    assert pause.seconds == floor * 100
    pause.shorten()
    seconds = [pause.seconds]
    for _ in range(looks):
        pause.lengthen()
        seconds.append(pause.seconds)
    assert seconds[0] == floor
    assert all(later > earlier or later == floor * 100 for earlier, later in pairwise(seconds))


def pauses(polling: Polling, time: Time, *looks: bool) -> list[float]:
    """How long it lets one wait after each look."""
    found = []
    for look in looks:
        polling.looked(found=look)
        before = time.monotonic()
        while not polling.wait(3600):
            pass
        found.append(round(time.monotonic() - before, 6))
    return found


def test_without_any_traffic_it_polls_once_an_interval() -> None:
    time = Time()
    assert pauses(Polling(PollingBounds(0.5, 10), time.sleep, time.monotonic), time, False, False, False) == [
        10,
        10,
        10,
    ]


def test_after_traffic_it_polls_at_the_floor_and_then_ever_more_rarely() -> None:
    time = Time()
    polling = Polling(PollingBounds(0.5, 2), time.sleep, time.monotonic)
    assert pauses(polling, time, True, True, False, False, False, False, False, True) == [
        *(0.5, 0.5, 0.5, 0.525, 0.55125, 0.578813, 0.607753, 0.5)
    ]


def test_a_limit_ends_a_wait_and_the_next_one_goes_on_with_it() -> None:
    time = Time()
    polling = Polling(PollingBounds(5, 5), time.sleep, time.monotonic)
    polling.looked(found=True)
    assert [polling.wait(2), polling.wait(2), polling.wait(2)] == [False, False, True]
    assert 5 <= time.monotonic() < 5.001
