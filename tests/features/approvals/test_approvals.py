"""Steps of approvals.feature: what is seen."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_bdd import parsers, scenarios, then
from sqlalchemy import text

from lockgate.administration.approvals import ApprovalPage, ApprovalView
from lockgate.administration.pages import Page
from lockgate.errors import LockgateError
from lockgate.reasons import Reason
from lockgate.requests.submessages import PKCS12Response
from lockgate.rights.approval import ApprovalStatus
from lockgate_ca_backend.administration.approvals import FIRST_PAGE
from tests.features.approvals.requests import PASSWORD
from tests.features.steps.outcomes import message_waits
from tests.support.scenarios.approvers import Approvers, decide, decision, give_role, hold, newest, signed
from tests.support.scenarios.world import World, only

scenarios("approvals.feature")


# ---- then


@then('"ben" is told that the approval is rejected')
def ben_told(told: dict[str, str]) -> None:
    assert told["ben"] == "rejected"


@then('"ann" is told that the approval is pending, or that it is rejected')
def ann_told(told: dict[str, str]) -> None:
    assert told["ann"] == "pending" or told["ann"].endswith("is rejected: there is nothing to decide")


@then("nothing is due for the worker")
def nothing_due(world: World) -> None:
    world.ca_side.hours.pass_by(timedelta(minutes=59))
    assert list(world.store.claim(10, timedelta(minutes=1))) == []
    world.ca_side.hours.pass_by(timedelta(minutes=2))
    assert len(world.store.claim(10, timedelta(minutes=1))) == 1


@then(parsers.parse('the audit log names "{name}" behind the approval'))
def audited(world: World, name: str) -> None:
    with world.ca_side.engine.connect() as connection:
        query = "select event, who, details from audit where event like 'approval.%' order by sequence"
        opened, decided, used = connection.execute(text(query)).all()
    assert [entry.event for entry in (opened, decided, used)] == [
        "approval.opened",
        "approval.decided",
        "approval.used",
    ]
    assert opened.who.startswith("CN=ra ")
    assert decided.who.startswith(f"CN={name} ")
    assert f"CN={name} " in used.details


@then("the certificate names the operation that used the approval")
def names_operation(world: World) -> None:
    (certificate,) = world.ca_side.column("select operation from certificate where certificateprofile = 'ENDUSER'")
    behind = world.ca_side.approvals.behind(certificate)
    assert behind is not None
    assert behind.approval.id == newest(world).id


@then(parsers.re(r"there (is|are) (?P<count>\d) approvals?"))
def count_approvals(world: World, count: str) -> None:
    assert len(world.ca_side.approvals.approvals().items) == int(count)


@then("the approval tells neither the password nor its SHA-256 digest")
def tells_no_password(world: World) -> None:
    action = newest(world).action.decode()
    assert list(json.loads(action)["secrets"]) == ["keystore password of bob"]
    assert PASSWORD not in action
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() not in action


def listed(world: World, which: str, page: Page = FIRST_PAGE) -> ApprovalPage:
    return world.ca_side.approvals.approvals(None if which == "all" else ApprovalStatus(which), page)


def concerned(view: ApprovalView) -> str:
    (username,) = json.loads(view.approval.action)["end_entities"]
    return str(username)


@then(
    parsers.parse("the list of {which} approvals says after the first page that {more:d} more follow"),
    target_fixture="which",
)
def first_page(world: World, which: str, more: int) -> str:
    assert listed(world, which).more == more
    return which


@then(parsers.parse('page by page it holds {count:d} approvals, the one for "{name}" last'))
def all_pages(world: World, which: str, count: int, name: str) -> None:
    page = listed(world, which, Page(400))
    views = list(page.items)
    while page.next is not None:
        page = listed(world, which, Page(400, page.next))
        views += page.items
    assert len({view.approval.id for view in views}) == len(views) == count
    assert views[-1].approval.requester == hashlib.sha256(world.ra.der).hexdigest()
    assert concerned(views[-1]) == name


@then(parsers.parse('the list of {which} approvals holds the one for "{name}" alone'))
def lists_one(world: World, which: str, name: str) -> None:
    page = listed(world, which)
    (view,) = page.items
    assert (concerned(view), page.next) == (name, None)


@then(parsers.parse("the list of {which} approvals holds {count:d}"))
def lists(world: World, which: str, count: int) -> None:
    page = listed(world, which, Page(1000))
    assert (len(page.items), page.next) == (count, None)
    assert {item.standing.status for item in page.items} == {ApprovalStatus(which)}


@then(parsers.parse('"{name}" is stored'))
def is_stored(world: World, name: str) -> None:
    assert world.end_entity(name) is not None


@then("both answers report success")
def both_succeed(world: World) -> None:
    assert [seen.content.response.success for seen in world.seen()] == [True, True]


@then(parsers.parse("the journal holds {count:d} verdicts"))
def verdicts(world: World, count: int) -> None:
    assert list(world.ca_side.journal()) == ["success"] * count


@then("one message is answered with a keystore, the other one: approval_used")
def one_keystore(world: World) -> None:
    answers = [world.seen(sent)[0].content.response for sent in world.sent]
    keystores = [answer.pkcs12 for answer in answers if isinstance(answer, PKCS12Response) and answer.success]
    assert len(keystores) == 1
    assert keystores[0]
    assert [answer.reason for answer in answers if not answer.success] == [Reason.APPROVAL_USED]


@then("the approval keeps no answer")
def keeps_no_answer(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        (row,) = connection.execute(text("select settled, succeeded, outcome from approval")).all()
    assert row.settled is not None
    assert (row.succeeded, row.outcome) == (1, None)


@then(parsers.parse("the journal holds one verdict: {verdict}"))
def one_verdict(world: World, verdict: str) -> None:
    assert list(world.ca_side.journal()) == [verdict]


@then("no request waits")
def nothing_waits(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        assert connection.execute(text("select count(*) from pending_request")).scalar_one() == 0


@then("the verdict is kept until 5 minutes after the approval expires")
def verdict_kept(world: World) -> None:
    assert list(world.ca_side.kept_until()) == [newest(world).expires + timedelta(minutes=5)]


@then(parsers.parse("the first message is answered: {outcome}"))
def first_is(world: World, outcome: str) -> None:
    assert [seen.outcome for seen in world.seen(world.sent[0])] == [outcome]


@then(parsers.parse('the CA answers "{reason}" to "{name}"'))
def answers_to(world: World, approvers: Approvers, reason: str, name: str) -> None:
    world.ra = approvers.members[name]
    assert only(world).outcome == reason


@then("both messages get the same certificate")
def same_certificate(world: World) -> None:
    first, second = (world.seen(sent)[0].content.response for sent in world.sent)
    assert first.success
    assert second == replace(first, request_id=8)


@then(parsers.parse('the answer says "{words}"'))
def answer_says(world: World, words: str) -> None:
    assert (only(world).content.response.fail_info or "").endswith(words)


@then(parsers.parse('"{name}" cannot approve any more: "{why}"'))
def cannot_again(world: World, approvers: Approvers, name: str, why: str) -> None:
    with pytest.raises(LockgateError, match=why):
        decide(world, approvers.members[name])


@then(parsers.parse('"{name}" with the role {rules} cannot approve: "{why}"'))
def cannot(world: World, approvers: Approvers, name: str, rules: str, why: str) -> None:
    give_role(world, name, approvers.members[name], rules)
    with pytest.raises(LockgateError, match=why):
        decide(world, approvers.members[name])


@then("the RA cannot approve its own request")
def cannot_oneself(world: World, approvers: Approvers) -> None:
    approvers.members["the RA"] = world.ra
    with pytest.raises(LockgateError, match="of their own"):
        decide(world, world.ra)


@then(parsers.re(r'even if the database holds (the approval of )?(?P<name>"[^"]+"|the RA)( twice)?, the message waits'))
def held_in_vain(world: World, approvers: Approvers, name: str) -> None:
    hold(world, signed(approvers.members[name.strip('"')], decision(newest(world))))
    world.run_worker()
    message_waits(world)
    no_certificate(world)


def no_certificate(world: World) -> None:
    assert world.issued() == []
