"""The contract suite of the port Coordinator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_hex

import pytest

from lockgate.ports import Coordinator, Fence
from lockgate.ports.coordination import LONGEST

LEASE = timedelta(minutes=1)
Age = Callable[[timedelta], None]


class CoordinatorContract:
    """Every rule of the port Coordinator. A subclass supplies the fixtures `coordinator` and `age`.

    Each test uses a new name for its worker, so the tests may share one database.
    """

    @pytest.fixture
    def coordinator(self) -> Coordinator:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `coordinator`: the adapter under test")

    @pytest.fixture
    def age(self) -> Age:
        """Makes every lease older by a duration."""
        raise NotImplementedError("supply the fixture `age`: what makes every lease older by a duration")

    @pytest.fixture
    def worker(self) -> str:
        """The name of a worker that no other test uses."""
        return f"worker {token_hex(8)}"

    def test_a_live_lease_has_one_holder(self, coordinator: Coordinator, worker: str) -> None:
        _taken(coordinator, worker)
        assert coordinator.acquire(worker, "b", LEASE) is None

    def test_workers_are_separate(self, coordinator: Coordinator, worker: str) -> None:
        _taken(coordinator, worker)
        assert coordinator.acquire(f"{worker} ", "b", LEASE) is not None
        assert coordinator.acquire(worker.upper(), "b", LEASE) is not None

    def test_the_same_holder_gets_a_new_token(self, coordinator: Coordinator, worker: str) -> None:
        first, second = _taken(coordinator, worker), _taken(coordinator, worker)
        assert second.token > first.token
        assert not coordinator.renew(first, LEASE)
        assert coordinator.renew(second, LEASE)

    def test_an_expired_lease_is_free(self, coordinator: Coordinator, age: Age, worker: str) -> None:
        first = _taken(coordinator, worker)
        age(LEASE)
        second = _taken(coordinator, worker, "b")
        assert second.token > first.token
        assert not coordinator.renew(first, LEASE)

    def test_a_lease_that_ends_later_than_any_may_is_free(
        self, coordinator: Coordinator, age: Age, worker: str
    ) -> None:
        """The clock was ahead when it was taken."""
        first = coordinator.acquire(worker, "a", LONGEST)
        assert first is not None
        assert coordinator.acquire(worker, "b", LEASE) is None
        age(-LEASE)
        second = _taken(coordinator, worker, "b")
        assert second.token > first.token
        assert not coordinator.renew(first, LEASE)

    def test_renewing_prolongs(self, coordinator: Coordinator, age: Age, worker: str) -> None:
        fence = _taken(coordinator, worker)
        age(LEASE * 0.9)
        assert coordinator.renew(fence, LEASE)
        age(LEASE * 0.9)
        assert coordinator.acquire(worker, "b", LEASE) is None

    def test_an_expired_lease_that_nobody_took_can_be_renewed(
        self, coordinator: Coordinator, age: Age, worker: str
    ) -> None:
        fence = _taken(coordinator, worker)
        age(LEASE * 2)
        assert coordinator.renew(fence, LEASE)

    def test_a_released_lease_is_free_and_its_token_is_spent(self, coordinator: Coordinator, worker: str) -> None:
        first = _taken(coordinator, worker)
        coordinator.release(first)
        assert not coordinator.renew(first, LEASE)
        second = _taken(coordinator, worker, "b")
        assert second.token > first.token
        coordinator.release(first)
        assert coordinator.renew(second, LEASE)

    def test_an_unknown_worker_has_nothing_to_renew(self, coordinator: Coordinator, worker: str) -> None:
        assert not coordinator.renew(Fence(worker, 1), LEASE)
        coordinator.release(Fence(worker, 1))

    def test_many_introduce_the_same_certificates_at_once(self, coordinator: Coordinator) -> None:
        own, shared = token_hex(32), token_hex(32)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda worker: coordinator.introduce(worker, [shared, own]), "abcdefgh"))

    def test_of_many_at_once_one_wins(self, coordinator: Coordinator, age: Age, worker: str) -> None:
        for _ in range(3):
            with ThreadPoolExecutor(8) as pool:
                fences = list(pool.map(lambda holder: coordinator.acquire(worker, holder, LEASE), "abcdefgh"))
            assert len([fence for fence in fences if fence is not None]) == 1
            age(LEASE)


def _taken(coordinator: Coordinator, worker: str, holder: str = "a") -> Fence:
    fence = coordinator.acquire(worker, holder, LEASE)
    assert fence is not None
    return fence
