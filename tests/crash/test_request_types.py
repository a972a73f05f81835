"""SIGKILL of a worker before and after every commit, for each request type: one effect, never two, never half."""

import itertools
from typing import Literal

import pytest

from tests.crash.forking import Kill
from tests.crash.jobs import JOBS
from tests.crash.site import Site, more

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
COMMITS = 6
"""Of one job at least: the lease, claim, effect, write-back, a look that finds nothing, the lease given back."""


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
