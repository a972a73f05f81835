"""What CMP clients ask about a CA, and what the CA has to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, when

from lockgate.names.altname import parse_alt_name
from lockgate_formats import der
from lockgate_formats.cmp.distribution_points import full_name, url_name
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.general_values import CrlStatus, crl_status_info, texts_info
from lockgate_formats.cmp.key_infos import key_type_info
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.vocabulary import BodyType, InfoType
from lockgate_testing.doubles.remote_ca.certificates import new_key, own_certificate
from tests.features.steps.cmp_requests import ra
from tests.support.pki.identities import ec_key, make_authority
from tests.support.pki.identities import name as common_name
from tests.support.scenarios.allowed_keys_and_names import ALLOWED, EMPTY, ENDUSER
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import CA, World
from tests.support.wire.cmp_messages import CmpClient, CmpMessage, Signature

TYPES = {kind.rfc_name: kind.value for kind in InfoType}
TIMES = {"never": 0, "once": 1, "twice": 2}
OTHER_CA = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Other CA")])
HOUR = timedelta(hours=1)


# ---- the CA


@given(parsers.parse("the profiles allow {what}"))
def allowed(world: World, what: str) -> None:
    end_entity, certificate = ALLOWED[what]
    world.ca_side.administration.put_profile("EMPTY", replace(EMPTY, **end_entity))
    world.ca_side.administration.put_profile("ENDUSER", replace(ENDUSER, **certificate))


@given(parsers.parse('the certificate profile names the distribution point "{url}"'))
def distribution_point(world: World, url: str) -> None:
    world.ca_side.administration.put_profile("ENDUSER", replace(ENDUSER, crl_distribution_points=(url,)))


@given(parsers.parse("{ca} has replaced its key {times}"))
def replaced(world: World, ca: str, times: str) -> None:
    for _ in range(TIMES[times]):
        world.ca_side.administration.prepare_rollover(ca)
        world.ca_side.administration.activate_rollover(ca)


@given("a next certificate of ManagementCA is announced")
def announced(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)


@pytest.fixture
def crls() -> list[bytes]:
    """The oldest first."""
    return []


@given(parsers.parse("{ca} has issued a CRL"))
def crl_issued(site: CmpSite, crls: list[bytes], ca: str) -> None:
    site.pass_by(HOUR)
    crls.append(site.world.ca_side.administration.issue_crl(ca))


@given('the alias "ra" issues by a CA below OtherCA')
def issues_below(site: CmpSite) -> None:
    site.world.ca_side.administration.create_ca("IssuingCA", "CN=Issuing CA", key="P-256", issuer="OtherCA")
    site.configure("ra", defaultCA="IssuingCA")


@given('the alias "ra" issues by a CA whose certificates a remote issuer signs')
def issues_remotely(site: CmpSite) -> None:
    certificate = own_certificate(new_key(), "CN=Remote CA")
    site.world.ca_side.configuration.put("ca.issuers.backend", {"kind": "double"})
    site.world.ca_side.administration.register_ca("RemoteCA", "backend", certificate)
    site.configure("ra", defaultCA="RemoteCA")


@given(parsers.parse('the end entity "{name}" has the alternative name {alternative}'))
def alternative_name(world: World, name: str, alternative: str) -> None:
    names = parse_alt_name(alternative)
    world.ca_side.administration.edit_end_entity(name, lambda stored: replace(stored, subject_alt_name=names))


# ---- the alias


@given('the alias "ra" answers questions without protection')
def unprotected_questions(site: CmpSite) -> None:
    site.configure("ra", unprotected_questions=True)


@given('the alias "ra" names the profile "free"')
def named_profile(site: CmpSite) -> None:
    site.world.ca_side.administration.put_profile("FREE", EMPTY)
    site.configure("ra", profiles={"free": {"certificateProfile": "ENDUSER", "entityProfile": "FREE"}})


@given(parsers.parse('the alias "ra" names a profile with the distribution point "{url}"'))
def named_point(site: CmpSite, url: str) -> None:
    keeping(site.world, crl_distribution_points=(url,))
    site.configure("ra", profiles={"free": {"certificateProfile": "KEEPING", "entityProfile": "EMPTY"}})


@given(parsers.parse('the certificates of "{name}" have the distribution point "{url}"'))
def own_point(world: World, name: str, url: str) -> None:
    own_profile(world, name, crl_distribution_points=(url,))


@given(parsers.parse('the certificates of "{name}" are for P-256 alone'))
def own_keys(world: World, name: str) -> None:
    own_profile(world, name, key_types=frozenset({"P-256"}))


def own_profile(world: World, name: str, **fields: Any) -> None:
    keeping(world, **fields)
    world.ca_side.administration.edit_end_entity(name, lambda stored: replace(stored, certificate_profile="KEEPING"))


def keeping(world: World, **fields: Any) -> None:
    """A second certificate profile, otherwise than the first one in those fields."""
    world.ca_side.administration.put_profile("KEEPING", replace(ENDUSER, **fields))


@given(parsers.parse('the device "{name}" of a vendor that the alias "ra" knows'))
def vendors_device(site: CmpSite, name: str) -> None:
    vendor = make_authority("Vendor CA", ec_key(71))
    path = site.world.ca_side.configuration.path.with_name("vendor.pem")
    path.write_bytes(vendor.certificate.public_bytes(Encoding.PEM))
    site.configure("ra", vendor_cas=["vendor.pem"])
    device = vendor.issue(name, ec_key(72))
    site.client(name, protection=Signature(device.certificate, device.key))


# ---- questions


def question(site: CmpSite, client: CmpClient, *infos: InfoValue, profiles: Sequence[str] = ()) -> CmpMessage:
    """A genm with those questions, in a transaction of its own.

    Args:
        profiles: in certProfile of the header.
    """
    header = [texts_info(InfoType.CERT_PROFILE, profiles)] if profiles else []
    asking = client.in_another_transaction()
    return asking.message(BodyType.GENM, write_general(infos), infos=header, time=site.now)


def ask(site: CmpSite, name: str, *infos: InfoValue, profiles: Sequence[str] = ()) -> None:
    site.send(name, question(site, site.client(name), *infos, profiles=profiles))


def bare(types: str) -> list[InfoValue]:
    """Questions without values."""
    return [InfoValue(TYPES.get(kind, kind)) for kind in types.split(", ")]


@when(parsers.parse('the client "{name}" asks: {types}'))
def asks_bare(site: CmpSite, name: str, types: str) -> None:
    ask(site, name, *bare(types))


@when(parsers.parse('the client "{name}" asks nothing'))
def asks_nothing(site: CmpSite, name: str) -> None:
    ask(site, name)


@when(parsers.parse('the RA "{name}" asks: {types}'))
def ra_asks_bare(site: CmpSite, name: str, types: str) -> None:
    ra(site, name, "router")
    ask(site, name, *bare(types))


@when(parsers.parse('the client "{name}" asks without protection: {types}'))
def asks_unprotected(site: CmpSite, name: str, types: str) -> None:
    site.send(name, question(site, site.client(name), *bare(types)).with_(protection=None))


@when(parsers.parse('the client "{name}" asks for a certificate without protection'))
def certificate_unprotected(site: CmpSite, name: str) -> None:
    site.send(name, site.client(name).request(time=site.now).with_(protection=None))


@when(parsers.re('the client "(?P<name>[^"]+)" asks (?P<kind>\\w+) with the value (?P<value>none|NULL|an empty list)$'))
def asks_with_value(site: CmpSite, name: str, kind: str, value: str) -> None:
    octets = {"none": None, "NULL": der.NULL, "an empty list": der.sequence()}[value]
    ask(site, name, InfoValue(TYPES[kind], octets))


@when(parsers.parse('the client "{name}" asks for the root after {root}'))
def asks_for_root(site: CmpSite, name: str, root: str) -> None:
    ask(site, name, InfoValue(InfoType.ROOT_CA_CERT, None if root == "any" else root_named(site, root)))


def root_named(site: CmpSite, root: str) -> bytes:
    """The DER certificate: `ManagementCA 1` is the first one of that CA."""
    ca, number = root.split()
    (found,) = (one for one in site.world.ca_side.inspection.generations(ca) if one.number == int(number))
    return found.certificate


SOURCES: Mapping[str, CrlStatus] = {
    "the issuer ManagementCA": CrlStatus(issuers=(directory_name(common_name("Management CA").public_bytes()),)),
    "the issuer ManagementCA in other letters": CrlStatus(
        issuers=(directory_name(common_name("management  ca").public_bytes()),)
    ),
    "the issuer OtherCA": CrlStatus(issuers=(directory_name(OTHER_CA.public_bytes()),)),
    "the distribution point named ManagementCA": CrlStatus(
        full_name(directory_name(common_name("Management CA").public_bytes()))
    ),
    "an issuer that cannot be read": CrlStatus(issuers=(directory_name(der.sequence(der.NULL)),)),
    "a distribution point relative to its issuer": CrlStatus(
        der.element(0xA1, der.sequence(der.oid("2.5.4.3"), der.utf8_string("Management CA")))
    ),
}


def source(words: str) -> CrlStatus:
    """Which CRL is meant: one of `SOURCES`, or a distribution point by its URL."""
    url = words.removeprefix("the distribution point ")
    return CrlStatus(full_name(url_name(url))) if "://" in words else SOURCES[words]


@when(parsers.parse('the client "{name}" asks for the CRL of {words}, and has {held}'))
def asks_for_crl(site: CmpSite, crls: list[bytes], name: str, words: str, held: str) -> None:
    wanted = source(words)
    if held != "none":
        own = crls[int(held.removeprefix("CRL ")) - 1]
        wanted = replace(wanted, this_update=x509.load_der_x509_crl(own).last_update_utc)
    ask(site, name, crl_status_info([wanted]))


@when(parsers.parse('the client "{name}" asks for the CRL of {one} and {other}'))
def asks_for_crls(site: CmpSite, name: str, one: str, other: str) -> None:
    ask(site, name, crl_status_info([source(one), source(other)]))


@when(parsers.parse('the client "{name}" asks twice for the CRL of {words}'))
def asks_twice(site: CmpSite, name: str, words: str) -> None:
    ask(site, name, *[crl_status_info([source(words)])] * 2)


@when(parsers.parse('the client "{name}" asks for the parameters of {algorithm}'))
def asks_for_parameters(site: CmpSite, name: str, algorithm: str) -> None:
    ask(site, name, key_type_info(algorithm))


@when(parsers.parse('the client "{name}" asks for the template of "{profiles}"'))
def asks_for_template(site: CmpSite, name: str, profiles: str) -> None:
    ask(site, name, *bare("certReqTemplate"), profiles=profiles.split(", "))


@when(parsers.parse('the client "{name}" asks for the profiles {names}'))
def asks_for_profiles(site: CmpSite, name: str, names: str) -> None:
    kind = InfoType.CERT_PROFILE
    ask(site, name, InfoValue(kind) if names == "all" else texts_info(kind, names.split(", ")))


@when(parsers.parse('the client "{name}" speaks {languages}'))
def speaks(site: CmpSite, name: str, languages: str) -> None:
    ask(site, name, texts_info(InfoType.SUPP_LANG_TAGS, languages.split(", ")))
