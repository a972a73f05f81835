"""The load: when each request is due, what is counted, and what a client does with time."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from cryptography import x509

from lockgate.errors import CallerError, ConfigurationError, NotProcessed, Unavailable, UnverifiedAnswer
from lockgate.ra.client import RaClient
from lockgate.requests.submessages import PKCS10Request, PKCS12Request, Request, Response
from lockgate_app.load import LoadKind, LoadPace, Outcome, Sample, Security, SteadyClient, Tally
from lockgate_app.load.pace import next_look
from tests.unit.app.hours import Hours

DONE, REFUSED = Response(request_id=1, success=True), Response(request_id=1, success=False, reason="not_authorized")
WORK = 0.01
"""Seconds that a client takes to send or to look."""


def sample(**fields: Any) -> Sample:
    values: dict[str, Any] = {
        "kind": LoadKind.CERT, "security": Security.SIGNED_ENCRYPTED, "prefix": "load",
        "subject_dn": "CN={username},O=X",
        "ca_name": "CA", "end_entity_profile": "EMPTY", "certificate_profile": "ENDUSER",
        "key_alg": "ECDSA", "key_spec": "P-256",
    }  # fmt: skip
    return Sample(**(values | fields))


class Scripted(RaClient):
    """Sends nothing; each message is answered `answer` seconds after it was sent, as `script` says, in turns."""

    def __init__(self, hours: Hours, answer: float, script: Iterable[Response | Exception] = ()) -> None:
        self.hours, self.answer, self.script = hours, answer, list(script) or [DONE]
        self.sent: list[tuple[float, Sequence[Request], bool, bool]] = []
        self.looks: list[float] = []
        self.forgotten: list[int] = []

    def send(self, requests: Sequence[Request], *, sign: bool = True, encrypt: bool = True, **_: Any) -> Any:
        self.sent.append((self.hours.now, requests, sign, encrypt))
        self.hours.now += WORK
        if isinstance(scripted := self.script[(len(self.sent) - 1) % len(self.script)], CallerError):
            raise scripted
        return len(self.sent) - 1

    def look(self, pending: Any) -> tuple[Response, ...] | None:
        self.looks.append(self.hours.now)
        if self.hours.now < self.sent[pending][0] + self.answer:
            return None
        scripted = self.script[pending % len(self.script)]
        if isinstance(scripted, Exception):
            raise scripted
        return (DONE, scripted)

    def forget(self, pending: Any) -> None:
        self.forgotten.append(pending)


def run(client: Scripted, pace: LoadPace, ra: int = 0, wait: float = 60) -> list[Outcome]:
    outcomes: list[Outcome] = []
    SteadyClient(client, ra, sample(), pace, wait, client.hours, outcomes.append).run(0.0)
    return outcomes


class TestPace:
    def test_requests_are_spread_over_time_and_clients(self) -> None:
        pace = LoadPace(per_minute=120, ras=3, count=8)
        numbers = [list(pace.numbers(ra)) for ra in range(3)]
        assert numbers == [[0, 3, 6], [1, 4, 7], [2, 5]]
        assert [pace.due(number) for number in range(3)] == [0, 0.5, 1.0]

    def test_a_client_sends_when_its_turn_comes_however_many_wait(self) -> None:
        client = Scripted(Hours(1000), answer=30)
        outcomes = run(client, LoadPace(per_minute=60, ras=2, count=6), ra=1)
        assert [at for at, *_ in client.sent] == pytest.approx([1, 3, 5], abs=WORK)
        assert all(30 <= outcome.seconds <= 33 for outcome in outcomes)
        assert client.forgotten == [0, 1, 2]

    def test_nothing_is_sent_after_its_duration(self) -> None:
        client = Scripted(Hours(1000), answer=2)
        assert len(run(client, LoadPace(per_minute=60, ras=1, duration=2.5))) == 3

    def test_a_stop_ends_it_at_once_and_leaves_nothing_behind(self) -> None:
        client = Scripted(Hours(3.5), answer=100)
        assert run(client, LoadPace(per_minute=60, ras=1)) == []
        assert len(client.sent) == 4
        assert sorted(client.forgotten) == [0, 1, 2, 3]
        assert client.hours.now < 5

    def test_answers_are_looked_for_seldom_and_yet_measured_to_a_tenth(self) -> None:
        client = Scripted(Hours(1000), answer=5)
        (outcome,) = run(client, LoadPace(per_minute=60, ras=1, count=1))
        assert 5 <= outcome.seconds <= 5.5 + WORK
        assert len(client.looks) < 50
        assert (next_look(0.1), next_look(4), next_look(100)) == (0.05, 0.4, 1.0)


class TestOutcomes:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (DONE, None),
            (REFUSED, "not_authorized"),
            (UnverifiedAnswer("an answer is not signed"), "unverified_answer"),
            (NotProcessed("set aside"), "set_aside"),
            (Unavailable("no connection"), "unavailable"),
        ],
    )
    def test_what_comes_back_decides(self, answer: Response | Exception, reason: str | None) -> None:
        (outcome,) = run(Scripted(Hours(1000), 1, [answer]), LoadPace(per_minute=60, ras=1, count=1))
        assert (outcome.username, outcome.reason) == ("load-0", reason)

    def test_no_answer_in_time(self) -> None:
        client = Scripted(Hours(1000), answer=100)
        (outcome,) = run(client, LoadPace(per_minute=60, ras=1, count=1), wait=7)
        assert (outcome.reason, outcome.detail) == ("no_answer", "no answer within 7 s")
        assert 7 <= outcome.seconds <= 8
        assert client.forgotten == [0]

    def test_what_cannot_be_sent_at_all_ends_the_load(self) -> None:
        with pytest.raises(ConfigurationError, match="no key"):
            run(Scripted(Hours(1000), 1, [ConfigurationError("no key")]), LoadPace(per_minute=60, ras=1))


class TestSamples:
    def test_each_request_is_for_a_new_key_and_end_entity(self) -> None:
        first, second = (sample().requests(number) for number in (1, 2))
        assert [type(request) for request in first + second] == [PKCS10Request, PKCS10Request]
        assert [request.subject_dn for request in first + second] == ["CN=load-1,O=X", "CN=load-2,O=X"]
        certificates = [request for request in first + second if isinstance(request, PKCS10Request)]
        keys = [x509.load_der_x509_csr(certificate.pkcs10).public_key() for certificate in certificates]
        assert keys[0] != keys[1]

    def test_a_keystore_is_for_the_same_end_entity_under_a_password_of_its_own(self) -> None:
        certificate, keystore = sample(kind=LoadKind.KEYSTORE).requests(1)
        _, other = sample(kind=LoadKind.KEYSTORE).requests(2)
        assert certificate.username == keystore.username
        assert isinstance(keystore, PKCS12Request)
        assert isinstance(other, PKCS12Request)
        assert keystore.password != other.password

    @pytest.mark.parametrize("security", [Security.UNSECURED, Security.SIGNED])
    def test_no_keystore_travels_in_clear(self, security: Security) -> None:
        with pytest.raises(ConfigurationError, match="must be encrypted: use ENCRYPTED"):
            sample(kind=LoadKind.KEYSTORE, security=security)

    @pytest.mark.parametrize("security", Security)
    def test_requests_are_protected_as_asked(self, security: Security) -> None:
        client = Scripted(Hours(1000), 1)
        pace = LoadPace(per_minute=60, ras=1, count=1)
        SteadyClient(client, 0, sample(security=security), pace, 60, client.hours, lambda _: None).run(0.0)
        ((_, _, signed, encrypted),) = client.sent
        assert (signed, encrypted) == ("SIGNED" in security, "ENCRYPTED" in security)


class TestSummary:
    def test_it_counts_and_measures(self) -> None:
        tally = Tally()
        for hundredth in range(1, 101):
            tally.add(Outcome("user", hundredth / 100))
        for reason in ("no_answer", "not_authorized", "not_authorized"):
            tally.add(Outcome("user", 60, reason))
        assert tally.summary(sent=105, elapsed=30.0) == {
            "sent": 105, "succeeded": 100, "failed": 3, "given_up": 2, "seconds": 30.0, "per_minute": 200.0,
            "p50": 0.505, "p95": 0.951, "p99": 0.99, "failures": {"not_authorized": 2, "no_answer": 1},
        }  # fmt: skip

    def test_of_one_and_of_none(self) -> None:
        tally = Tally()
        assert tally.summary(0, 0.0)["p50"] is None
        tally.add(Outcome("user", 0.25))
        assert [tally.summary(1, 1.0)[percentile] for percentile in ("p50", "p95", "p99")] == [0.25] * 3
