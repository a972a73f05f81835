"""Nodes of a CA that answer CMP messages themselves: killed at any boundary, and two of them at the same moment.

LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED as in `test_every_boundary.py`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

import pytest

from tests.crash.boundaries import KillAt, Record, StopAt
from tests.crash.chance import KILLS, commits, drawing, drawn
from tests.crash.cmp_jobs import JOBS, CmpJob, by_password, by_shown_password, only_one, revocation, said
from tests.crash.cmp_pairs import PAIRS, Pair, same
from tests.crash.cmp_site import CmpSite
from tests.crash.forking import Fault, Kill
from tests.crash.nodes import Nodes
from tests.support.wire.cmp_answers import CmpAnswer

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
When = Literal["before", "after"]
REFUSALS = {"transactionIdInUse", "certConfirmed", "certRevoked"}
"""What the loser of two different messages may be told."""
LOOKS = "after select protocol_transaction", "after select end_entity"
FIRST = 4
"""Of them, a node has seen in the first ones that nothing has happened yet."""


@pytest.mark.parametrize("name", JOBS)
def test_one_effect_whatever_boundary_a_node_dies_at(site: CmpSite, nodes: Nodes, name: str, tmp_path: Path) -> None:
    recorded, chance = Record(tmp_path / "boundary"), drawing(name)
    assert lives(site, nodes, JOBS[name](site), recorded)
    passed = recorded.passed
    for when in get_args(When):
        assert not lives(site, nodes, JOBS[name](site), Kill(when, commits(passed)))
    for number in drawn(chance, passed, -(-KILLS // 100)):
        lives(site, nodes, JOBS[name](site), KillAt(number, tmp_path / "killed at"))
    assert site.tampering() == []


def lives(site: CmpSite, nodes: Nodes, job: CmpJob, fault: Fault) -> bool:
    """The message has its effect once, and one answer, whatever happens to the first node; whether that has lived."""
    node = nodes.start(job.task, fault)
    alive = node.state() == "ended"
    assert job.gained(site) in ({}, job.effects), fault
    answers = [site.ask(job.message, job.alias) for _ in range(2)]
    if alive:
        answers.append(site.read(node.result(), job.message))
    assert {answer.kind for answer in answers} == {job.kind}, fault
    assert len(set(map(said, answers))) == 1, fault
    assert job.gained(site) == job.effects, fault
    return alive


@pytest.mark.parametrize("name", PAIRS)
def test_two_nodes_at_the_same_moment(site: CmpSite, nodes: Nodes, name: str, tmp_path: Path) -> None:
    recorded, chance = Record(tmp_path / "boundary"), drawing(name)
    nodes.start(PAIRS[name](site)[0].task, recorded).result()
    for number in drawn(chance, recorded.passed, -(-KILLS // 100)):
        stop = StopAt(number, tmp_path / "stopped at")
        meet(site, nodes, PAIRS[name](site), stop, chance.choice(("goes on", "dies")))
    assert site.tampering() == []


@pytest.mark.parametrize("make", [by_password, by_shown_password, revocation, only_one])
def test_a_message_is_not_refused_for_what_it_has_done_itself(
    site: CmpSite, nodes: Nodes, make: Callable[[CmpSite], CmpJob], tmp_path: Path
) -> None:
    """One node has found nothing when the other one does everything: the password is spent then, the certificate
    revoked, another transaction open."""
    recorded = Record(tmp_path / "boundary")
    nodes.start(make(site).task, recorded).result()
    looks = [number for number, label in enumerate(recorded.passed, start=1) if label.startswith(LOOKS)]
    for number in looks[:FIRST]:
        meet(site, nodes, same(make)(site), StopAt(number, tmp_path / "stopped at"), "goes on")


def meet(site: CmpSite, nodes: Nodes, pair: Pair, stop: StopAt, then: Literal["goes on", "dies"]) -> None:
    """The node with the first message stops in the middle of it; the second one comes in; the first one goes on, or
    dies and comes in again."""
    first, second = pair
    one = nodes.start(first.task, stop)
    assert one.state() == "stopped"
    two = nodes.start(second.task)
    two.wait_until_blocked()
    if then == "dies":
        one.kill()
        answer = site.read(two.result(), second.message)
        judge(site, pair, (site.ask(first.message, first.alias), answer), stop)
    else:
        one.resume()
        judge(site, pair, (site.read(one.result(), first.message), site.read(two.result(), second.message)), stop)


def judge(site: CmpSite, pair: Pair, answers: Sequence[CmpAnswer], stop: StopAt) -> None:
    """One of the messages has its effect. The other one is answered in the same way, or refused if it is different."""
    where = stop.file.read_text(), [(answer.kind, answer.statuses) for answer in answers]
    told = list(zip(pair, answers, strict=True))
    won = [(job, answer) for job, answer in told if answer.kind == job.kind]
    lost = [answer for job, answer in told if answer.kind != job.kind]
    assert won, where
    assert len({said(answer) for _, answer in won}) == 1, where
    assert not lost or pair[0].message is not pair[1].message, where
    assert {bit.rfc_name for answer in lost for bit in answer.statuses[0].fail_info} <= REFUSALS, where
    winner, _ = won[0]
    assert winner.gained(site) == winner.effects, where
    for job, answer in told:
        again = site.ask(job.message, job.alias)
        assert (again.kind, again.message.body) == (answer.kind, answer.message.body), where
