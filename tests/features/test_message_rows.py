"""Steps of message_rows.feature."""

from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import DuplicateMessage, IllegalTransition, LockgateError, MessageBusy
from lockgate.message import (
    MessageEvent,
    MessageStatus,
    NewMessage,
    Processed,
    StoredMessage,
    after,
)
from tests.features.world import World

scenarios("message_rows.feature")

NAMES = {status.name.lower().replace("_", " "): status for status in MessageStatus} | {"absent": None}


class Desk:
    """What one scenario has in hand."""

    status: MessageStatus | None = None
    outcome: str = ""
    before: StoredMessage | None = None
    error: LockgateError | None = None
    id: str = "job-1"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(parsers.parse("a message that is {status}"))
def message(desk: Desk, status: str) -> None:
    desk.status = NAMES[status]


@when(parsers.parse("it is asked to {event}"))
def event(desk: Desk, event: str) -> None:
    try:
        desk.outcome = after(desk.status, MessageEvent(event)).name.lower().replace("_", " ")
    except IllegalTransition:
        desk.outcome = "refused"


@then(parsers.parse("it is {outcome}"))
def becomes(desk: Desk, outcome: str) -> None:
    assert desk.outcome == outcome


@given(parsers.parse("a stored message that is {status}"))
def stored(world: World, desk: Desk, status: str) -> None:
    world.store.put(NewMessage(desk.id, b"first"))
    if status != "waiting":
        (claimed,) = world.store.claim(1, timedelta(minutes=1))
        if status == "processed":
            world.store.settle([Processed(claimed, b"answer")])
    desk.before = world.store.fetch(1, desk.id)
    assert desk.before is not None
    assert desk.before.status is NAMES[status]


@given(parsers.parse('a stored message with the id "{message_id}"'))
def stored_with_id(world: World, desk: Desk, message_id: str) -> None:
    world.store.put(NewMessage(message_id, b"first"))
    desk.before = world.store.fetch(1, message_id)


@when(parsers.re(r"a client puts (?P<octets>identical|other) bytes under its id ?(?P<replacing>to replace)?"))
def put_again(world: World, desk: Desk, octets: str, replacing: str | None) -> None:
    content = b"first" if octets == "identical" else b"second"
    put(world, desk, NewMessage(desk.id, content), replace=bool(replacing))


@when(parsers.parse('a client puts another message with the id "{message_id}" and the type {kind:d}'))
def put_other(world: World, desk: Desk, message_id: str, kind: int) -> None:
    desk.id = message_id
    put(world, desk, NewMessage(message_id, b"second", kind))


def put(world: World, desk: Desk, new: NewMessage, *, replace: bool = False) -> None:
    try:
        world.store.put(new, replace=replace)
    except LockgateError as error:
        desk.error = error


@then("the store says nothing, and changes nothing")
def nothing_changed(world: World, desk: Desk) -> None:
    assert desk.error is None
    assert world.store.fetch(1, desk.id) == desk.before


@then("the store says nothing, and has replaced it")
def replaced(world: World, desk: Desk) -> None:
    assert desk.error is None
    found = world.store.fetch(1, desk.id)
    assert found is not None
    assert desk.before is not None
    assert (found.content, found.status) == (b"second", MessageStatus.WAITING)
    assert found.generation == desk.before.generation + 1


@then("the store says nothing, and has added it")
def added(world: World, desk: Desk) -> None:
    assert desk.error is None
    assert world.store.fetch(1, "job-1") == desk.before
    with world.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from message").scalar_one() == 2


@then("the store says that it is a duplicate")
def duplicate(world: World, desk: Desk) -> None:
    assert isinstance(desk.error, DuplicateMessage)
    assert world.store.fetch(1, desk.id) == desk.before


@then("the store says that it is busy")
def busy(world: World, desk: Desk) -> None:
    assert isinstance(desk.error, MessageBusy)
    assert world.store.fetch(1, desk.id) == desk.before
