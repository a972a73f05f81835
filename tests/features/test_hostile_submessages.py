"""Steps of hostile_submessages.feature."""

import logging
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import NotProcessed
from lockgate.queue.message import MessageStatus
from tests.support.scenarios.hostile_octets import MESSAGES
from tests.support.scenarios.world import World, only

scenarios("hostile_submessages.feature")


@given("a worker that lets requests be valid for an hour at most")
def impatient_worker(world: World) -> None:
    world.configure(max_lifetime=3600)


@when(parsers.parse("the database holds a message that is {deviation}"))
def put_message(world: World, deviation: str) -> None:
    """The owner of the database replaces a client's message, and is bound by no limit of a client's."""
    world.send(world.request("alice"))
    world.requeue(world.sent[-1], MESSAGES[deviation](world))
    if deviation == "taken up too often without being done":
        world.rewrite(world.sent[-1], attempts=10)


@then(parsers.parse('the message is set aside for "{reason}"'))
def set_aside(world: World, reason: str) -> None:
    row = world.row()
    assert row.status == MessageStatus.SET_ASIDE
    assert row.reason.startswith(f"{reason}: ")
    assert world.issued() == []


@then("the client treats that as a hint, not as the CA's answer")
def hint(world: World) -> None:
    with world.client() as client, pytest.raises(NotProcessed, match="set aside"):
        client.wait(client.resume(world.sent[-1]), timedelta(seconds=5))


@then("the refusal is logged once, with its reason")
def logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    (warning,) = [line.args for line in caplog.records if line.levelno >= logging.WARNING]
    row = world.row()
    is_set_aside = row.status == MessageStatus.SET_ASIDE
    reason = row.reason.partition(":")[0] if is_set_aside else only(world).outcome
    assert isinstance(warning, Mapping)
    assert warning["reason"] == reason
    assert warning["message"] == world.sent[-1]
    assert "internal" not in warning
