"""Steps of hostile_submessages.feature."""

import logging
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import NotProcessed
from lockgate.message import MessageStatus
from lockgate_persistence.messages import SqlMessageStore
from tests.features.twists import MESSAGES
from tests.features.world import World

scenarios("hostile_submessages.feature")


@given("a worker that lets requests be valid for an hour at most")
def impatient_worker(world: World) -> None:
    world.configure(max_lifetime=3600)


@when(parsers.parse("the database holds a message that is {twist}"))
def put_message(world: World, twist: str) -> None:
    """Whoever owns the database is bound by no limit of a client's."""
    own, world.store = world.store, SqlMessageStore(world.engine, 2 * len(MESSAGES[twist](world)) + 1)
    world.put(MESSAGES[twist](world))
    world.store = own
    if twist == "taken up too often without being done":
        world.rewrite(world.sent[-1], attempts=10)


@then(parsers.parse('the message is set aside for "{reason}"'))
def set_aside(world: World, reason: str) -> None:
    row = world.row()
    assert row.status == MessageStatus.SET_ASIDE
    assert row.reason.startswith(f"{reason}: ")
    assert world.issued() == []


@then("the client treats that as a hint, not as the CA's answer")
def hint(world: World) -> None:
    message_id = world.send(world.request("alice"))
    world.rewrite(message_id, status=int(MessageStatus.SET_ASIDE), reason=world.row(world.sent[-2]).reason)
    with world.client() as client, pytest.raises(NotProcessed, match="set aside"):
        client.wait(client.resume(message_id), timedelta(seconds=5))


@then("the refusal is logged once")
def logged_once(caplog: pytest.LogCaptureFixture) -> None:
    warnings = [its.getMessage() for its in caplog.records if its.levelno >= logging.WARNING]
    assert len(warnings) == 1, warnings
    assert "internal" not in warnings[0]
