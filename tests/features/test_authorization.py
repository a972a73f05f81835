"""Steps of authorization.feature."""

import json

from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.authorization import EVERYTHING, Member, Role
from lockgate.reasons import Rejected
from lockgate_transport.trust import IssuerTrust
from tests.features.world import CA, World
from tests.identities import rsa_key

scenarios("authorization.feature")


@given(parsers.parse('an RA with two roles: "{first}" and "{second}"'))
def ra_with_two_roles(world: World, first: str, second: str) -> None:
    world.grant(first, second)


@given(parsers.parse('the end entity "{name}" is stored with the CA "{ca}" and the end entity profile "{profile}"'))
def stored_end_entity(world: World, name: str, ca: str, profile: str) -> None:
    world.office.store_end_entity(name, ca_name=ca, profile=profile)


@given(
    parsers.re(
        r"an RA in a role whose member is named by (?P<issuer>the CA|another)'s name"
        r" and (?P<owner>the RA|another)'s serial number"
    )
)
def named_by_serial_number(world: World, issuer: str, owner: str) -> None:
    trusted = IssuerTrust([world.office.certificate(CA)]).path(world.ra.der)
    assert not isinstance(trusted, Rejected)
    member = Member(
        issuer_dn=trusted.issuer_dn if issuer == "the CA" else "CN=Another CA",
        serial_number=trusted.serial_number + (0 if owner == "the RA" else 1),
    )
    world.office.drop_roles()
    world.office.add_role(Role("role", frozenset({EVERYTHING}), frozenset({member})))


@given("another certificate with the RA's subject, issued by the CA to somebody else")
def namesake(world: World) -> None:
    world.ra = world.office.certify("CN=ra", rsa_key(16))


@when(parsers.parse('that somebody sends a signed and encrypted PKCS10Request for "{name}"'))
def namesake_sends(world: World, name: str) -> None:
    world.send(world.request(name))


@then(parsers.parse('the audit log says that the signer was "{name}"'))
def audit_names_signer(world: World, name: str) -> None:
    details = json.loads(world.office.refusals()[-1])
    assert details["signer"].split(" (")[0] == name
    assert len(details["signer_fingerprint"]) == 64
