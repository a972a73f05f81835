"""Steps of message_rows.feature."""

import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.audit import Event
from lockgate.errors import DuplicateMessage, LockgateError, MessageBusy
from lockgate.queue.message import (
    ClaimedMessage,
    MessageStatus,
    MessageType,
    NewMessage,
    Processed,
    SetAside,
    Settlement,
    StoredMessage,
    WaitAgain,
)
from lockgate.reasons import Reason, Rejected
from tests.contract.message_stores import add_malformed
from tests.support.scenarios.world import World

scenarios("message_rows.feature")

NAMES = {status.name.lower().replace("_", " "): status for status in MessageStatus}


class Case:
    """What a scenario keeps from step to step."""

    held: ClaimedMessage
    before: StoredMessage | None = None
    error: LockgateError | None = None
    id: str = "job-1"
    allocated: int = 0


@pytest.fixture
def case() -> Case:
    return Case()


MIB = 1024 * 1024
LEASE = timedelta(minutes=1)
REFUSAL = Rejected(Reason.INTERNAL_ERROR)


@given(parsers.parse("a message that is {status}"))
@given(parsers.parse("a stored message that is {status}"))
def stored(world: World, case: Case, status: str) -> None:
    """Once held by a worker, unless it is absent."""
    if status == "absent":
        return
    world.store.put(NewMessage(case.id, b"first"))
    (case.held,) = world.store.claim(1, LEASE)
    settlements: Mapping[str, Settlement] = {
        "waiting": WaitAgain(case.held, timedelta()),
        "processed": Processed(case.held, b"answer"),
        "set aside": SetAside(case.held, REFUSAL),
    }
    if status in settlements:
        assert world.store.settle([settlements[status]]) == [True]
    case.before = world.store.fetch(MessageType.API, case.id)
    assert case.before is not None
    assert case.before.status is NAMES[status]


def replace(world: World, case: Case) -> None:
    with suppress(MessageBusy, DuplicateMessage):
        world.store.put(NewMessage(case.id, b"second"), replaces=b"first")


def claim_late(world: World, _: Case) -> None:
    world.ca_side.hours.pass_by(2 * LEASE)
    assert len(world.store.claim(1, LEASE)) == 1


def retry(world: World, _: Case) -> None:
    outlines = [outline for status in MessageStatus for outline in world.store.browse(status, 10).messages]
    world.store.retry(outlines)


EVENTS: Mapping[str, Callable[[World, Case], object]] = {
    "a client puts it": lambda world, case: world.store.put(NewMessage(case.id, b"first")),
    "a client replaces it": replace,
    "a worker claims it": lambda world, _: world.store.claim(1, LEASE),
    "a worker claims it after its lease ran out": claim_late,
    "writes it back": lambda world, case: world.store.settle([Processed(case.held, b"answer")]),
    "sets it aside": lambda world, case: world.store.settle([SetAside(case.held, REFUSAL)]),
    "lets it wait": lambda world, case: world.store.settle([WaitAgain(case.held, timedelta())]),
    "an operator lets it be tried again": retry,
}


@when(parsers.re("(its worker |a worker that held it once )?(?P<event>.+) in the message database"))
def happens(world: World, case: Case, event: str) -> None:
    EVENTS[event](world, case)


@then("the message is left as it was")
def left(world: World, case: Case) -> None:
    assert world.store.fetch(MessageType.API, case.id) == case.before


@then(parsers.re("the message is (?P<status>waiting|in process|processed|set aside)(?P<replaced>, and replaced)?$"))
def becomes(world: World, case: Case, status: str, replaced: str | None) -> None:
    found = world.store.fetch(MessageType.API, case.id)
    assert found is not None
    assert found.status is NAMES[status]
    assert found.generation == (case.before.generation if case.before else 1) + bool(replaced)
    assert found.content == (b"second" if replaced else b"answer" if status == "processed" else b"first")


@given(parsers.parse('a stored message with the id "{message_id}"'))
def stored_with_id(world: World, case: Case, message_id: str) -> None:
    world.store.put(NewMessage(message_id, b"first"))
    case.before = world.store.fetch(MessageType.API, message_id)


REPLACED = {"": None, "to replace it": b"first", "to replace another": b"zeroth"}


