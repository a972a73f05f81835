"""The registry that the tests of a module share, on every database."""

from collections.abc import Callable, Iterator

import pytest

from tests.contract.registries import SqlRegistrySubject, new_engine
from tests.support.databases.servers import DATABASES, marked


@pytest.fixture(scope="module", params=marked(DATABASES))
def registry(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[SqlRegistrySubject]:
    engine = new_engine(fresh_database(request.param))
    subject = SqlRegistrySubject(engine)
    subject.prepare()
    yield subject
    engine.dispose()
