"""Content that was sent once, sent again in another form or to another place."""

from lockgate.ports import Opened
from lockgate.queue.message import MessageType, NewMessage
from lockgate.reasons import Rejected
from lockgate_formats.cms import CmsEnvelopes
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.support.scenarios.hostile_octets import DATA
from tests.support.scenarios.world import MAX_MESSAGE, SECOND_WORKER, World
from tests.support.wire.cms_objects import auth_enveloped, container


def answered_elsewhere(world: World, content: bytes) -> bytes:
    """What the second worker answers to that content under the id of the last message, in a data source of its own."""
    source = {"url": "sqlite:///../messages/second.db", "max_message_size": MAX_MESSAGE}
    world.ca_side.configuration.put("data_sources.RAMessage2DS", source)
    world.ca_side.configuration.put(f"workers.{SECOND_WORKER}", {"persistenceunit": "RAMessage2DS"})
    there = world.worker_container(SECOND_WORKER)
    upgrade(there.engine(), MESSAGES)
    there.store().put(NewMessage(world.sent[-1], content))
    world.run_worker(SECOND_WORKER)
    answered = there.store().fetch(MessageType.API, world.sent[-1])
    assert answered is not None
    return answered.content


def encrypted_anew(world: World, content: bytes) -> bytes:
    """The same signed content in a new envelope."""
    return container(auth_enveloped(_opened(world, content).octets, DATA, world.worker_identity.certificate))


def nonce_of(world: World, content: bytes) -> str:
    """The nonce that was signed."""
    signed = _worker_side(world).verify(_opened(world, content))
    assert not isinstance(signed, Rejected)
    header = world.contents.read_header(signed.content)
    assert not isinstance(header, Rejected)
    return header.nonce


def _worker_side(world: World) -> CmsEnvelopes:
    return CmsEnvelopes(world.worker_identity.keystore)


def _opened(world: World, content: bytes) -> Opened:
    """The first submessage, decrypted with the worker's key."""
    submessages = _worker_side(world).split(content)
    assert not isinstance(submessages, Rejected)
    opened = _worker_side(world).open(submessages[0])
    assert not isinstance(opened, Rejected)
    return opened