@when(parsers.re(r"a client puts (?P<octets>identical|other) bytes under its id ?(?P<replacing>to replace .+)?"))
def put_again(world: World, case: Case, octets: str, replacing: str | None) -> None:
    content = b"first" if octets == "identical" else b"second"
    put(world, case, NewMessage(case.id, content), replaces=REPLACED[replacing or ""])


@when(parsers.parse('a client puts another message with the id "{message_id}" of the type {kind}'))
def put_other(world: World, case: Case, message_id: str, kind: str) -> None:
    case.id = message_id
    put(world, case, NewMessage(message_id, b"second", MessageType[kind]))


def put(world: World, case: Case, new: NewMessage, *, replaces: bytes | None = None) -> None:
    try:
        world.store.put(new, replaces=replaces)
    except LockgateError as error:
        case.error = error


@then("the store says nothing, and changes nothing")
def nothing_changed(world: World, case: Case) -> None:
    assert case.error is None
    assert world.store.fetch(MessageType.API, case.id) == case.before


@then("the store says nothing, and has replaced it")
def replaced(world: World, case: Case) -> None:
    assert case.error is None
    found = world.store.fetch(MessageType.API, case.id)
    assert found is not None
    assert case.before is not None
    assert (found.content, found.status) == (b"second", MessageStatus.WAITING)
    assert found.generation == case.before.generation + 1


@then("the store says nothing, and has added it")
def added(world: World, case: Case) -> None:
    assert case.error is None
    assert world.store.fetch(MessageType.API, "job-1") == case.before
    with world.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from message").scalar_one() == 2


@then("the store says that it is a duplicate")
def duplicate(world: World, case: Case) -> None:
    assert isinstance(case.error, DuplicateMessage)
    assert world.store.fetch(MessageType.API, case.id) == case.before


@then("the store says that it is busy")
def busy(world: World, case: Case) -> None:
    assert isinstance(case.error, MessageBusy)
    assert world.store.fetch(MessageType.API, case.id) == case.before


@given(parsers.parse("{count:d} rows without a message id that are due before anything else"))
def without_id(world: World, count: int) -> None:
    with world.engine.begin() as connection:
        add_malformed(connection, count)


@given(parsers.parse("{count:d} rows with a message id of {size:d} MiB that are due before anything else"))
def with_long_id(world: World, count: int, size: int) -> None:
    with world.engine.begin() as connection:
        add_malformed(connection, count)
        connection.execute(
            text(f"update message set messageid = hex(zeroblob({size * MIB // 2})) where messageid = ''")
        )


@when("the worker runs, and what it allocates is measured")
def run_measured(world: World, case: Case) -> None:
    tracemalloc.start()
    try:
        world.run_worker()
        _, case.allocated = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


@then(parsers.parse("the worker has never held {size:d} MiB"))
def never_held(case: Case, size: int) -> None:
    assert case.allocated < size * MIB


@then(parsers.parse("the {count:d} rows without a message id are set aside: {reason}"))
def set_aside(world: World, count: int, reason: str) -> None:
    are_set_aside(world, count, reason, "messageid = ''")


@then(parsers.parse("the {count:d} rows with a message id of {size:d} MiB are set aside: {reason}"))
def long_set_aside(world: World, count: int, size: int, reason: str) -> None:
    are_set_aside(world, count, reason, f"length(messageid) >= {size * MIB}")


def are_set_aside(world: World, count: int, reason: str, which: str) -> None:
    query = text(f"select status, reason, count(*) from message where {which} group by status, reason")
    with world.engine.connect() as connection:
        ((status, stored, found),) = connection.execute(query)
    assert (status, stored.partition(":")[0], found) == (MessageStatus.SET_ASIDE, reason, count)


@then("the audit log names each of these rows")
def audited(world: World) -> None:
    with world.engine.connect() as connection:
        rows = connection.execute(text("select uniqueid from message where messageid = ''")).scalars().all()
    with world.ca_side.engine.connect() as connection:
        query = text("select target from audit where event = :event")
        targets = connection.execute(query, {"event": Event.MESSAGE_SET_ASIDE}).scalars().all()
    assert sorted(targets) == sorted(f"row {number}" for number in rows)
