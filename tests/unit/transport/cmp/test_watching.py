"""The thread that watches for answers: how often it looks, and when it sleeps."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
from structlog.testing import capture_logs

from lockgate.errors import Unavailable
from lockgate.ports import WakeUp
from lockgate.queue.message import MessageType
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp import watching
from lockgate_transport.cmp.watching import AnswerWatch
from lockgate_transport.host.clock import HostClock
from tests.support.wire.serving import soon

MONOTONIC = HostClock().monotonic


class Bell(WakeUp):
    """Wakes when a test says so.

    Attributes:
        found: what each look has found.
        waits: limits of the waits.
    """

    def __init__(self) -> None:
        self.found: list[bool] = []
        self.waits: list[float] = []
        self.closed = 0
        self._rings: Queue[bool] = Queue()

    def looked(self, *, found: bool) -> None:
        self.found.append(found)

    def wait(self, limit: float) -> bool:
        self.waits.append(limit)
        return self._rings.get(timeout=20)

    def close(self) -> None:
        self.closed += 1

    def ring(self, *, look: bool = True) -> None:
        self._rings.put(look)


class Answered(MemoryMessageStore):
    """Says of what a test says that it is settled.

    Attributes:
        asked: the ids of each look.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ready: set[str] = set()
        self.asked: list[tuple[str, ...]] = []

    def settled(self, message_type: int, message_ids: Iterable[str]) -> frozenset[str]:
        assert message_type == MessageType.CMP
        ids = tuple(message_ids)
        self.asked.append(ids)
        return frozenset(self.ready.intersection(ids))


@contextmanager
def watched(store: Answered, bell: Bell, *begun: str) -> Iterator[AnswerWatch]:
    """A watch that begins with these messages."""
    watch = AnswerWatch(store, bell, MessageType.CMP, MONOTONIC)
    for message_id in begun:
        watch.begin(message_id, lambda: None)
    watch.start()
    try:
        yield watch
    finally:
        for _ in range(3):
            bell.ring()
        watch.close()


def test_one_look_asks_for_all_that_are_waited_for_and_each_is_told_once() -> None:
    store, bell, told = Answered(), Bell(), Queue[str]()
    with watched(store, bell) as watch:
        for message_id in ("a", "b", "c"):
            watch.begin(message_id, lambda message_id=message_id: told.put(message_id))  # type: ignore[misc]
        assert soon(lambda: bool(bell.waits))
        store.ready |= {"a", "c"}
        bell.ring()
        assert {told.get(timeout=10), told.get(timeout=10)} == {"a", "c"}
        assert soon(lambda: len(bell.waits) == 2)
        bell.ring()
        assert soon(lambda: len(bell.waits) == 3)
        watch.end("b")
    assert set(store.asked[1]) == {"a", "b", "c"}
    assert store.asked[2] == ("b",)
    assert told.empty()


def test_what_is_begun_and_what_is_found_are_traffic() -> None:
    store, bell = Answered(), Bell()
    with watched(store, bell, "a", "b"):
        for number, ready in enumerate((set[str](), set[str](), {"b"}, set[str]()), start=1):
            assert soon(lambda number=number: len(bell.waits) == number)  # type: ignore[misc]
            store.ready = ready
            bell.ring()
        assert soon(lambda: len(bell.found) == 5)
    assert bell.found[:5] == [True, False, False, True, False]


def test_nothing_is_looked_for_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "IDLE", 0.05)
    store, bell = Answered(), Bell()
    with watched(store, bell) as watch:
        assert soon(lambda: bell.closed == 1)  # no connection is held
        assert (store.asked, bell.waits) == ([], [])
        watch.begin("a", lambda: None)
        assert soon(lambda: len(bell.waits) == 1)
        watch.end("a")
        bell.ring()
        assert soon(lambda: bell.closed == 2)
        assert store.asked == [("a",)]


def test_it_looks_once_in_each_interval_whatever_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "INTERVAL", 0.05)
    store, bell = Answered(), Bell()
    with watched(store, bell) as watch:
        watch.begin("a", lambda: None)
        assert soon(lambda: len(bell.waits) == 1)
        threading.Event().wait(0.06)
        bell.ring(look=False)
        assert soon(lambda: len(store.asked) == 2)
    assert all(limit <= 0.05 for limit in bell.waits)


class Failing(Answered):
    """It answers or not, as a test says."""

    faults: Iterator[Exception | None] = iter(())

    def settled(self, message_type: int, message_ids: Iterable[str]) -> frozenset[str]:
        found = super().settled(message_type, message_ids)
        if fault := next(self.faults, None):
            raise fault
        return found


def test_a_database_that_is_gone_is_told_once_until_it_is_back() -> None:
    store, bell = Failing(), Bell()
    gone = Unavailable("gone")
    store.faults = iter([gone, gone, None, gone])
    with capture_logs() as lines, watched(store, bell, "a"):
        for number in range(1, 5):
            assert soon(lambda number=number: len(bell.waits) == number)  # type: ignore[misc]
            bell.ring()
        assert soon(lambda: len(store.asked) == 5)
    assert [line["detail"] for line in lines] == ["gone", "gone"]
    assert bell.found[:5] == [True, False, False, False, False]
