"""The double and every database pass the contract suite of the port OcspAnswers; and what the table adds."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, delete, update

from lockgate.errors import PeerError
from lockgate.ports import OcspAnswers
from lockgate_persistence.ocsp_answers import MAX_ANSWER, SqlOcspAnswers
from lockgate_persistence.schema import ocsp_answer
from lockgate_testing.contracts.ocsp_answers import ONE, OcspAnswersContract
from lockgate_testing.doubles.ocsp_answers import MemoryOcspAnswers
from tests.contract.message_stores import current_engine
from tests.support.databases.servers import MESSAGE_DATABASES, marked


@pytest.fixture(scope="module", params=marked(MESSAGE_DATABASES))
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


@pytest.fixture
def sql(engine: Engine) -> OcspAnswers:
    with engine.begin() as connection:
        connection.execute(delete(ocsp_answer))
    return SqlOcspAnswers(engine)


class TestMemoryOcspAnswers(OcspAnswersContract):
    @pytest.fixture
    def answers(self) -> OcspAnswers:
        return MemoryOcspAnswers()


class TestSqlOcspAnswers(OcspAnswersContract):
    @pytest.fixture
    def answers(self, sql: OcspAnswers) -> OcspAnswers:
        return sql


def test_an_answer_of_any_size_is_not_loaded(engine: Engine, sql: OcspAnswers) -> None:
    sql.publish([ONE])
    with engine.begin() as connection:
        connection.execute(update(ocsp_answer).values(answer=bytes(MAX_ANSWER + 1)))
    with pytest.raises(PeerError, match="never writes"):
        sql.find(ONE.id)
