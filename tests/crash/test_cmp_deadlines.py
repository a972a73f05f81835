"""CMP clients whose time is over: a worker acts for them once, wherever it dies, and whatever they do at that moment.

LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED as in `test_every_boundary.py`.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.boundaries import KillAt, Record, StopAt
from tests.crash.chance import KILLS, drawing, drawn
from tests.crash.cmp_jobs import CmpJob, confirmation, poll, said
from tests.crash.cmp_site import CmpSite
from tests.crash.forking import Fault, Kill
from tests.crash.nodes import ActWhereDue, Nodes, Task
from tests.crash.site import Effects

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
COMMITS = 3
"""Of one life: the lease, what is done, the lease given back."""
REVOKED = Counter({"revocation": 1, "certificate.revoked": 1, "open transaction": -1})
REFUSED = Counter({"open transaction": -1, "kept answer": 1})


def test_a_certificate_that_nobody_confirms_is_revoked_once(site: CmpSite, nodes: Nodes, tmp_path: Path) -> None:
    recorded, chance = Record(tmp_path / "boundary"), drawing("deadlines")
    assert revoked_once(site, nodes, recorded)
    for number in range(1, COMMITS + 1):
        assert not revoked_once(site, nodes, Kill("before", number))
    assert not revoked_once(site, nodes, Kill("after", COMMITS))
    for number in drawn(chance, recorded.passed, -(-KILLS // 50)):
        revoked_once(site, nodes, KillAt(number, tmp_path / "killed at"))
    assert site.tampering() == []


def revoked_once(site: CmpSite, nodes: Nodes, fault: Fault) -> bool:
    """Whatever happens to the first worker, whose housekeeping finds it; whether that has lived."""
    job = confirmation(site)
    site.let_time_run_out(job.client)
    alive = nodes.start(ActWhereDue(), fault).state() == "ended"
    assert job.gained(site) in ({}, REVOKED), fault
    site.age_leases()
    nodes.result(ActWhereDue())
    assert job.gained(site) == REVOKED, fault
    late = site.ask(job.message, job.alias)
    nodes.result(ActWhereDue())
    assert (late.kind, job.gained(site)) == ("error", REVOKED), fault
    return alive


@pytest.mark.parametrize("first", ["worker", "client"])
@pytest.mark.parametrize(("make", "undone"), [(confirmation, REVOKED), (poll, REFUSED)])
def test_a_client_that_comes_when_its_time_is_over(
    site: CmpSite, nodes: Nodes, make: Callable[[CmpSite], CmpJob], undone: Effects, first: str, tmp_path: Path
) -> None:
    """The worker acts for it, or the client has what it comes for, and not both."""
    file, chance = tmp_path / "boundary", drawing(f"{make.__name__} {first}")
    recorded = Record(file)
    nodes.start(tasks(overdue(site, make), first)[0], recorded).result()
    nodes.result(ActWhereDue())
    for number in drawn(chance, recorded.passed, -(-KILLS // 50)):
        job = overdue(site, make)
        earlier, later = tasks(job, first)
        one = nodes.start(earlier, StopAt(number, file))
        assert one.state() == "stopped"
        two = nodes.start(later)
        two.wait_until_blocked()
        one.resume()
        told = site.read((one if first == "client" else two).result(), job.message)
        (one if first == "worker" else two).result()
        done = told.kind == job.kind and (not told.responses or bool(told.certificates))
        assert job.gained(site) == (job.effects if done else undone), (file.read_text(), told)
        nodes.result(ActWhereDue())
        again = site.ask(job.message, job.alias)
        assert said(again)[:2] == said(told)[:2], (file.read_text(), told)
        assert job.gained(site) == (job.effects if done else undone), (file.read_text(), told)
    assert site.tampering() == []


def overdue(site: CmpSite, make: Callable[[CmpSite], CmpJob]) -> CmpJob:
    job = make(site)
    site.let_time_run_out(job.client)
    return job


def tasks(job: CmpJob, first: str) -> tuple[Task, Task]:
    """What the nodes do, the first one before."""
    return (ActWhereDue(), job.task) if first == "worker" else (job.task, ActWhereDue())
