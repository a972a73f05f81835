"""SIGKILL of a worker among CMP messages: one effect, and the same octets bring the same answer ever after.

One message of each kind waits, each in a row of its own. The clients whose worker has died do not wait: they send the
same octets again, to the RA and to a node of the CA. LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED as in
`test_every_boundary.py`.
"""

from itertools import takewhile
from pathlib import Path

import pytest

from tests.crash.boundaries import KillAt, Record
from tests.crash.chance import KILLS, commits, drawing, drawn
from tests.crash.cmp_jobs import JOBS, said
from tests.crash.cmp_site import CmpSite
from tests.crash.forking import Fault, Kill

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
COMMITS = 6
"""Of one life at least: the lease, claim, effects, write-back, a look that finds nothing, the lease given back."""
EFFECTS = "after update audit_head"
"""What comes before the commit of all effects."""


def test_one_effect_whatever_boundary_the_worker_dies_at(site: CmpSite, tmp_path: Path) -> None:
    recorded, chance = Record(tmp_path / "boundary"), drawing("CMP messages")
    assert answered_once(site, recorded)
    passed, file = recorded.passed, tmp_path / "killed at"
    number = 1 + commits(list(takewhile(lambda label: not label.startswith(EFFECTS), passed)))
    assert commits(passed) >= COMMITS
    assert not answered_once(site, Kill("before", number))
    assert not answered_once(site, Kill("after", number))
    for other in chance.sample(range(1, commits(passed) + 1), min(-(-KILLS // 50), commits(passed))):
        answered_once(site, Kill("before", other))
    for statement in drawn(chance, passed, -(-KILLS // 100)):
        answered_once(site, KillAt(statement, file))
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
