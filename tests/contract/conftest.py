"""The registry that the contract's tests share: one in each module, on every database."""

from collections.abc import Callable, Iterator

import pytest

from lockgate.ports import Fence
from tests.contract.registries import RegistrySubject, new_engine
from tests.support.databases.servers import DATABASES, marked
from tests.support.registry_values import NUMBERS


@pytest.fixture(scope="module", params=marked(DATABASES))
def subject(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[RegistrySubject]:
    engine = new_engine(fresh_database(request.param))
    real = RegistrySubject(engine)
    real.administration.create_ca("ManagementCA", "CN=ManagementCA,O=Example,C=SE", key="P-256")
    yield real
    engine.dispose()


@pytest.fixture
def fence(subject: RegistrySubject) -> Fence:
    return subject.fence()


@pytest.fixture
def username() -> str:
    return f"user {next(NUMBERS)}"
