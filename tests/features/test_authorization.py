"""Steps of authorization.feature."""

import dataclasses
import json
from collections.abc import Callable, Mapping

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import parse_dn
from lockgate.requests.submessages import CertificateRequestRequest, CertificateRequestResponse
from lockgate.rights.authorization import EVERYTHING, Role
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.features.steps.administration import attempted
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.failures import Overtaken
from tests.support.scenarios.world import CA, World, only

scenarios("authorization.feature")

ISSUERS = {
    "the CA's name": "CN=Management CA,O=Lockgate tests,C=SE",
    "the name of the OtherCA": "CN=Other CA",
    "the name of no CA": "CN=No CA",
}


@given(parsers.parse('an RA with two roles: "{first}" and "{second}"'))
def ra_with_two_roles(world: World, first: str, second: str) -> None:
    world.grant(first, second)


@given(parsers.parse('the end entity "{name}" is stored with the CA "{ca}" and the end entity profile "{profile}"'))
def stored_end_entity(world: World, name: str, ca: str, profile: str) -> None:
    world.ca_side.store_end_entity(name, ca_name=ca, profile=profile)


@given("certificates of ENDUSER may have chosen serial numbers")
def chosen_numbers(world: World) -> None:
    profile = dataclasses.replace(CERTIFICATE_PROFILES["ENDUSER"], chosen_serial_number=True)
    world.ca_side.administration.put_profile("ENDUSER", profile)


@given("another certificate with the RA's subject, issued by the CA to somebody else")
def namesake(world: World) -> None:
    world.ra = world.ca_side.certify("CN=ra", rsa_key(16))


@when(parsers.parse('the RA has a certificate with the serial number 7 issued to "{name}"'))
def has_number_issued(world: World, name: str) -> None:
    key = rsa_key(17)
    world.send(
        CertificateRequestRequest(
            request_id=1,
            username=name,
            subject_dn=f"CN={name}",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=CA,
            create_or_edit_user=True,
            request_type="PKCS10",
            request_data=pkcs10(key),
            response_type="CERTIFICATE",
            certificate_serial_number="7",
        )
    )
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, CertificateRequestResponse)
    certificate = x509.load_der_x509_certificate(response.data or b"")
    assert certificate.serial_number == 7
    world.ra = Identity(certificate, key)


CHANGES: Mapping[str, Callable[[World], object]] = {
    "the role of the RA is taken away": lambda world: world.ca_side.administration.put_role(
        Role("role 0", frozenset())
    ),
    "the certificate of the RA is revoked": lambda world: world.ca_side.revoke(world.ra, RevocationReason.SUPERSEDED),
}


@when(parsers.parse("the worker takes the message up, and then {change}"))
def overtaken(world: World, change: str) -> None:
    world.worker(ca=Overtaken(world.ca, lambda: CHANGES[change](world))).round(world.fence())


@when(parsers.parse('mallory sends a signed and encrypted PKCS10Request for "{name}"'))
@when(parsers.parse('that somebody sends a signed and encrypted PKCS10Request for "{name}"'))
def namesake_sends(world: World, name: str) -> None:
    world.send(world.request(name))


@when(
    parsers.re(
        "an administrator adds a role with every right for the certificate with (?P<issuer>.*)"
        " and (?P<number>the RA's serial number|a serial number of nobody's|the serial number 7)"
    )
)
def add_by_serial_number(world: World, refusals: list[str], issuer: str, number: str) -> None:
    own = world.ra.certificate.serial_number
    serial_number = {"the RA's serial number": own, "the serial number 7": 7}.get(number, own + 1)

    def add() -> None:
        member = world.ca_side.administration.member(parse_dn(ISSUERS[issuer]), serial_number)
        world.ca_side.add_role(Role("role", frozenset({EVERYTHING}), frozenset({member})))

    attempted(add, refusals)


@then(parsers.parse('the audit log says that the signer was "{name}"'))
def audit_names_signer(world: World, name: str) -> None:
    details = json.loads(world.ca_side.refusals()[-1])
    assert details["signer"].split(" (")[0] == name
    assert len(details["signer_fingerprint"]) == 64
