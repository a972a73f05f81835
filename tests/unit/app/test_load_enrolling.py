"""A load by a protocol of which a request is one call."""

from collections.abc import Iterable

import pytest

from lockgate.errors import CallerError, ConfigurationError, NoAnswer, PeerError, Unavailable, UnverifiedAnswer
from lockgate_app.load import Denial, EnrollingClient, EnrolmentSample, LoadPace, Outcome
from tests.unit.app.hours import Hours

SAMPLE = EnrolmentSample("load", "CN={username},O=X")


class Service:
    """Takes `seconds` for each enrolment, and ends it as `script` says, in turns."""

    def __init__(self, hours: Hours, seconds: float, script: Iterable[Denial | Exception | None] = ()) -> None:
        self.hours, self.seconds, self.script = hours, seconds, list(script) or [None]
        self.asked: list[tuple[float, str]] = []

    def enrol(self, subject: str) -> Denial | None:
        self.asked.append((self.hours.now, subject))
        self.hours.now += self.seconds
        ended = self.script[(len(self.asked) - 1) % len(self.script)]
        if isinstance(ended, Exception):
            raise ended
        return ended


def run(service: Service, pace: LoadPace, ra: int = 0) -> list[Outcome]:
    outcomes: list[Outcome] = []
    client = EnrollingClient(service.enrol, ra, SAMPLE, pace, service.hours, outcomes.append)
    client.run(0.0)
    assert client.sent == len(service.asked)
    return outcomes


def test_a_client_enrols_when_its_turn_comes() -> None:
    service = Service(Hours(1000), 0.1)
    outcomes = run(service, LoadPace(per_minute=60, ras=2, count=6), ra=1)
    assert service.asked == [(1, "CN=load-1,O=X"), (3, "CN=load-3,O=X"), (5, "CN=load-5,O=X")]
    assert [(one.username, round(one.seconds, 3), one.reason) for one in outcomes] == [
        ("load-1", 0.1, None),
        ("load-3", 0.1, None),
        ("load-5", 0.1, None),
    ]


def test_a_slow_service_shows_in_the_times() -> None:
    """Each enrolment is late by what the ones before it took too long."""
    service = Service(Hours(1000), 3)
    outcomes = run(service, LoadPace(per_minute=60, ras=1, count=4))
    assert [one.seconds for one in outcomes] == [3, 5, 7, 9]


def test_nothing_is_asked_for_after_its_duration() -> None:
    assert len(run(Service(Hours(1000), 0.1), LoadPace(per_minute=60, ras=1, duration=2.5))) == 3


def test_a_stop_ends_it_before_the_next_one() -> None:
    assert len(run(Service(Hours(3.5), 0.1), LoadPace(per_minute=60, ras=1))) == 4


@pytest.mark.parametrize(
    ("ended", "reason", "detail"),
    [
        (Denial("bad_pop", "rejection (badPOP)"), "bad_pop", "rejection (badPOP)"),
        (UnverifiedAnswer("another nonce"), "unverified_answer", "another nonce"),
        (PeerError("no CMP service"), "peer_error", "no CMP service"),
        (NoAnswer("not decided"), "no_answer", "not decided"),
        (Unavailable("down"), "unavailable", "down"),
    ],
)
def test_failures_are_told_and_the_load_goes_on(ended: Denial | Exception, reason: str, detail: str) -> None:
    outcomes = run(Service(Hours(1000), 0.1, [ended, None]), LoadPace(per_minute=60, ras=1, count=2))
    assert [(one.reason, one.detail) for one in outcomes] == [(reason, detail), (None, None)]


def test_what_cannot_be_asked_for_ends_the_load() -> None:
    with pytest.raises(CallerError, match="no key"):
        run(Service(Hours(1000), 0.1, [ConfigurationError("no key")]), LoadPace(per_minute=60, ras=1))
