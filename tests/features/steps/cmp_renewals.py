"""CMP requests under the certificate of their sender: for the next one, and for what it may not have."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_bdd import given, parsers, when

from lockgate.names.altname import parse_alt_name
from lockgate_formats.cmp.vocabulary import BodyType
from tests.features.steps.cmp_clients import PROTECTIONS, under
from tests.features.steps.cmp_requests import requested
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.scenarios.world import World
from tests.support.wire.cmp_messages import CmpMessage, updates
from tests.support.wire.cmp_possession import given as signed_input
from tests.support.wire.cmp_possession import named


@given('certificates of "ENDUSER" can be renewed for the same key')
def same_key(world: World) -> None:
    profile = world.ca_side.inspection.profiles().certificate["ENDUSER"]
    world.ca_side.administration.put_profile("ENDUSER", replace(profile, renewal_same_key=True))


@given(parsers.parse('the end entity "{name}" has the alternative names "{names}"'))
def has_alternative_names(world: World, name: str, names: str) -> None:
    parsed = parse_alt_name(names)
    world.ca_side.administration.edit_end_entity(name, lambda stored: replace(stored, subject_alt_name=parsed))


def _anothers(site: CmpSite) -> CmpMessage:
    site.enrol("gateway")
    client = site.client("router")
    message = client.cert_req_msg(controls=[updates(site.certificates["gateway"])])
    return client.request(message, body_type=BodyType.KUR)


def _no_subject(site: CmpSite) -> CmpMessage:
    client = site.client("router")
    template = replace(client.template, subject=None)
    shown = signed_input(client, named(client.protection.sender), client.spki)
    return client.request(client.cert_req_msg(template=template, possession=shown), body_type=BodyType.KUR)


def _as_another(kind: str) -> Callable[[CmpSite], CmpMessage]:
    return lambda site: requested(site, site.client("router").with_(name="gateway"), kind)


def _same_key(site: CmpSite) -> CmpMessage:
    return requested(site, site.client("router", key=key_of("router")), "a kur")


def _usual(kind: str) -> Callable[[CmpSite], CmpMessage]:
    return lambda site: requested(site, site.client("router"), kind)


NEXT: Mapping[str, Callable[[CmpSite], CmpMessage]] = {
    "a kur": _usual("a kur"),
    "a kur without oldCertId": lambda site: site.client("router").request(body_type=BodyType.KUR),
    "a kur with no subject": _no_subject,
    "a cr": _usual("a cr"),
    "an ir": _usual("an ir"),
    "a p10cr": _usual("a p10cr"),
    "a kur for another's certificate": _anothers,
    "a kur in another's name": _as_another("a kur"),
    "a cr in another's name": _as_another("a cr"),
    "a p10cr in another's name": _as_another("a p10cr"),
    "a kur for the same key": _same_key,
}


@when(parsers.re(f'the client "router" asks for the next one by (?P<how>{"|".join(NEXT)})$'))
def asks_for_next(site: CmpSite, how: str) -> None:
    site.send("router", NEXT[how](site))


@when(
    parsers.re('a kur for the certificate of "router" comes with (?P<what>a shared secret|the certificate of an RA)$')
)
def kur_by_others(site: CmpSite, what: str) -> None:
    message = requested(site, site.client("router"), "a kur")
    site.send("router", under(message, PROTECTIONS[what](site, "router")), "two")
