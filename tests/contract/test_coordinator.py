"""The double and every database pass the contract suite of the port Coordinator."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from lockgate.ports import Coordinator
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_testing.contracts.coordinator import Age, CoordinatorContract
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from tests.contract.registries import age_leases, new_engine
from tests.support.databases.servers import DATABASES, marked


@pytest.fixture(scope="module", params=marked(DATABASES))
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    engine = new_engine(fresh_database(request.param))
    yield engine
    engine.dispose()


class TestMemoryCoordinator(CoordinatorContract):
    @pytest.fixture
    def coordinator(self) -> MemoryCoordinator:
        return MemoryCoordinator()

    @pytest.fixture
    def age(self, coordinator: MemoryCoordinator) -> Age:
        return coordinator.advance


class TestSqlCoordinator(CoordinatorContract):
    @pytest.fixture
    def coordinator(self, engine: Engine) -> Coordinator:
        return SqlCoordinator(engine)

    @pytest.fixture
    def age(self, engine: Engine) -> Age:
        def age(duration: timedelta) -> None:
            age_leases(engine, duration)

        return age
