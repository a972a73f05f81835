"""Steps of retention.feature."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select

from lockgate.errors import FenceLost, Unusable
from lockgate.line.worker import RoundReport
from lockgate.ports import Fence, ProtocolTransaction, TransactionKey
from lockgate.queue.housekeeping import Housekeeping, Retention
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, Settlement
from lockgate_app.workers.housekeeping import HousekeepingTurns
from lockgate_app.workers.service import Service, Timetable
from lockgate_ca_backend.store import protocol_tables, tables
from lockgate_persistence.messages import SqlMessageStore
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from tests.features.steps.lost_requests import *  # noqa: F403
from tests.features.steps.lost_requests import History
from tests.features.steps.remote_issuer_actions import *  # noqa: F403
from tests.features.steps.remote_issuer_outcomes import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.support.scenarios.ca_side import SITE
from tests.support.scenarios.failures import Death, DyingAfter, DyingBefore
from tests.support.scenarios.world import LEASE, MAX_MESSAGE, RA_RIGHTS, RECIPIENT, WORKER, World
from tests.unit.app.hours import Hours

scenarios("retention.feature")
TRANSACTION = TransactionKey("cmp", "0a0b")


def housekeeping(world: World, *, kept: bool = True) -> Housekeeping:
    """That of a worker which is to keep everything for a day, or nothing."""
    day, nothing = {"keep_processed": 1, "keep_set_aside": 1}, timedelta()
    world.ca_side.configuration.put("ca", {"keep_journal": 1, "keep_approvals": 1})
    world.ca_side.configuration.put(f"data_sources.{RECIPIENT.data_source}", day)
    container = world.worker_container()
    if not kept:
        container.retention.override(
            Retention(**dict.fromkeys(("processed", "set_aside", "journal", "approvals"), nothing))
        )
    return container.housekeeping()


@when('the RA sends a signed and encrypted PKCS10Request for "alice"')
def send(world: World, history: History) -> None:
    world.send(world.request("alice"))
    history.request = world.row().message


@when(parsers.parse("{days:d} days pass"))
def pass_time(world: World, days: int) -> None:
    world.ca_side.hours.pass_by(timedelta(days=days))


@when(parsers.parse("{hours:d} hours pass"))
def pass_hours(world: World, hours: int) -> None:
    world.ca_side.hours.pass_by(timedelta(hours=hours))


@when("everything older than 1 day is deleted")
def delete_old(world: World) -> None:
    assert not housekeeping(world).round(world.fence()).more


@when("everything is deleted as early as it ever may be")
def delete_all(world: World) -> None:
    housekeeping(world, kept=False).round(world.fence())


@when("a worker deletes everything older than 1 day after another took its place over")
def delete_late(world: World) -> None:
    late = world.fence()
    world.ca_side.hours.pass_by(2 * LEASE)
    world.fence(holder="another host")
    with pytest.raises(FenceLost):
        housekeeping(world).round(late)


@when(
    "the worker keeps things for 1 day, and the owner of the message database puts a row before each of its rounds",
    target_fixture="busy",
)
def keep_busy(world: World) -> Callable[[timedelta], None]:
    """Lets the worker run until so much time has passed."""
    hours, numbers = Hours(end=0), itertools.count()

    def round_(fence: Fence) -> RoundReport:
        world.store.put(NewMessage(f"row {next(numbers)}", b"not a message"))
        report = world.worker().round(fence)
        assert report.claimed
        hours.now += 60
        return report

    housekeeping_turns = HousekeepingTurns("worker1", lambda: housekeeping(world).round, hours.monotonic)
    timetable = Timetable(timedelta(seconds=10), LEASE)

    def run(duration: timedelta) -> None:
        hours.end = duration.total_seconds()
        wake_up = MemoryWakeUp(hours.rest, hours.monotonic)
        Service(
            "worker1",
            "a host",
            lambda: world.ca_side.coordinator,
            lambda: round_,
            timetable,
            hours,
            wake_up,
            (housekeeping_turns,),
        ).run()

    return run


@when("the RA is given the rights it needs")
def give_rights(world: World) -> None:
    world.grant(RA_RIGHTS)


@when("the worker takes it up and dies")
def die_once(world: World) -> None:
    with pytest.raises(Death):
        world.worker(ca=DyingBefore(world.ca)).round(world.fence())


@when(parsers.re("(?P<count>\\d+) workers die over it$"), converters={"count": int})
def die_often(world: World, count: int) -> None:
    for _ in range(count):
        die_once(world)
        world.ca_side.hours.pass_by(2 * LEASE)


@when(parsers.parse("{count:d} workers die over it after committing the effect"))
def die_often_late(world: World, count: int) -> None:
    for _ in range(count):
        with pytest.raises(Death):
            world.worker(ca=DyingAfter(world.ca)).round(world.fence())
        world.ca_side.hours.pass_by(2 * LEASE)


@when("the message database takes no answer for 20 rounds")
def no_answer_taken(world: World) -> None:
    class Full(SqlMessageStore):
        def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
            if any(isinstance(settlement, Processed) for settlement in settlements):
                raise Unusable("the database has no room left")
            return super().settle(settlements)

    world.replaced["store"] = Full(world.engine, MAX_MESSAGE)
    for _ in range(20):
        with pytest.raises(Unusable, match="no room left"):
            world.worker().round(world.fence())
    del world.replaced["store"]


@when("the operator lets it wait again")
def let_wait(world: World) -> None:
    assert world.store.retry(world.store.browse(MessageStatus.SET_ASIDE, 10).messages) == 1


@then("the journal is empty")
def journal_empty(world: World) -> None:
    assert world.ca_side.journal() == []


@then("the journal is not empty")
def journal_kept(world: World) -> None:
    assert world.ca_side.journal() == ["success"]


@then("the message is gone")
def gone(world: World) -> None:
    assert world.store.outline(MessageType.API, world.sent[-1]) is None


@then("the message is still there")
def there(world: World) -> None:
    assert world.store.outline(MessageType.API, world.sent[-1]) is not None


@then("the message is still there after an hour less a minute")
def there_for_an_hour(world: World, busy: Callable[[timedelta], None]) -> None:
    busy(timedelta(minutes=59))
    there(world)


@then("the message is gone after an hour")
def gone_after_an_hour(world: World, busy: Callable[[timedelta], None]) -> None:
    busy(timedelta(minutes=60))
    gone(world)


@then(parsers.parse("the message is set aside: {reason}"))
def set_aside(world: World, reason: str) -> None:
    (found,) = world.store.browse(MessageStatus.SET_ASIDE, 10).messages
    assert (found.message_id, (found.reason or "").partition(":")[0]) == (world.sent[-1], reason)


@then(parsers.parse("{count:d} approvals are stored"))
def approvals(world: World, count: int) -> None:
    with world.ca_side.engine.connect() as connection:
        assert len(connection.execute(select(tables.approval.c.id)).all()) == count


@then("its approval is still there")
def approval_kept(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        (waiting,) = connection.execute(select(tables.pending_request.c.approval)).scalars()
        assert connection.execute(select(tables.approval.c.id)).scalars().all() == [waiting]


@given("a transaction of a protocol that expires in 2 hours, and the answer to its message")
def transaction_kept(world: World) -> None:
    with world.ca.transaction(world.fence()) as work:
        work.protocol_transactions.save(
            ProtocolTransaction(
                key=TRANSACTION,
                authenticator="a" * 64,
                state="begun",
                content=b"content",
                expires=work.now() + timedelta(hours=2),
            )
        )
        work.protocol_transactions.keep_answer(TRANSACTION, "d" * 64, b"answer")


def put_due(world: World, after: timedelta | None) -> None:
    with world.ca.transaction(world.fence()) as work:
        found = work.protocol_transactions.find(TRANSACTION)
        assert found is not None
        work.protocol_transactions.save(replace(found, due=None if after is None else work.now() + after))


@given("the CA must act on that transaction in 1 hour")
def must_act(world: World) -> None:
    put_due(world, timedelta(hours=1))


@when("the CA has acted on that transaction")
def has_acted(world: World) -> None:
    put_due(world, None)


@then(parsers.parse("{transactions:d} transactions and {answers:d} answers are stored"))
def transactions_stored(world: World, transactions: int, answers: int) -> None:
    with world.ca_side.engine.connect() as connection:
        counts = [
            len(connection.execute(select(table)).all())
            for table in (protocol_tables.protocol_transaction, protocol_tables.protocol_answer)
        ]
    assert counts == [transactions, answers]


@then("the audit log tells of 1 forgotten transaction")
def forgetting_audited(world: World) -> None:
    assert purged(world) == [("protocol transactions", '{"count":"1"}')]


def purged(world: World) -> list[tuple[str, str]]:
    with world.ca_side.engine.connect() as connection:
        query = select(tables.audit.c.target, tables.audit.c.details).where(tables.audit.c.event == "records.purged")
        return [(row.target, row.details) for row in connection.execute(query)]


@then("the audit log tells of 1 deleted verdict")
def audited(world: World) -> None:
    assert purged(world) == [("verdicts", '{"count":"1"}')]


@then("the audit log still tells of the certificate")
def still_audited(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        query = select(tables.audit.c.target).where(
            tables.audit.c.event == "certificate.issued", tables.audit.c.writer.in_((WORKER, SITE))
        )
        assert connection.execute(query).scalars().all() == ["alice"]
