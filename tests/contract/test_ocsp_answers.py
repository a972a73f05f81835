"""The double and every database pass the contract suite of the port OcspAnswers; and what the table adds."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, text, update

from lockgate.errors import Conflict, LockgateError, PeerError, Unavailable
from lockgate.ports import OcspAnswers
from lockgate.publishing.rounds import LEASE
from lockgate_persistence.ocsp_answers import MAX_ANSWER, TRANSACTION_SECONDS, SqlOcspAnswers
from lockgate_persistence.schema import ocsp_answer
from lockgate_testing.contracts.ocsp_answers import NOW, ONE, OTHER, OcspAnswersContract
from lockgate_testing.doubles.host import SteppingClock
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


def test_a_transaction_that_is_run_again_has_a_deadline(tmp_path: Path) -> None:
    """An owner of the database can let each run take long, and fail."""
    clock, runs = SteppingClock(NOW), 0
    with current_engine(f"sqlite:///{tmp_path / 'messages.db'}") as engine:

        def lose(_: object, __: object, statement: str, *___: object) -> None:
            nonlocal runs
            if not statement.startswith("DELETE"):
                return
            runs += 1
            clock.sleep(TRANSACTION_SECONDS / 3)
            raise Conflict("the transaction lost against another one")

        event.listen(engine, "before_cursor_execute", lose)
        with pytest.raises(Unavailable, match="within 60 seconds"):
            SqlOcspAnswers(engine, clock.monotonic).publish([ONE])
    assert runs == 3
    assert timedelta(seconds=4 * TRANSACTION_SECONDS + 60) <= LEASE


DOCUMENT = Path(__file__).parents[2] / "docs" / "ocsp.md"


@contextmanager
def acting_as(role: str, url: str) -> Iterator[OcspAnswers]:
    """What a user with the rights of that role has of the database."""
    with current_engine(url) as engine:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"set role {role}"))
        yield SqlOcspAnswers(engine)


@pytest.mark.postgresql
def test_each_zone_needs_the_rights_that_the_document_grants(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("postgresql")
    grants = re.findall(r"^grant .*;$", DOCUMENT.read_text(), re.MULTILINE)
    with current_engine(url) as engine, engine.begin() as connection:
        known = connection.execute(text("select rolname from pg_roles")).scalars().all()
        for role in {"lockgate_ca", "lockgate_ra"} - {*known}:
            connection.execute(text(f"create role {role}"))
        for grant in grants:
            connection.execute(text(grant))
    with acting_as("lockgate_ca", url) as of_ca, acting_as("lockgate_ra", url) as of_ra:
        of_ca.publish([ONE, OTHER])
        of_ca.publish([ONE])
        assert of_ra.find(ONE.id) == ONE.octets
        changes: Sequence[Callable[[], None]] = (
            partial(of_ra.publish, [ONE]),
            partial(of_ra.remove_others, NOW, NOW),
            partial(of_ra.purge, NOW),
        )
        for forbidden in changes:
            with pytest.raises(LockgateError, match="right"):
                forbidden()
        of_ca.purge(NOW)
        of_ca.publish([ONE], anew=True)
        of_ca.remove_others(NOW + LEASE, NOW + LEASE)
        assert of_ra.find(ONE.id) is None
