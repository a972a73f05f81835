"""Wake-ups between real processes: the installed worker and RA clients, on real databases."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lockgate.ra.client import RaClient
from lockgate_app.container.databases import database_engine
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.commands import PATIENCE, edited, running, until
from tests.integration.app.test_worker import order
from tests.support.deployments import created

PERIOD = 600
"""Seconds: what happens within `PATIENCE` was not polled for."""
LISTENERS = "from pg_stat_activity where datname = current_database() and query = 'LISTEN \"lockgate_request\"'"


@pytest.fixture(scope="module")
def listening(fresh_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment whose message database is on PostgreSQL, and whose worker hardly ever polls."""
    url = fresh_database("postgresql")
    deployment = created(tmp_path_factory.mktemp("listening") / "deployment", message_db=url)
    edited(deployment.ca_config, "period = 10", f"period = {PERIOD}")
    return deployment


@pytest.fixture
def messages(listening: Deployment) -> Iterator[Engine]:
    engine = database_engine(load_ca(listening.ca_config).data_sources["RAMessage1DS"], "RAMessage1DS")
    yield engine
    engine.dispose()


def listeners(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) {LISTENERS}")).scalar_one())


def holders(deployment: Deployment) -> int:
    """How many workers' leases are held."""
    engine = database_engine(load_ca(deployment.ca_config).ca.database, None)
    with engine.connect() as connection:
        held = int(connection.execute(text("select count(*) from worker_lease where holder <> ''")).scalar_one())
    engine.dispose()
    return held


def answer_time(ra: RaClient, csr: Path, username: str) -> float:
    """Seconds from putting a request to its verified answer."""
    begun = time.monotonic()
    (response,) = ra.wait(ra.send([order(csr, username)]), timedelta(seconds=PATIENCE))
    assert response.success
    return time.monotonic() - begun


@pytest.mark.postgresql
def test_a_worker_that_listens_is_woken_by_a_put_and_again_after_its_connection_was_cut(
    listening: Deployment, messages: Engine, csr: Path
) -> None:
    with running(listening) as worker, connect(listening.ra_config) as ra:
        until(lambda: listeners(messages) == 1)
        answer_time(ra, csr, "alice")
        quick = min(answer_time(ra, csr, f"user{number}") for number in range(5))
        assert quick < 0.5, "a poll would have come after minutes, the client's own after 0.2 to 1 s"
        with messages.begin() as connection:
            connection.execute(text(f"select pg_terminate_backend(pid) {LISTENERS}"))
        until(lambda: listeners(messages) == 1)
        answer_time(ra, csr, "bob")
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
        assert time.monotonic() - begun < PATIENCE / 2, "a stop ends the wait at once"
    assert listeners(messages) == 0


@pytest.mark.postgresql
def test_requests_that_came_while_nobody_listened_are_found_at_once(
    listening: Deployment, messages: Engine, csr: Path
) -> None:
    with connect(listening.ra_config) as ra:
        pending = ra.send([order(csr, "carol")])
        with running(listening):
            assert ra.wait(pending, timedelta(seconds=PATIENCE))[0].success
            with (
                messages.begin() as connection
            ):  # the connection is cut, and a request's notification is lost in between
                connection.execute(text(f"select pg_terminate_backend(pid) {LISTENERS}"))
            assert answer_time(ra, csr, "dave") < PATIENCE


def test_a_standby_takes_over_from_a_node_that_died_long_before_its_period_is_over(deployment: Deployment) -> None:
    edited(deployment.ca_config, "period = 10", f"period = {PERIOD}\nlease = 2")
    with running(deployment) as first:
        assert first.stderr is not None
        assert "started" in first.stderr.readline()
        until(lambda: holders(deployment))
        with running(deployment) as second:
            assert second.stderr is not None
            assert any("standing by" in line for line in second.stderr)
            first.kill()
            assert any("took this worker over" in line for line in second.stderr)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def test_elsewhere_the_worker_polls_faster_while_there_is_traffic(
    database: str, fresh_database: Callable[[str], str], tmp_path: Path, csr: Path
) -> None:
    deployment = created(tmp_path / "deployment", message_db=fresh_database(database))
    edited(deployment.ca_config, "period = 10", "period = 60")
    with connect(deployment.ra_config) as ra:
        pending = ra.send([order(csr, "first")])
        with running(deployment):
            assert ra.wait(pending, timedelta(seconds=PATIENCE))[0].success
            assert answer_time(ra, csr, "second") < 20
