"""SIGKILL of a worker among CMP messages: one effect, and the same octets bring the same answer ever after.

One message of each kind waits, each in a row of its own. The clients whose worker has died do not wait: they send the
same octets again, to the RA and to a node of the CA. LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED as in
`test_every_boundary.py`.
"""

import itertools
from pathlib import Path

import pytest

from tests.crash.boundaries import KillAt, Record
from tests.crash.chance import KILLS, drawing, drawn
from tests.crash.cmp_jobs import JOBS, said
from tests.crash.cmp_site import CmpSite
from tests.crash.forking import Fault, Kill

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
COMMITS = 6
"""Of one life at least: the lease, claim, effects, write-back, a look that finds nothing, the lease given back."""


def test_one_effect_whatever_commit_the_worker_dies_before(site: CmpSite) -> None:
    number = next(number for number in itertools.count(1) if answered_once(site, Kill("before", number)))
    assert number > COMMITS
    assert site.tampering() == []


def test_one_effect_whatever_statement_the_worker_dies_at(site: CmpSite, tmp_path: Path) -> None:
    file, chance = tmp_path / "boundary", drawing("CMP messages")
    assert answered_once(site, Record(file))
    for number in drawn(chance, file, KILLS // 25):
        alive = answered_once(site, KillAt(number, file))
        print("alive" if alive else file.read_text())
    assert site.tampering() == []


def answered_once(site: CmpSite, fault: Fault) -> bool:
    """Every message has its effect once, and one answer, whatever happens to the first worker; whether that has
    lived."""
    jobs = {name: make(site) for name, make in JOBS.items()}
    first = {name: site.deliver(job.message, job.alias) for name, job in jobs.items()}
    alive = site.run_worker(fault)
    half = {name: gained for name, job in jobs.items() if (gained := job.gained(site)) not in ({}, job.effects)}
    assert not half, fault
    second = {name: site.deliver(job.message, job.alias) for name, job in jobs.items()}
    site.age_leases()
    assert site.run_worker()
    for name, job in jobs.items():
        delivered = [site.delivered(sent[name], job.message) for sent in (first, second)]
        answers = [*delivered, site.ask(job.message, job.alias)]
        assert {answer.kind for answer in answers} == {job.kind}, (name, fault)
        assert len(set(map(said, answers))) == 1, (name, fault)
        assert job.gained(site) == job.effects, (name, fault)
    return alive
