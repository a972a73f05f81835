"""Steps of rates.feature."""

import re
import time
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.queue.message import MessageStatus
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.approvers import Approvers, give_role
from tests.support.scenarios.world import RA_RIGHTS, World

scenarios("rates.feature")

NAMES = r'(?P<names>"\w+"(?:, "\w+")* and "\w+")'


@pytest.fixture
def put() -> dict[str, bytes]:
    """Messages as they were put, by username."""
    return {}


def listed(names: str) -> list[str]:
    return re.findall(r'"(\w+)"', names)


@given(
    parsers.parse(
        "a worker that requires signatures and encryption, and takes {count:d} requests an hour from each signer"
    )
)
def bounded(world: World, count: int) -> None:
    """An hour has just begun."""
    world.ca_side.hours.pass_by(timedelta(hours=1) - timedelta(seconds=time.time() % 3600))
    world.configure(max_per_hour=count)


@given("another RA with the same rights")
def another_ra(world: World, approvers: Approvers) -> None:
    approvers.members["other RA"] = world.ca_side.certify("CN=other-ra", rsa_key(71))
    give_role(world, "other RA", approvers.members["other RA"], RA_RIGHTS)


@when(parsers.re(f"the RA sends PKCS10Requests for {NAMES}$"))
def send_each(world: World, put: dict[str, bytes], names: str) -> None:
    for name in listed(names):
        world.send(world.request(name))
        put[name] = world.row().message


@when(parsers.re(f"the RA sends PKCS10Requests for {NAMES} in one message"))
def send_together(world: World, names: str) -> None:
    world.send(*(world.request(name) for name in listed(names)))


@when(parsers.re(f"the RA sends PKCS10Requests for {NAMES}, each with a key that is too small"))
def send_weak(world: World, names: str) -> None:
    for name in listed(names):
        world.send(world.request(name, pkcs10=pkcs10(rsa_key(42, 1024))))


@when(parsers.parse('the other RA sends a PKCS10Request for "{name}"'))
def send_as_other(world: World, approvers: Approvers, name: str) -> None:
    draft = world.draft(name)
    draft.signer = approvers.members["other RA"]
    world.put_draft(draft)


@when("an hour passes")
def hour_passes(world: World) -> None:
    world.ca_side.hours.pass_by(timedelta(hours=1))


@when('the owner of the message database lets the message for "bob" wait again')
def wait_again(world: World, put: dict[str, bytes]) -> None:
    world.requeue(world.sent[-1], put["bob"])


def outcomes(world: World) -> list[str]:
    return [seen.outcome for sent in world.sent for seen in world.seen(sent)]


@then(parsers.parse("the outcomes are: {expected}"))
def outcomes_are(world: World, expected: str) -> None:
    assert outcomes(world) == expected.split(", ")


@then("every message is answered with a certificate")
def all_certified(world: World) -> None:
    """Each is answered to its own RA, so that the CA's certificates tell."""
    assert [world.row(sent).status for sent in world.sent] == [MessageStatus.PROCESSED] * 3
    assert sorted(world.issued()) == ["alice", "bob", "carol"]
