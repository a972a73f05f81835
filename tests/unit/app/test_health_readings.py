"""What monitoring knows between two looks at a database, and what it no longer counts as known."""

import pytest

from lockgate.errors import Unavailable
from lockgate_app.health.facts import HostFacts, KeystoreFacts, ProcessFacts, QueueFacts
from lockgate_app.health.readings import STALE, HostReadings, Latest, read_now
from lockgate_app.health.sections import span

QUEUE = QueueFacts(1, 1, 0, 0, 60.0, 30.0)


class Source:
    """Something that is read."""

    def __init__(self) -> None:
        self.looks, self.now, self.away = 0, 0.0, False

    def read(self) -> int:
        self.looks += 1
        if self.away:
            raise Unavailable("the database is not available")
        return self.looks

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def latest(source: Source) -> Latest[int]:
    return Latest(source.read, "a database", 10, source.monotonic)


def test_asking_again_and_again_looks_no_further(source: Source, latest: Latest[int]) -> None:
    assert latest() is None
    latest.look()
    assert [latest() for _ in range(100)] == [1] * 100
    assert source.looks == 1


def test_what_was_read_too_long_ago_is_not_known(source: Source, latest: Latest[int]) -> None:
    latest.look()
    source.now = STALE * 10
    assert latest() == 1
    source.now += 1
    assert latest() is None


def test_after_a_failure_nothing_is_known_until_it_works_again(source: Source, latest: Latest[int]) -> None:
    latest.look()
    source.away = True
    latest.look()
    assert latest() is None
    source.away = False
    latest.look()
    assert latest() == 3


def test_one_database_that_does_not_answer_hides_nothing_about_the_others() -> None:
    def away() -> QueueFacts:
        raise Unavailable("the database is not available")

    readings = HostReadings({"first": away, "second": lambda: QUEUE}, lambda: (KeystoreFacts("RA keystore", 1.0),))
    facts = read_now(readings)
    assert facts.queues == {"first": None, "second": QUEUE}
    assert facts.troubles() == ["data source first does not answer"]


def test_each_reason_why_a_host_cannot_do_its_work_is_named() -> None:
    keystores = (KeystoreFacts("RA keystore", None), KeystoreFacts("SCEP keystore", -1.0))
    facts = HostFacts({"ra1": None}, keystores, is_ca=True)
    assert facts.troubles() == [
        "data source ra1 does not answer",
        "the CA's database does not answer",
        "RA keystore cannot be opened",
        "SCEP keystore has ended",
    ]
    processes = ProcessFacts({"worker main": True, "CRLs": False}, draining=True)
    assert processes.troubles() == ["this host is about to end", "CRLs does not run"]


def test_one_pinned_certificate_that_has_not_ended_is_enough() -> None:
    old, following = KeystoreFacts("old", -1.0, pinned=True), KeystoreFacts("next", 1.0, pinned=True)
    assert HostFacts({}, (old, following), is_ca=False).troubles() == []
    assert HostFacts({}, (old,), is_ca=False).troubles() == ["old has ended"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7200, "2 h"), (86_400 * 400, "400 d"), (-90, "-1 min")],
)
def test_a_time_is_told_in_its_largest_unit(seconds: float | None, text: str) -> None:
    assert span(seconds) == text
