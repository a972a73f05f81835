"""A request that waits while the message database loses it, and comes back later."""

import pytest
from pytest_bdd import then, when
from sqlalchemy import delete

from lockgate.queue.message import MessageType, NewMessage
from lockgate_persistence.schema import message as message_table
from tests.support.scenarios.world import World


class History:
    """What the owner of the message database has noted."""

    request: bytes = b""


@pytest.fixture
def history() -> History:
    return History()


@when("the message database loses the message")
def lose_message(world: World, history: History) -> None:
    history.request = world.row().message
    with world.engine.begin() as connection:
        connection.execute(delete(message_table))


@when("the owner of the message database puts the old request again")
def put_old_request(world: World, history: History) -> None:
    assert world.store.fetch(MessageType.API, world.sent[-1]) is None
    world.store.put(NewMessage(world.sent[-1], history.request))


@then("the request is known to wait")
def known(world: World) -> None:
    assert len(world.ca_side.column("select nonce from pending_request")) == 1


@then("the request is not known any more")
def unknown(world: World) -> None:
    assert world.ca_side.column("select nonce from pending_request") == []
    assert world.ca_side.column("select id from operation") == []
