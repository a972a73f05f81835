"""SIGKILL of a worker before and after every commit, for each request type: one effect, never two, never half."""

import itertools
from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from tests.crash.forking import Kill
from tests.crash.jobs import JOBS
from tests.crash.site import Site, more
from tests.support.databases.servers import DATABASES

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
DATABASE_PARAMETERS = [
    pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES
]
COMMITS = 6
"""Of one job at least: the lease, claim, effect, write-back, a look that finds nothing, the lease given back."""


@pytest.fixture(scope="module", params=DATABASE_PARAMETERS)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fresh_database: Callable[[str], str]
) -> Iterator[Site]:
    """A deployment with both of its databases on one kind of server, for all of its tests."""
    directory = tmp_path_factory.mktemp("crash") / "deployment"
    with Site(directory, fresh_database(request.param), fresh_database(request.param)) as made:
        JOBS["PKCS10Request"].put(made)
        made.prepare()
        yield made


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("job", JOBS)
def test_one_effect_whatever_commit_the_worker_dies_at(site: Site, job: str, when: Literal["before", "after"]) -> None:
    own = JOBS[job]
    for number in itertools.count(1):
        message = own.put(site)
        before = site.effects()
        alive = site.run_worker(Kill(when, number))
        assert more(before, site.effects()) in ({}, own.effects), f"half of it {when} commit {number}"
        site.age_leases()
        assert site.run_worker()
        assert more(before, site.effects()) == own.effects, f"{when} commit {number}"
        answers = site.answers(message)
        assert (answers is not None) == own.answered
        if alive:
            break
    assert number > COMMITS
    assert site.tampering() == []
