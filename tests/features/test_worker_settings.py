"""Steps of worker_settings.feature."""

from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import delete, update

from lockgate.queue.message import MessageStatus
from lockgate_ca_backend.store import tables
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.certificate_requests import pkcs10, sharing_keys
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, give_role
from tests.support.scenarios.failures import Death, DyingBefore
from tests.support.scenarios.world import KEYSTORE_PASSWORD, RA_RIGHTS, SECOND_WORKER, World, only

scenarios("worker_settings.feature")


@given(parsers.parse("the CA host's lockgate.toml says {setting} = {value}"))
def says(world: World, setting: str, value: str) -> None:
    if setting == "compared_moduli":
        world.ca_side.configuration.put("ca", {setting: int(value)})
    else:
        known: dict[str, object] = {"true": True, "false": False}
        world.configure(**{setting: int(value) if value.isdigit() else known.get(value, value.strip('"'))})


@given(parsers.parse("an RA that may create end entities and has its certificate from {issuer}"))
def ra_of(world: World, issuer: str) -> None:
    world.ra = world.ca_side.certify("CN=another ra", rsa_key(19), ca_name=issuer)
    give_role(world, "another RA", world.ra, RA_RIGHTS)


@given(parsers.parse('the administrator "{name}", who may approve and has a certificate from {issuer}'))
def administrator(world: World, approvers: Approvers, name: str, issuer: str) -> None:
    approvers.members[name] = world.ca_side.certify(f"CN={name}", rsa_key(20), ca_name=issuer)
    give_role(world, name, approvers.members[name], APPROVER)


@given("the second worker has a keystore of its own, whose certificate may do everything", target_fixture="second")
def second_keystore(world: World) -> Identity:
    second = world.ca_side.certify("CN=second worker", rsa_key(19), "WORKER")
    path = world.ca_side.configuration.path.with_name("second.p12")
    write_pkcs12(path, rsa_key(19), second.der, (), KEYSTORE_PASSWORD, "second")
    world.ca_side.configuration.put(f"workers.{SECOND_WORKER}", {"keystore.path": path.name})
    give_role(world, "second worker", second, "/")
    return second


@given("the second worker has run")
def second_has_run(world: World) -> None:
    world.run_worker(SECOND_WORKER)


@given("the second worker runs while the CA's database is restored from before its start")
def runs_during_restore(world: World) -> None:
    worker, before = world.worker(SECOND_WORKER), world.fence(SECOND_WORKER)
    worker.round(before)
    with world.ca_side.engine.begin() as connection:
        connection.execute(delete(tables.worker_certificate))
        older = update(tables.worker_lease).where(tables.worker_lease.c.worker == SECOND_WORKER)
        connection.execute(older.values(token=before.token - 1))
    after = world.fence(SECOND_WORKER)
    assert after == before
    worker.round(after)


@given(parsers.parse("the worker's keystore is replaced, and {previous}"), target_fixture="before")
@when(parsers.parse("the worker's keystore is replaced, and {previous}"), target_fixture="before")
def replace_keystore(world: World, previous: str) -> Identity:
    before, after = world.worker_identity, world.ca_side.certify("CN=next worker", rsa_key(19), "WORKER")
    path = world.ca_side.configuration.path.with_name("next.p12")
    write_pkcs12(path, rsa_key(19), after.der, (), KEYSTORE_PASSWORD, "next")
    named = {"keystore.previous.path": "worker.p12", "keystore.previous.pwd": {"file": "worker.password"}}
    world.configure(**{"keystore.path": path.name}, **({} if previous.startswith("nothing") else named))
    return before


@given("the certificate before may do everything")
def before_may(world: World, before: Identity) -> None:
    give_role(world, "worker before", before, "/")


@when('a request for "alice" is signed with the worker\'s key before')
def signed_by_worker_before(world: World, before: Identity) -> None:
    signed_by_worker(world, before)


@when('a request for "alice" is signed with the second worker\'s key')
def signed_by_worker(world: World, second: Identity) -> None:
    draft = world.draft()
    draft.signer = second
    world.put_draft(draft)


@when("the worker takes it up and dies")
def die(world: World) -> None:
    with pytest.raises(Death):
        world.worker(ca=DyingBefore(world.ca)).round(world.fence())


@when(parsers.parse("{count:d} workers take it up and die, one after the other"))
def die_often(world: World, count: int) -> None:
    for _ in range(count):
        die(world)
        pass_seconds(world, 61)


@when(parsers.parse("{seconds:d} seconds pass"))
def pass_seconds(world: World, seconds: int) -> None:
    world.ca_side.hours.pass_by(timedelta(seconds=seconds))


@when("the worker is started again and runs")
def run_again(world: World) -> None:
    world.run_worker()


@when("the RA asks for certificates for two RSA keys that have a prime in common, one after the other")
def shared_prime(world: World) -> None:
    for name, key in zip(("alice", "bob"), sharing_keys(), strict=True):
        world.send(world.request(name, pkcs10=pkcs10(key)))
        world.run_worker()


@then(parsers.parse("the second answer is: {outcome}"))
def second_answer(world: World, outcome: str) -> None:
    assert world.seen(world.sent[0])[0].outcome == "a certificate"
    assert only(world).outcome == outcome


@then(parsers.re("the message in the database is (?P<status>processed|set aside)"))
def has_status(world: World, status: str) -> None:
    assert world.row().status == MessageStatus[status.upper().replace(" ", "_")]
