"""The double and every database pass the contract suite of the port MessageStore."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from lockgate_testing.contracts.message_store import (
    MemorySubject,
    MessageStoreContract,
    MessageStoreHistoryContract,
    MessageStoreSubject,
)
from tests.contract.message_stores import current_engine, emptied
from tests.support.databases.servers import MESSAGE_DATABASES, marked


@pytest.fixture(scope="module", params=marked(MESSAGE_DATABASES))
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


class TestMemoryMessageStore(MessageStoreContract):
    @pytest.fixture
    def subject(self) -> MessageStoreSubject:
        return MemorySubject()


class TestSqlMessageStore(MessageStoreContract):
    @pytest.fixture
    def subject(self, engine: Engine) -> MessageStoreSubject:
        return emptied(engine)


class TestHistoriesOfSqlMessageStore(MessageStoreHistoryContract):
    """SQLite stands for the statements that all databases share."""

    @pytest.fixture
    def new_subject(self, fresh_database: Callable[[str], str]) -> Iterator[Callable[[], MessageStoreSubject]]:
        with current_engine(fresh_database("sqlite")) as engine:
            yield lambda: emptied(engine)
