"""Steps of alternative_names.feature."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.names.altname import parse_alt_name
from lockgate.requests.submessages import CertificateRequestRequest, PKCS10Request
from tests.support.pki.asked_names import general_names, pkcs10_for
from tests.support.pki.identities import rsa_key
from tests.support.pki.key_forms import crmf
from tests.support.scenarios.approvers import newest
from tests.support.scenarios.found_answers import certificates_in
from tests.support.scenarios.world import World, only
from tests.support.wire.scep_names import ANY_NAME, NAMES

scenarios("alternative_names.feature")

SAID: Mapping[str, str | None] = {
    "nothing of names": None,
    "that it wants no names": "",
    'that it wants one of "b"': "DNSNAME=b",
}
COMMON = {field.name for field in fields(PKCS10Request)} - {"pkcs10"}
FORM = "(?P<form>PKCS10Request|CertificateRequestRequest of PKCS10|CertificateRequestRequest of CRMF)"


def asked(
    world: World, form: str, names: Sequence[x509.GeneralName], challenge: str | None = None, **changed: Any
) -> PKCS10Request | CertificateRequestRequest:
    """A request of that form for "alice" whose key's request asks for `names`."""
    whole = world.request("alice", pkcs10=pkcs10_for(rsa_key(21), names, challenge), **changed)
    if form == "PKCS10Request":
        return whole
    described = {name: getattr(whole, name) for name in COMMON}
    request_type = form.rpartition(" ")[2]
    octets = crmf(rsa_key(21), names=names) if request_type == "CRMF" else pkcs10_for(rsa_key(21), names)
    return CertificateRequestRequest(request_type=request_type, request_data=octets, password=challenge, **described)


@given(parsers.parse('"alice" is stored with the alternative names "{names}" and the password "{password}"'))
def stored_with_names(world: World, names: str, password: str) -> None:
    world.ca_side.store_end_entity("alice")
    stored = world.end_entity("alice")
    assert stored is not None
    world.ca_side.administration.put_end_entity(replace(stored, subject_alt_name=parse_alt_name(names)), password)


@given(parsers.parse("end entities of NARROW may have 1 alternative name of the kind {kind}"))
def allow_kind(world: World, kind: str) -> None:
    narrow = world.ca_side.inspection.profiles().end_entity["NARROW"]
    world.ca_side.administration.put_profile("NARROW", replace(narrow, alternative_names={kind: 1}))


@when(parsers.re(f'the RA brings the key of "alice" as a {FORM} for "(?P<names>.*)", and says (?P<said>.*)'))
def bring(world: World, form: str, names: str, said: str) -> None:
    world.send(asked(world, form, general_names(names), subject_alt_name=SAID[said]))


@when(
    parsers.re(
        f'the RA brings the key of "alice" under the profile NARROW as a {FORM} for "(?P<names>.*)",'
        " and says nothing of names"
    )
)
def bring_narrow(world: World, form: str, names: str) -> None:
    world.send(asked(world, form, general_names(names), end_entity_profile="NARROW"))


@when(parsers.re(f'the RA brings the key of "alice" with a PKCS#10 that asks for (?P<name>{ANY_NAME})'))
def bring_unfit(world: World, name: str) -> None:
    world.send(asked(world, "PKCS10Request", NAMES[name]["alternative_names"]))


@when(
    parsers.re(
        f'the RA brings the key of "alice" with a PKCS#10 that asks for (?P<name>{ANY_NAME}), and says (?P<said>.*)'
    )
)
def bring_unfit_but_say(world: World, name: str, said: str) -> None:
    world.send(asked(world, "PKCS10Request", NAMES[name]["alternative_names"], subject_alt_name=SAID[said]))


@when(parsers.re(f'"alice" brings her key with her password as a {FORM} for "(?P<names>.*)"'))
def bring_own(world: World, form: str, names: str) -> None:
    world.send(asked(world, form, general_names(names), challenge="open sesame", create_or_edit_user=False))


@when(
    parsers.re(
        "the RA (?P<asks>says|brings a key that asks) for "
        r'"alice" under the profile (?P<profile>\w+) the alternative name "(?P<name>.*)"'
    )
)
def ask_for_kind(world: World, asks: str, profile: str, name: str) -> None:
    names, said = ([], name) if asks == "says" else (general_names(name), None)
    world.send(asked(world, "PKCS10Request", names, subject_alt_name=said, end_entity_profile=profile))


@then(parsers.re('the certificate and "alice" as she is stored have the alternative names "(?P<names>.*)"'))
def has_names(world: World, names: str) -> None:
    response = only(world).content.response
    assert response.success, response.fail_info
    (certificate,) = certificates_in(response)
    try:
        found = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        found = []
    assert found == general_names(names)
    stored = world.end_entity("alice")
    assert stored is not None
    assert stored.subject_alt_name == parse_alt_name(names)


@then(parsers.parse('what administrators are asked to approve names "{name}"'))
def approvers_see(world: World, name: str) -> None:
    effects = msgspec.json.decode(newest(world).action)["effects"]
    described = [effect["after"] if effect["effect"] == "save" else effect["described"] for effect in effects]
    assert [end_entity["subject_alt_name"] for end_entity in described] == [[name]] * len(effects)
