"""Every rule of the port Coordinator, on the double and on every database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lockgate.ports import Coordinator, Fence
from lockgate_ca_backend.coordination import SqlCoordinator
from tests.contract.registries import age_leases, new_engine
from tests.doubles.coordinator import MemoryCoordinator
from tests.support.databases.servers import DATABASES

LEASE = timedelta(minutes=1)
Aged = tuple[Coordinator, Callable[[timedelta], None]]


@pytest.fixture(
    scope="module",
    params=[
        "memory",
        *(pytest.param(its, marks=[] if its == "sqlite" else getattr(pytest.mark, its)) for its in DATABASES),
    ],
)
def subject(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Aged]:
    if request.param == "memory":
        memory = MemoryCoordinator()
        yield memory, memory.advance
    else:
        engine = new_engine(fresh_database(request.param))
        yield SqlCoordinator(engine), lambda duration: age_leases(engine, duration)
        engine.dispose()


@pytest.fixture
def worker(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def taken(coordinator: Coordinator, worker: str, holder: str = "a") -> Fence:
    fence = coordinator.acquire(worker, holder, LEASE)
    assert fence is not None
    return fence


def test_a_live_lease_has_one_holder(subject: Aged, worker: str) -> None:
    coordinator, _ = subject
    taken(coordinator, worker)
    assert coordinator.acquire(worker, "b", LEASE) is None


def test_workers_are_separate(subject: Aged, worker: str) -> None:
    coordinator, _ = subject
    taken(coordinator, worker)
    assert coordinator.acquire(f"{worker} ", "b", LEASE) is not None
    assert coordinator.acquire(worker.upper(), "b", LEASE) is not None


def test_the_same_holder_gets_a_new_token(subject: Aged, worker: str) -> None:
    coordinator, _ = subject
    first, second = taken(coordinator, worker), taken(coordinator, worker)
    assert second.token > first.token
    assert not coordinator.renew(first, LEASE)
    assert coordinator.renew(second, LEASE)


def test_an_expired_lease_is_free(subject: Aged, worker: str) -> None:
    coordinator, age = subject
    first = taken(coordinator, worker)
    age(LEASE)
    second = taken(coordinator, worker, "b")
    assert second.token > first.token
    assert not coordinator.renew(first, LEASE)


def test_renewing_prolongs(subject: Aged, worker: str) -> None:
    coordinator, age = subject
    fence = taken(coordinator, worker)
    age(LEASE * 0.9)
    assert coordinator.renew(fence, LEASE)
    age(LEASE * 0.9)
    assert coordinator.acquire(worker, "b", LEASE) is None


def test_an_expired_lease_that_nobody_took_can_be_renewed(subject: Aged, worker: str) -> None:
    coordinator, age = subject
    fence = taken(coordinator, worker)
    age(LEASE * 2)
    assert coordinator.renew(fence, LEASE)


def test_a_released_lease_is_free_and_its_token_is_spent(subject: Aged, worker: str) -> None:
    coordinator, _ = subject
    first = taken(coordinator, worker)
    coordinator.release(first)
    assert not coordinator.renew(first, LEASE)
    second = taken(coordinator, worker, "b")
    assert second.token > first.token
    coordinator.release(first)
    assert coordinator.renew(second, LEASE)


def test_an_unknown_worker_has_nothing_to_renew(subject: Aged, worker: str) -> None:
    coordinator, _ = subject
    assert not coordinator.renew(Fence(worker, 1), LEASE)
    coordinator.release(Fence(worker, 1))


def test_of_many_at_once_one_wins(subject: Aged, worker: str) -> None:
    coordinator, age = subject
    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            fences = list(pool.map(lambda holder: coordinator.acquire(worker, holder, LEASE), "abcdefgh"))
        assert len([fence for fence in fences if fence is not None]) == 1
        age(LEASE)
