"""SIGKILL of the installed worker before and after every commit: one effect, one answer.

`test_request_types.py` does the same with forked workers, for every request type on every database.
"""

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.crash.deployment import Deployment
from tests.support.databases.servers import DATABASES

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
DATABASE_PARAMETERS = [
    pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES
]
SERVERS = DATABASE_PARAMETERS[1:]
"""SQLite lets one writer in at a time: no two workers are ever in the middle of one effect there."""

COMMITS = 6
"""Of one job at least: the lease, claim, effect, write-back, a look that finds nothing, the lease given back."""


@pytest.fixture
def deployment(request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[str], str]) -> Deployment:
    """A deployment with both of its databases on the named kind of server."""
    return Deployment(tmp_path / "deployment", fresh_database(request.param), fresh_database(request.param))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("deployment", DATABASE_PARAMETERS[:1], indirect=True)
def test_a_worker_killed_at_any_commit_leaves_one_certificate_and_one_answer(deployment: Deployment, when: str) -> None:
    for number in itertools.count(1):
        name = deployment.send()
        killed = deployment.run(f"kill:{when}:{number}") == -signal.SIGKILL
        assert deployment.certificates(name) <= 1
        assert deployment.work_off(name).success
        assert (deployment.certificates(name), deployment.journal_entries(name)) == (1, 1)
        if not killed:
            break
    assert number > COMMITS


def two_workers_on_one_message(deployment: Deployment) -> str:
    """The first worker stops before it writes; the second takes the message over; then the first goes on."""
    name = deployment.send()
    first = deployment.start("stop:insert into username_key")
    _, status = os.waitpid(first.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    while deployment.journal_entries(name) == 0:
        assert deployment.run(worker="second") == 0
    os.kill(first.pid, signal.SIGCONT)
    _, log = first.communicate(timeout=60)
    assert first.returncode == 0, log.decode()
    return name


def drop(deployment: Deployment, *constraints: str) -> None:
    """Take constraints out of the CA's database."""
    engine = deployment.engine()
    with engine.begin() as connection:
        for constraint in constraints:
            table = constraint.removesuffix("_pkey").removesuffix("_unique")
            connection.execute(text(f"alter table {table} drop constraint {constraint}"))
    engine.dispose()


@pytest.mark.parametrize("deployment", SERVERS, indirect=True)
def test_two_workers_on_one_message_have_one_effect(deployment: Deployment) -> None:
    name = two_workers_on_one_message(deployment)
    assert deployment.work_off(name).success
    assert (deployment.certificates(name), deployment.journal_entries(name)) == (1, 1)


@pytest.mark.parametrize("deployment", SERVERS[:1], indirect=True)
def test_the_journals_unique_key_alone_suffices_for_that(deployment: Deployment) -> None:
    """The end entity's key would stop this second effect as well, so it goes."""
    drop(deployment, "end_entity_pkey", "username_key_pkey")
    name = two_workers_on_one_message(deployment)
    assert (deployment.certificates(name), deployment.journal_entries(name)) == (1, 1)


@pytest.mark.parametrize("deployment", SERVERS[:1], indirect=True)
def test_without_the_journals_unique_key_there_are_two_effects(deployment: Deployment) -> None:
    """So the test above can fail, and does when the key is dropped."""
    drop(deployment, "end_entity_pkey", "username_key_pkey", "journal_unique")
    name = two_workers_on_one_message(deployment)
    assert (deployment.certificates(name), deployment.journal_entries(name)) == (2, 2)
