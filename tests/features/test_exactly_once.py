"""Steps of exactly_once.feature."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import FenceLost, UnverifiedAnswer
from lockgate.queue.message import ClaimedMessage, MessageStatus, NewMessage, WaitAgain
from lockgate.requests.content import Place
from lockgate.requests.submessages import PKCS10Response
from tests.features.test_answers import resume
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.deviations import DRAFTS
from tests.support.scenarios.drafts import Draft
from tests.support.scenarios.failures import Death, DyingAfter, DyingBefore, Overtaken, Slow
from tests.support.scenarios.replays import answered_elsewhere, encrypted_anew, nonce_of
from tests.support.scenarios.world import LEASE, RA_RIGHTS, World, only
from tests.support.wire.cms_objects import container

scenarios("exactly_once.feature")


class History:
    """What the scenario remembers."""

    request: bytes = b""
    answer: bytes = b""
    draft: Draft
    error: Exception | None = None
    settled: int
    held: Sequence[ClaimedMessage]


@pytest.fixture
def history() -> History:
    return History()


def let_leases_run_out(world: World) -> None:
    world.ca_side.hours.pass_by(2 * LEASE)


def remember(world: World, history: History) -> None:
    with world.client() as client:
        history.request = client.resume(world.sent[-1]).content


@when(parsers.re('the RA sends a (?P<protection>signed and encrypted|plain) PKCS10Request for "(?P<name>alice)"'))
def send_and_remember(world: World, history: History, protection: str, name: str) -> None:
    world.send(world.request(name), protection=protection)
    remember(world, history)


@when("the RA sends a submessage, but its signer's certificate is on hold")
def send_on_hold(world: World, history: History) -> None:
    history.draft = world.draft()
    DRAFTS["its signer's certificate is on hold"](world, history.draft)
    history.request = container(history.draft.sealed())
    world.put(history.request, history.draft.row)


@when("the hold is lifted")
def lift_hold(world: World, history: History) -> None:
    assert history.draft.signer is not None
    world.ca_side.revoke(history.draft.signer, RevocationReason.REMOVE_FROM_CRL)


@given(parsers.parse("a worker that answers {count:d} submessages a transaction"))
def small_batches(world: World, count: int) -> None:
    world.configure(batch=count)


@when('the RA sends one message with requests for "alice", "bob", "carol", "dave" and "erin"')
def send_five(world: World) -> None:
    world.send(*map(world.request, ("alice", "bob", "carol", "dave", "erin")))


@then("every submessage is answered with a certificate")
def all_certified(world: World) -> None:
    assert [seen.outcome for seen in world.seen()] == ["a certificate"] * 5


@then(parsers.parse("{count:d} certificates were issued"))
def several_issued(world: World, count: int) -> None:
    assert len(set(world.issued())) == len(world.issued()) == count


@when("the worker dies after its first transaction")
@when("the worker dies after committing the effect")
def die_after_commit(world: World) -> None:
    with pytest.raises(Death):
        world.worker(ca=DyingAfter(world.ca)).round(world.fence())


@when("the worker dies before committing the effect")
def die_before_commit(world: World) -> None:
    with pytest.raises(Death):
        world.worker(ca=DyingBefore(world.ca)).round(world.fence())


@when("its lease on the message runs out and another worker runs")
def another_worker(world: World) -> None:
    let_leases_run_out(world)
    world.run_worker("worker2")


@when("a worker takes the message up, its lease runs out, and before it answers another worker answers")
def two_workers(world: World, history: History) -> None:
    overtaken = Overtaken(world.ca, lambda: another_worker(world))
    report = world.worker(ca=overtaken).round(world.fence())
    assert report.claimed == 1
    history.settled = report.settled


@then("the slower worker writes no answer")
def slower(history: History) -> None:
    assert history.settled == 0


@when("the worker has taken the message up, and before its transaction begins another host takes the worker over")
def stall(world: World, history: History) -> None:
    def take_over() -> None:
        world.ca_side.hours.pass_by(2 * LEASE)
        world.fence(holder="another host")

    try:
        world.worker(ca=Overtaken(world.ca, take_over)).round(world.fence())
    except FenceLost as error:
        history.error = error


@then("the worker that was taken over can carry nothing out")
def commit_failed(history: History) -> None:
    assert isinstance(history.error, FenceLost)


@when("the old request is written into its row again")
def write_again(world: World, history: History) -> None:
    history.answer = world.row().message
    world.requeue(world.sent[-1], history.request)


@when("the old request is written into a row of the same id in another data source, and its worker runs")
def another_data_source(world: World, history: History) -> None:
    history.answer = answered_elsewhere(world, history.request)


@when("that worker's answer is moved to the original's row")
def move_answer(world: World, history: History) -> None:
    world.rewrite(world.sent[-1], message=history.answer)


@when("the same signed content is encrypted anew and written into its row again")
def encrypt_anew(world: World, history: History) -> None:
    history.answer = world.row().message
    world.requeue(world.sent[-1], encrypted_anew(world, history.request))


@then("the answer is the same as before")
def same_answer(world: World, history: History) -> None:
    assert world.row().message == history.answer


@then("the audit log says that the answer was repeated")
def audited_repetition(world: World) -> None:
    assert world.ca_side.repetitions() == world.sent


@when("the request is copied into another row")
def copy_row(world: World, history: History) -> None:
    world.put(history.request, "the copy")


@then('the copy is answered "misplaced"')
def copy_refused(world: World) -> None:
    (seen,) = world.seen("the copy")
    assert seen.outcome == "misplaced"


@then("the client of the original gets its certificate")
def original_answered(world: World) -> None:
    response = resume(world, world.sent[0])
    assert isinstance(response, PKCS10Response)
    assert response.certificate


@then("the copy's answer, moved to the original's row, does not deceive the client")
def not_deceived(world: World) -> None:
    world.rewrite(world.sent[0], message=world.row("the copy").message)
    with pytest.raises(UnverifiedAnswer):
        resume(world, world.sent[0])


@then("the client of the original does not believe that answer")
def foreign_refusal(world: World) -> None:
    with pytest.raises(UnverifiedAnswer, match="another CA or data source"):
        resume(world, world.sent[0])


@when('the RA signs another request for "bob" with the same nonce')
def same_nonce(world: World, history: History) -> None:
    draft = world.draft("bob")
    draft.change(nonce=nonce_of(world, history.request))
    world.put_draft(draft)


@when('another RA signs a request for "bob" with the same nonce')
def other_signer(world: World, history: History) -> None:
    world.ra = world.ca_side.certify("CN=second ra", rsa_key(13))
    world.grant(RA_RIGHTS)
    same_nonce(world, history)


@when('somebody sends an unsigned request for "bob" with the nonce of an unsigned request for "alice" that comes later')
def copied_nonce(world: World) -> None:
    drafts = [world.draft(name, sign=False, encrypt=False) for name in ("bob", "alice")]
    for number, draft in enumerate(drafts):
        draft.row = f"plain {number}"
        draft.change(nonce=drafts[0].content.nonce, place=Place(draft.row, 1, 1))
        world.put_draft(draft)
        world.run_worker()


@then("both are answered with a certificate")
def both_certified(world: World) -> None:
    assert [seen.outcome for message_id in world.sent for seen in world.seen(message_id)] == ["a certificate"] * 2


@then("the journal keeps the verdict for a day at least")
def kept(world: World) -> None:
    (until,) = world.ca_side.kept_until()
    assert until - datetime.now(UTC) > timedelta(days=1)


@when("the RA is given the rights it needs")
def give_rights(world: World) -> None:
    world.grant(RA_RIGHTS)


@when('the worker\'s lease runs out and the message is replaced by a request for "bob" before it writes back')
def replaced_meanwhile(world: World, history: History) -> None:
    slow = Slow(world.ca, lambda: replace_by_bob(world))
    history.settled = world.worker(ca=slow).round(world.fence()).settled


def replace_by_bob(world: World) -> None:
    """Another worker takes the message up and gives it back; then the client replaces it."""
    let_leases_run_out(world)
    (taken,) = world.store.claim(1, LEASE)
    assert world.store.settle([WaitAgain(taken, timedelta())]) == [True]
    draft = world.draft("bob")
    draft.change(place=Place(world.sent[0], 1, 1))
    world.store.put(NewMessage(world.sent[0], container(draft.sealed())), replaces=taken.content)
    world.asked[world.sent[0]] = (draft.content.request,)


@when('the worker\'s lease runs out and another worker holds a request for "bob" in its place before it writes back')
def taken_up_meanwhile(world: World, history: History) -> None:
    """One worker's round lies inside the other's."""

    def take_up() -> None:
        replace_by_bob(world)
        history.held = world.store.claim(1, LEASE)

    history.settled = world.worker(ca=Slow(world.ca, take_up)).round(world.fence()).settled


@then("the late answer does not disturb the other worker")
def undisturbed(world: World, history: History) -> None:
    assert history.settled == 0
    (held,) = history.held
    row = world.row(world.sent[0])
    assert (row.status, row.generation, row.claimid) == (MessageStatus.IN_PROCESS, 2, held.claim_id)
    assert row.message == held.content
    let_leases_run_out(world)
    world.run_worker("worker2")


@then("the late answer is dropped")
def dropped(world: World, history: History) -> None:
    assert history.settled == 0
    row = world.row(world.sent[0])
    assert (row.status, row.generation) == (1, 2)


@then("the client of the replacement gets its certificate")
def replacement_answered(world: World) -> None:
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.success
    assert sorted(world.issued()) == ["alice", "bob"]
