"""Steps of one_time_passwords.feature."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select

from lockgate.certification.endentity import EndEntityStatus
from lockgate_app.one_time_passwords import new_one_time_password
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.store import columns, tables
from tests.features.steps.sending import send_self_authenticating
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.failures import Overtaken
from tests.support.scenarios.world import RA_RIGHTS, SECOND_WORKER, World, only

scenarios("one_time_passwords.feature")


@pytest.fixture
def password() -> str:
    """What the operator was shown."""
    return new_one_time_password()


def has_password(world: World, name: str) -> bool:
    return Inspection(world.ca_side.engine).end_entity(name).has_password


@given(parsers.parse('the end entity "{name}" with a one-time password that is good for {hours:d} hours'))
def one_time(world: World, password: str, name: str, hours: int) -> None:
    world.ca_side.store_end_entity(name)
    world.ca_side.administration.edit_end_entity(name, lambda end_entity: end_entity, password, timedelta(hours=hours))
    world.grant(RA_RIGHTS.replace("create", "view"))
    assert has_password(world, name)


@when(parsers.re(r'the RA sends a PKCS10Request for "(?P<name>\w+)" with that password'))
def send(world: World, password: str, name: str) -> None:
    send_self_authenticating(world, "", name, password)


@when(parsers.parse('the RA sends two PKCS10Requests for "{name}" with that password in one message'))
def send_two(world: World, password: str, name: str) -> None:
    requests = [
        world.request(name, pkcs10=pkcs10(rsa_key(number), challenge=password), create_or_edit_user=False)
        for number in (21, 22)
    ]
    world.send(*requests)


@when(parsers.parse('the RA sends two PKCS10Requests for "{name}" with that password, each in a message of its own'))
def send_two_messages(world: World, password: str, name: str) -> None:
    for number in (21, 22):
        request = pkcs10(rsa_key(number), challenge=password)
        world.send(world.request(name, pkcs10=request, create_or_edit_user=False))


@when("a worker takes up the first one, and before it answers another worker takes up and answers the second one")
def race(world: World) -> None:
    world.configure(batch=1)
    overtaken = Overtaken(world.ca, lambda: world.run_worker(SECOND_WORKER))
    assert world.worker(ca=overtaken).round(world.fence()).settled == 1


@then(parsers.parse("the outcomes are: {outcomes}"))
def outcomes_are(world: World, outcomes: str) -> None:
    assert [seen.outcome for sent in world.sent for seen in world.seen(sent)] == outcomes.split(", ")


@when(parsers.parse('the RA sends a PKCS10Request for "{name}" with that password, for a key that is too small'))
def send_weak(world: World, password: str, name: str) -> None:
    weak = pkcs10(rsa_key(42, 1024), challenge=password)
    world.send(world.request(name, pkcs10=weak, create_or_edit_user=False))


@when(parsers.parse('the RA sends {count:d} PKCS10Requests for "{name}" with wrong passwords'))
def send_wrong(world: World, count: int, name: str) -> None:
    for _ in range(count):
        send_self_authenticating(world, "", name, new_one_time_password())


@when(parsers.parse('an administrator sets "{name}" to NEW'))
def enrol_again(world: World, name: str) -> None:
    world.ca_side.administration.edit_end_entity(
        name, lambda end_entity: replace(end_entity, status=EndEntityStatus.NEW)
    )


@when(parsers.parse("{hours:d} hours pass"))
def pass_by(world: World, hours: int) -> None:
    world.ca_side.hours.pass_by(timedelta(hours=hours))


@then(parsers.parse("the last answer is: {outcome}"))
def last_answer(world: World, outcome: str) -> None:
    assert only(world).outcome == outcome


@then(parsers.parse('"{name}" has no password any more'))
def no_password(world: World, name: str) -> None:
    assert not has_password(world, name)


@when(parsers.parse('an administrator gives "{name}" the password "{ordinary}"'))
def replace_password(world: World, name: str, ordinary: str) -> None:
    world.ca_side.administration.edit_end_entity(name, lambda end_entity: end_entity, ordinary)


@when("the worker does its housekeeping")
def keep_house(world: World) -> None:
    world.worker_container().housekeeping().round(world.fence())


@then(parsers.parse('the CA can say the password of "{name}"'))
def can_say(world: World, password: str, name: str) -> None:
    assert world.ca_side.container.shared_secrets().of_end_entity(name) == password


@then(parsers.parse('the CA cannot say the password of "{name}"'))
def cannot_say(world: World, name: str) -> None:
    assert world.ca_side.container.shared_secrets().of_end_entity(name) is None


@then("it stands nowhere in the CA's database")
def nowhere(world: World, password: str) -> None:
    with world.ca_side.engine.connect() as connection:
        rows = [row for table in columns.metadata.sorted_tables for row in connection.execute(select(table))]
    assert rows
    assert password not in repr(rows)


@then("nothing is stored that it could be read from")
def erased(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        stored = connection.execute(select(tables.end_entity.c.username, tables.end_entity.c.sealedpassword)).all()
    assert [(row.username, row.sealedpassword) for row in stored if row.username == "router"] == [("router", None)]


@then("the audit log tells that 1 one-time password was erased")
def erasure_audited(world: World) -> None:
    with world.ca_side.engine.connect() as connection:
        query = select(tables.audit.c.target, tables.audit.c.details).where(tables.audit.c.event == "records.purged")
        assert [tuple(row) for row in connection.execute(query)] == [("one-time passwords", '{"count":"1"}')]


@then(parsers.parse('"{name}" still has its password'))
def still_password(world: World, name: str) -> None:
    assert has_password(world, name)
