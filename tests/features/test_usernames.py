"""Steps of usernames.feature."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.names.dn import parse_dn
from lockgate.ports import Registry, RegistryTransaction
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    EditUserRequest,
    PKCS10Request,
    PKCS12Request,
    Request,
)
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.migrating import upgrade
from tests.features.steps.administration import attempted
from tests.support.databases.schema import step_back
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.world import CA, World, only

scenarios("usernames.feature")
PATIENCE = 30
"""Seconds."""
BEFORE = "0008"
"""The last schema without keys of usernames."""
KEY = rsa_key(21)
DESCRIPTION: Mapping[str, Any] = {
    "request_id": 7,
    "subject_dn": "CN=somebody,O=Example,C=SE",
    "end_entity_profile": "EMPTY",
    "certificate_profile": "ENDUSER",
    "ca_name": CA,
}
REQUESTS: Mapping[str, Callable[[str], Request]] = {
    "a PKCS10Request": lambda name: PKCS10Request(**DESCRIPTION, username=name, pkcs10=pkcs10(KEY)),
    "a PKCS12Request": lambda name: PKCS12Request(
        **DESCRIPTION, username=name, password="sesame-1", key_alg="ECDSA", key_spec="P-256"
    ),
    "a CertificateRequestRequest": lambda name: CertificateRequestRequest(
        **DESCRIPTION, username=name, request_type="PKCS10", request_data=pkcs10(KEY), create_or_edit_user=True
    ),
    "an EditUserRequest": lambda name: EditUserRequest(**DESCRIPTION, username=name),
}


@pytest.fixture
def asked() -> list[str]:
    """The usernames that were asked for."""
    return []


def store(world: World, name: str) -> None:
    world.ca_side.administration.add_end_entity(
        EndEntity(
            username=name,
            subject_dn=parse_dn("CN=somebody"),
            subject_alt_name=(),
            email=None,
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=CA,
            status=EndEntityStatus.NEW,
        )
    )


class Meeting(Registry):
    """A CA whose first answer waits until the other worker is about to give its own.

    Attributes:
        reached: set when the worker has taken up what it is going to answer.
    """

    def __init__(self, ca: Registry, barrier: Barrier) -> None:
        self._ca = ca
        self._barrier = barrier
        self.reached = Event()

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[RegistryTransaction]:
        answers = bool(named)
        if answers and not self.reached.is_set():
            self.reached.set()
            self._barrier.wait(PATIENCE)
        with self._ca.transaction(*arguments, **named) as work:
            yield work


# ---- given


@given(parsers.parse('the end entity "{name}" is stored'))
def stored(world: World, name: str) -> None:
    store(world, name)


@given(parsers.parse('the end entities "{first}" and "{second}" have been stored since before these rules'))
def stored_long_ago(world: World, first: str, second: str) -> None:
    """As a version that knew no such rules has stored them."""
    for stand_in in ("first", "second"):
        store(world, stand_in)
    step_back(world.ca_side.engine, CERTIFICATION_AUTHORITY, BEFORE)
    with world.ca_side.engine.begin() as connection:
        renamed = text("update end_entity set username = :name where username = :before")
        connection.execute(renamed, {"name": first, "before": "first"})
        connection.execute(renamed, {"name": second, "before": "second"})
    upgrade(world.ca_side.engine, CERTIFICATION_AUTHORITY)


# ---- when


@when(parsers.parse('the RA asks for a certificate for the new username "{name}"'))
def ask(world: World, asked: list[str], name: str) -> None:
    assert world.end_entity(name) is None
    asked.append(name)
    world.send(REQUESTS["a PKCS10Request"](name))


@when(parsers.parse('the RA asks for a certificate for the username "{name}", which is stored'))
def ask_for_stored(world: World, name: str) -> None:
    assert world.end_entity(name) is not None
    world.send(REQUESTS["a PKCS10Request"](name))


@when(parsers.parse('the RA sends {request} for the new username "{name}"'))
def send(world: World, asked: list[str], request: str, name: str) -> None:
    asked.append(name)
    world.send(REQUESTS[request](name))


@when(parsers.parse('the RA sends one message with requests for the new usernames "{first}" and "{second}"'))
def send_both(world: World, first: str, second: str) -> None:
    world.send(*map(REQUESTS["a PKCS10Request"], (first, second)))


@when(parsers.parse('the RA asks in two messages for certificates for the new usernames "{first}" and "{second}"'))
def send_two(world: World, asked: list[str], first: str, second: str) -> None:
    asked.extend((first, second))


@when("two workers answer one message each, at the same time")
def answer_both(world: World, asked: list[str]) -> None:
    """Each has taken up its message before either begins its transaction."""
    barrier, rounds = Barrier(2), []
    with ThreadPoolExecutor(2) as pool:
        for worker, name in zip(("worker1", "worker2"), asked, strict=True):
            world.send(REQUESTS["a PKCS10Request"](name))
            meeting = Meeting(world.ca, barrier)
            rounds.append(pool.submit(world.worker(worker, meeting).round, world.fence(worker)))
            assert meeting.reached.wait(PATIENCE)
        assert [finished.result(PATIENCE).claimed for finished in rounds] == [1, 1]


@when(parsers.parse('an administrator adds the end entity "{name}"'))
def administrator_adds(world: World, refusals: list[str], name: str) -> None:
    attempted(lambda: store(world, name), refusals)


# ---- then


@then("there is no end entity of that name")
def none_of_that_name(world: World, asked: list[str]) -> None:
    assert world.end_entity(asked[-1]) is None


@then(parsers.parse("the answer to it is: {reason}"))
def answer(world: World, reason: str) -> None:
    assert only(world).content.response.reason == reason


@then(parsers.parse('the audit log names "{name}", the answer does not'))
def audited(world: World, name: str) -> None:
    assert f"end entity: {name}" in json.loads(world.ca_side.refusals()[-1]).values()
    assert name not in str(only(world).content.response)


@then('one of the answers is a certificate, and the other one is "username_taken"')
def one_each(world: World) -> None:
    outcomes = [only.outcome for message_id in world.sent for only in world.seen(message_id)]
    assert sorted(outcomes) == ["a certificate", "username_taken"]
