"""SCEP: what intruders and many devices at once ask for, and the bounds against them."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from pytest_bdd import given, parsers, when

from lockgate.enrolment.clients import Side
from lockgate.enrolment.transactions import named
from lockgate.queue.message import SetAside
from lockgate.reasons import Reason, Rejected
from tests.features.steps.scep_requests import renewing
from tests.support.pki import identities
from tests.support.scenarios.scep_site import Site
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_failures import FAILURES, UNFIT, Hostile


@when('the device "intruder" asks under the server\'s own id of the renewal of "router"')
def intrudes_further(site: Site) -> None:
    own = named(renewing(site, "router").transaction_id, Side.HOLDERS)
    device = site.device("intruder").with_(transaction_id=own)
    site.send(device, device.pkcs_req())


@when(parsers.re('the device "intruder" asks under the transaction id of (?P<what>the renewal of )?"router"'))
def intrudes(site: Site, what: str | None) -> None:
    victim = renewing(site, "router") if what else site.device("router")
    device = site.device("intruder").with_(transaction_id=victim.transaction_id)
    site.send(device, device.pkcs_req())


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
    site.send(device, device.signed("19", (FAILURES | UNFIT)[part](hostile(site, device))))


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


@when('the request of "router" comes in with the same wrapped key')
def same_wrapped_key(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", device.enveloped(device.request, key=site.key, wrapped=site.wrapped)))


@when("the worker sets its message aside")
def set_aside(site: Site) -> None:
    store, refusal = site.world.store, Rejected(Reason.INTERNAL_ERROR)
    store.settle([SetAside(message, refusal) for message in store.claim(10, timedelta(minutes=1))])


CLIENTS = {
    "one address": ["192.0.2.1"] * 3,
    "one address, also as IPv6's": ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"],
    "one IPv6 network": ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8::2"],
    "several addresses": ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
}


ANY = dict.fromkeys(("open_per_client", "open_in_all", "hourly_per_client", "hourly_per_holder", "hourly_in_all"), 10)


@given(
    parsers.re(
        r"a SCEP server that (?P<does>keeps|opens) at most (?P<count>\d) transactions?"
        "(?P<client> per (client|holder))? (open|in an hour)"
    )
)
def bounded(site: Site, does: str, count: str, client: str | None) -> None:
    name = ("open_" if does == "keeps" else "hourly_") + (client.strip().replace(" ", "_") if client else "in_all")
    site.configure(**(ANY | {name: int(count)}))


@when(parsers.parse("3 devices at {clients} ask for a certificate"))
def many_ask(site: Site, clients: str) -> None:
    for name, client in zip(("router", "gateway", "intruder"), CLIENTS[clients], strict=False):
        device = site.device(name)
        site.send(device, device.pkcs_req(), client)
