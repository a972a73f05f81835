"""Steps of scep_transactions.feature."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.message import MessageStatus, SetAside
from lockgate.reasons import Reason, Rejected
from tests import identities
from tests.features.scep.conftest import FAIL_INFOS, polls, renewing
from tests.features.scep_site import Site
from tests.features.world import RA_RIGHTS, World
from tests.scep_client import DES, FAILURE, TRIPLE_DES, Device
from tests.scep_failures import FAILURES, Hostile

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


@given("the RA may view the end entities of its profile")
def ra_may_view(site: Site) -> None:
    site.world.grant(RA_RIGHTS.replace("create", "view"))


@when(parsers.re('the device "intruder" asks under the transaction id of (?P<what>the renewal of )?"router"'))
def intrudes(site: Site, what: str | None) -> None:
    victim = renewing(site, "router") if what else site.device("router")
    device = site.device("intruder").with_(transaction_id=victim.transaction_id)
    site.send(device, device.pkcs_req())


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


@when(
    parsers.re(
        'the device "intruder" polls with its own transaction, (?P<how>for another name|at another CA|at another alias)'
    )
)
def polls_wrongly(site: Site, how: str) -> None:
    device = site.device("intruder")
    site.send(device, device.pkcs_req())
    messages: dict[str, Callable[[], bytes]] = {
        "for another name": lambda: device.cert_poll(subject=site.device("router").subject.public_bytes()),
        "at another CA": lambda: device.cert_poll(issuer=identities.name("Other CA").public_bytes()),
        "at another alias": device.cert_poll,
    }
    site.send(device, messages[how](), alias="vpn" if how == "at another alias" else "")


@when(parsers.parse("a device sends a request whose {part}"))
def broken_content(site: Site, part: str) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", FAILURES[part](hostile(site, device))))


def hostile(site: Site, device: Device) -> Hostile:
    return Hostile(device, site.device("gateway"), site.world.worker_identity.certificate)


@when('the device "intruder" sends 3 contents under the key that wraps the request of "router"')
def tries_wrapped_key(site: Site) -> None:
    site.key = secrets.token_bytes(32)
    site.wrapped = hostile(site, site.device("router")).wrapped(site.key)
    device = site.device("intruder")
    for _ in range(3):
        content = device.enveloped(secrets.token_bytes(64), key=site.key, wrapped=site.wrapped)
        site.send(device, device.signed("19", content))


@then(parsers.parse('each is refused as {failure}: "{sentence}"'))
def each_refused(site: Site, failure: str, sentence: str) -> None:
    found = [(answer.status, answer.fail_info, answer.text) for answer in site.answers if answer]
    assert found == [(FAILURE, FAIL_INFOS[failure], sentence)] * 3


@when('the request of "router" comes in with the same wrapped key')
def same_wrapped_key(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", device.enveloped(device.request, key=site.key, wrapped=site.wrapped)))


@when("the worker sets its message aside")
def set_aside(site: Site) -> None:
    store, refusal = site.world.store, Rejected(Reason.INTERNAL_ERROR)
    store.settle([SetAside(message, refusal) for message in store.claim(10, timedelta(minutes=1))])


@when("an operator lets it be tried again")
def retried(site: Site) -> None:
    assert site.world.store.retry(site.world.store.browse(MessageStatus.SET_ASIDE, 10).messages) == 1


def execute(world: World, statement: str, **values: object) -> None:
    with world.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


@when('whoever owns the message database changes the transaction of "router"')
def changed(site: Site) -> None:
    name = site.place("router")
    with site.world.engine.begin() as connection:
        (sealed,) = connection.execute(
            text("select sealed from scep_transaction where transactionid = :id"), {"id": name}
        ).one()
    damaged = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    execute(
        site.world, "update scep_transaction set sealed = :sealed where transactionid = :id", sealed=damaged, id=name
    )


@when('whoever owns the message database puts the transaction of "gateway" in its place')
def moved(site: Site) -> None:
    router, gateway = (site.place(name) for name in ("router", "gateway"))
    query = "(select sealed from scep_transaction where transactionid = :gateway)"
    execute(
        site.world,
        f"update scep_transaction set sealed = {query} where transactionid = :router",
        gateway=gateway,
        router=router,
    )


@when('whoever owns the message database puts the answer to "gateway" in the place of that to "router"')
def answers_swapped(site: Site) -> None:
    router, gateway = (site.device(name).transaction_id for name in ("router", "gateway"))
    query = "(select message from message where messageid = :gateway)"
    execute(
        site.world, f"update message set message = {query} where messageid = :router", gateway=gateway, router=router
    )


@when('whoever owns the message database deletes the message of "router"')
def deleted(site: Site) -> None:
    execute(site.world, "delete from message where messageid = :id", id=site.device("router").transaction_id)


@when('whoever owns the message database deletes the transaction of "router"')
def transaction_deleted(site: Site) -> None:
    statement = "delete from scep_transaction where transactionid = :id"
    execute(site.world, statement, id=site.place("router"))
