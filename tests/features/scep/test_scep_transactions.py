"""Steps of scep_transactions.feature."""

import dataclasses

from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.queue.message import MessageStatus
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_persistence.migrating import examining, upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.features.steps.scep_outcomes import FAIL_INFOS
from tests.features.steps.scep_requests import polls
from tests.support.databases.schema import step_back
from tests.support.scenarios.scep_site import Site
from tests.support.scenarios.world import World
from tests.support.wire.scep_values import DES, FAILURE, TRIPLE_DES

scenarios("scep_transactions.feature")


@when(parsers.re('the device "router" asks for a certificate with (?P<algorithm>SHA-1|MD5|triple DES|single DES)'))
def asks_with_algorithm(site: Site, algorithm: str) -> None:
    changes = {
        "SHA-1": {"digest": "sha1"},
        "MD5": {"digest": "md5"},
        "triple DES": {"cipher": TRIPLE_DES},
        "single DES": {"cipher": DES},
    }[algorithm]
    device = site.device("router", **changes)
    site.send(device, device.pkcs_req())


@when("the message database goes back to the schema before other protocols, and is upgraded again")
def upgraded(site: Site) -> None:
    engine = site.world.engine
    step_back(engine, MESSAGES, "0003")
    with engine.connect() as connection, examining():
        assert connection.execute(text("select transactionid from scep_transaction")).scalars().all() == [
            site.place("router")
        ]
    upgrade(engine, MESSAGES)
    site.restart()


@given(parsers.parse('certificates of "{name}" are valid for 1 day'))
def short_lived(site: Site, name: str) -> None:
    site.world.ca_side.administration.put_profile(
        name, dataclasses.replace(CERTIFICATE_PROFILES[name], validity_days=1)
    )


@when('somebody sends the request of "router" again, to another alias')
def plays_again(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.pkcs_req(), alias="vpn")


@when('the device "router" asks for the name "gateway" under the same transaction id')
def changes_name(site: Site) -> None:
    device = site.device("router").with_(name="gateway")
    site.send(device, device.pkcs_req())


@when('the device "intruder" polls for the transaction of "router"')
def polls_for_another(site: Site) -> None:
    router = site.device("router")
    device = site.device("intruder").with_(transaction_id=router.transaction_id)
    site.send(device, device.cert_poll(subject=router.subject.public_bytes()))


@when('the device "intruder" polls for a transaction that never was')
def polls_for_nothing(site: Site) -> None:
    polls(site, "intruder")


@then(parsers.parse('each is refused as {failure}: "{sentence}"'))
def each_refused(site: Site, failure: str, sentence: str) -> None:
    found = [(answer.status, answer.fail_info, answer.text) for answer in site.answers if answer]
    assert found == [(FAILURE, FAIL_INFOS[failure], sentence)] * 3


@when("an operator lets it be tried again")
def retried(site: Site) -> None:
    assert site.world.store.retry(site.world.store.browse(MessageStatus.SET_ASIDE, 10).messages) == 1


def execute(world: World, statement: str, **values: object) -> None:
    with world.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


@when('the owner of the message database changes the transaction of "router"')
def changed(site: Site) -> None:
    name = site.place("router")
    with site.world.engine.begin() as connection:
        (sealed,) = connection.execute(
            text("select sealed from enrolment_transaction where transactionid = :id"), {"id": name}
        ).one()
    damaged = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    statement = "update enrolment_transaction set sealed = :sealed where transactionid = :id"
    execute(site.world, statement, sealed=damaged, id=name)


@when('the owner of the message database puts the transaction of "gateway" in its place')
def moved(site: Site) -> None:
    router, gateway = (site.place(name) for name in ("router", "gateway"))
    query = "(select sealed from enrolment_transaction where transactionid = :gateway)"
    execute(
        site.world,
        f"update enrolment_transaction set sealed = {query} where transactionid = :router",
        gateway=gateway,
        router=router,
    )


@when('the owner of the message database puts the answer to "gateway" in the place of that to "router"')
def answers_swapped(site: Site) -> None:
    router, gateway = (site.device(name).transaction_id for name in ("router", "gateway"))
    query = "(select message from message where messageid = :gateway)"
    execute(
        site.world, f"update message set message = {query} where messageid = :router", gateway=gateway, router=router
    )


@when('the owner of the message database deletes the message of "router"')
def deleted(site: Site) -> None:
    execute(site.world, "delete from message where messageid = :id", id=site.device("router").transaction_id)


@when('the owner of the message database deletes the transaction of "router"')
def transaction_deleted(site: Site) -> None:
    statement = "delete from enrolment_transaction where transactionid = :id"
    execute(site.world, statement, id=site.place("router"))
