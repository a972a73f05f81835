"""Steps of neighbours.feature."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.line.worker import ServiceWorker
from lockgate.ports import Registry, RegistryTransaction
from lockgate.queue.message import MessageStatus, Settlement
from lockgate.reasons import Rejected
from lockgate.requests.content import RequestHeader
from lockgate.requests.submessages import Request
from lockgate_formats.submessages.contents import JsonContents
from lockgate_persistence import messages
from lockgate_persistence.messages import SqlMessageStore
from tests.support.scenarios.failures import Death, InterruptedCa
from tests.support.scenarios.world import LEASE, World

scenarios("neighbours.feature")

NAMES = r'(?P<names>"\w+"(?:, "\w+")*(?: and "\w+")?)'
SECONDS = 25


def listed(names: str) -> list[str]:
    return re.findall(r'"(\w+)"', names)


class Mine(Registry):
    """The process is gone as soon as it comes to one of these end entities."""

    def __init__(self, ca: Registry, *usernames: str) -> None:
        self._ca, self._usernames = ca, frozenset(usernames)

    @contextmanager
    def transaction(self, *arguments: Any, usernames: Any = (), **named: Any) -> Iterator[RegistryTransaction]:
        expected = list(usernames)
        if not self._usernames.isdisjoint(expected):
            raise Death
        with self._ca.transaction(*arguments, usernames=expected, **named) as work:
            yield work


class Rival(InterruptedCa):
    """After each transaction another host asks for the worker's lease."""

    def __init__(self, world: World) -> None:
        super().__init__(world.ca)
        self._coordinator = world.ca_side.coordinator
        self.asked: list[bool] = []

    def after_commit(self) -> None:
        self.asked.append(self._coordinator.acquire("worker1", "another host", LEASE) is not None)


@pytest.fixture
def rivals() -> list[Rival]:
    return []


@given(parsers.parse("a message database that holds answers of {octets:d} octets"))
def bounded(monkeypatch: pytest.MonkeyPatch, octets: int) -> None:
    """For answers alone: what is claimed together is bounded by the same number, and must not be fewer messages."""
    unbounded = SqlMessageStore.settle

    def settle(store: SqlMessageStore, settlements: Sequence[Settlement]) -> Sequence[bool]:
        with monkeypatch.context() as patch:
            patch.setattr(messages, "MAX_SIZE", octets)
            return unbounded(store, settlements)

    monkeypatch.setattr(SqlMessageStore, "settle", settle)


@given(f"answering one submessage takes {SECONDS} seconds, and the lease is a minute")
def slow(world: World) -> None:
    passed = 0.0

    def monotonic() -> float:
        """Every look at the clock takes a part of the time; the databases' clocks go along."""
        nonlocal passed
        passed += SECONDS
        world.ca_side.hours.pass_by(timedelta(seconds=SECONDS))
        return passed

    world.monotonic = monotonic


@given("another host stands by to take the worker over")
def rival(world: World, rivals: list[Rival]) -> None:
    world.ca = Rival(world)
    rivals.append(world.ca)


@when(parsers.re(f"the RA sends PKCS10Requests for {NAMES}$"))
def send_each(world: World, names: str) -> None:
    for name in listed(names):
        world.send(world.request(name))


@when(parsers.re(f"the RA sends PKCS10Requests for {NAMES} in one message"))
def send_together(world: World, names: str) -> None:
    world.send(*(world.request(name) for name in listed(names)))


@when(parsers.parse('{count:d} workers take them up, one after the other, and die when they come to "mallory"'))
def die_over_mallory(world: World, count: int) -> None:
    for _ in range(count):
        die(world, world.worker(ca=Mine(world.ca, "mallory")))


class DeadlyContents(JsonContents):
    """The process is gone as soon as it reads one end entity's request."""

    def read_request(self, header: RequestHeader) -> Request | Rejected:
        if b'"mallory"' in header.body:
            raise Death
        return super().read_request(header)


@when(
    parsers.parse(
        '{count:d} workers take them up, one after the other, and die when they read the request for "mallory"'
    )
)
def die_while_reading(world: World, count: int) -> None:
    world.replaced["ca.contents"] = DeadlyContents()
    for _ in range(count):
        die(world, world.worker())
    del world.replaced["ca.contents"]


@when(parsers.parse("{count:d} workers take them up, one after the other, and die when they come to any of them"))
def die_over_any(world: World, count: int) -> None:
    for _ in range(count):
        die(world, world.worker(ca=Mine(world.ca, "ann", "bob", "carol")))


@when(parsers.parse("{count:d} workers take them up, one after the other, and die before they begin any of them"))
def die_at_once(world: World, count: int) -> None:
    class Deadly(SqlMessageStore):
        def claim(self, limit: int, lease: timedelta) -> NoReturn:
            assert len(super().claim(limit, lease)) == 3
            raise Death

    for _ in range(count):
        world.replaced["store"] = Deadly(world.engine)
        die(world, world.worker())
    del world.replaced["store"]


def die(world: World, worker: ServiceWorker) -> None:
    """And let its leases run out."""
    with pytest.raises(Death):
        worker.round(world.fence())
    world.ca_side.hours.pass_by(2 * LEASE)


@when("a worker runs that does not die")
def run_well(world: World) -> None:
    world.run_worker()


@then(parsers.re(f"{NAMES} have their certificates"))
def certified(world: World, names: str) -> None:
    assert sorted(world.issued()) == sorted(listed(names))
    own = {requests[0].concerns(): sent for sent, requests in world.asked.items()}
    for name in listed(names):
        assert [seen.outcome for seen in world.seen(own[name])] == ["a certificate"]


@then(parsers.parse("the first {count:d} messages are answered"))
def answered(world: World, count: int) -> None:
    assert [world.row(message_id).status for message_id in world.sent[:count]] == [MessageStatus.PROCESSED] * count


@then(parsers.parse('the message for "mallory" is set aside: {reason}'))
def mallory_set_aside(world: World, reason: str) -> None:
    set_aside(world, reason, world.sent[1])


@then(parsers.parse("the first message is set aside: {reason}"))
def first_set_aside(world: World, reason: str) -> None:
    set_aside(world, reason, world.sent[0])


@then(parsers.parse("the last message is set aside: {reason}"))
def set_aside(world: World, reason: str, message_id: str | None = None) -> None:
    row = world.row(message_id)
    assert (row.status, row.reason.partition(":")[0]) == (MessageStatus.SET_ASIDE, reason)


@then("the other host was never given the worker")
def never_given(rivals: list[Rival]) -> None:
    assert len(rivals[0].asked) >= 3
    assert not any(rivals[0].asked)
