"""Steps of revocation.feature."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import PKCS10Response, RevocationRequest, RevocationResponse
from lockgate.rights.approval import ApprovalKind
from tests.support.pki.identities import ec_key, make_authority
from tests.support.scenarios.world import World, only

scenarios("revocation.feature")

RIGHTS = "/administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/revocation"
Issued = dict[str, list[x509.Certificate]]


@pytest.fixture
def issued() -> Issued:
    return {}


def named(certificate: x509.Certificate) -> dict[str, Any]:
    """The fields that name the certificate."""
    return {"issuer_dn": certificate.issuer.rfc4514_string(), "certificate_sn": f"{certificate.serial_number:x}"}


@given('"alice" has two certificates and "bob" has one')
def enrolled(world: World, issued: Issued) -> None:
    world.grant(RIGHTS.replace("revocation", "create") + ", /action/edit")
    for name in ("alice", "alice", "bob"):
        world.send(world.request(name))
        world.run_worker()
        response = only(world).content.response
        assert isinstance(response, PKCS10Response)
        assert response.certificate
        issued.setdefault(name, []).append(x509.load_der_x509_certificate(response.certificate))
    world.grant(RIGHTS)


@given(parsers.parse("alice's first certificate is {standing}"))
def given_standing(world: World, issued: Issued, standing: str) -> None:
    reasons = {"on hold": RevocationReason.CERTIFICATE_HOLD, "revoked": RevocationReason.SUPERSEDED}
    world.ca_side.administration.revoke(reasons[standing], fingerprint=fingerprint(issued["alice"][0]))


@given("the certificate profile ENDUSER asks for 1 approval of revocations")
def profile_asks(world: World) -> None:
    stored = world.ca_side.inspection.profiles().certificate["ENDUSER"]
    asking = dataclasses.replace(stored, approvals={ApprovalKind.REVOCATION: 1})
    world.ca_side.administration.put_profile("ENDUSER", asking)


@given('the end entity "carol" of OtherCA, who has no certificate')
def without_certificate(world: World) -> None:
    world.ca_side.store_end_entity("carol", ca_name="OtherCA")


@given("the CA OldCA, imported with two certificates that it had issued")
def imported(world: World, issued: Issued) -> None:
    authority = make_authority("OldCA", ec_key(31))
    issued["OldCA"] = [authority.issue(f"host {number}", ec_key(32)).certificate for number in (1, 2)]
    found = [("a file", certificate.public_bytes(Encoding.DER)) for certificate in issued["OldCA"]]
    world.ca_side.administration.import_ca("OldCA", authority.key, authority.der, issued=found)


@given("an RA with the rights on every CA, profile and action")
def every_right(world: World) -> None:
    world.grant("/administrator, /ca/*, /endentityprofile/*, /action/*")


@when("the administrator of the CA revokes OldCA's first certificate")
def revoke_imported(world: World, issued: Issued) -> None:
    serial_number = issued["OldCA"][0].serial_number
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, ca_name="OldCA", serial_number=serial_number)


@then(parsers.parse("the next CRL of OldCA lists {which} of OldCA's certificates"))
def crl_lists(world: World, issued: Issued, which: str) -> None:
    crl = x509.load_der_x509_crl(world.ca_side.administration.issue_crl("OldCA"))
    expected = {"none": [], "the first": [issued["OldCA"][0].serial_number]}[which]
    assert [entry.serial_number for entry in crl] == expected


REQUESTS: Mapping[str, Callable[[Issued], dict[str, Any]]] = {
    "alice's first certificate": lambda held: named(held["alice"][0]),
    "alice's first certificate, naming alice too": lambda held: named(held["alice"][0]) | {"username": "alice"},
    "alice's first certificate, naming bob": lambda held: named(held["alice"][0]) | {"username": "bob"},
    "all certificates of the holder of alice's first certificate": lambda held: (
        named(held["alice"][0]) | {"revoke_all": True}
    ),
    "the holder of alice's first certificate, with all certificates": lambda held: (
        named(held["alice"][0]) | {"revoke_user": True}
    ),
    "all certificates of bob, by alice's first certificate": lambda held: (
        named(held["alice"][0]) | {"username": "bob", "revoke_all": True}
    ),
    "all certificates of alice": lambda _: {"username": "alice", "revoke_all": True},
    "all certificates of alice and alice": lambda _: {"username": "alice", "revoke_user": True},
    "all certificates of carol": lambda _: {"username": "carol", "revoke_all": True},
    "all certificates of mallory": lambda _: {"username": "mallory", "revoke_all": True},
    "OldCA's first certificate": lambda held: named(held["OldCA"][0]),
    "OldCA's first certificate, naming nobody": lambda held: named(held["OldCA"][0]) | {"username": ""},
    "all certificates of the holder of OldCA's first certificate": lambda held: (
        named(held["OldCA"][0]) | {"revoke_all": True}
    ),
    "all certificates of nobody": lambda _: {"username": "", "revoke_all": True},
    "nothing that is named": lambda _: {},
    "a serial number without an issuer": lambda _: {"certificate_sn": "7"},
    "a username alone": lambda _: {"username": "alice"},
    "a certificate that does not exist": lambda held: named(held["alice"][0]) | {"certificate_sn": "7"},
    "a certificate of a CA that does not exist": lambda held: named(held["alice"][0]) | {"issuer_dn": "CN=No CA"},
    "a certificate whose issuer cannot be read": lambda held: named(held["alice"][0]) | {"issuer_dn": "nobody"},
}


REASONS = {
    "": RevocationReason.UNSPECIFIED,
    "certificateHold": RevocationReason.CERTIFICATE_HOLD,
    "removeFromCRL": RevocationReason.REMOVE_FROM_CRL,
    "the unused reason code 7": 7,
    "the reason code 11": 11,
}


@when(parsers.parse("the RA asks to revoke {what}"))
def ask(world: World, issued: Issued, what: str) -> None:
    what, _, reason = what.partition(", for ")
    world.send(RevocationRequest(request_id=9, reason=REASONS[reason], **REQUESTS[what](issued)))


@then("the request succeeded")
def succeeded(world: World) -> None:
    assert only(world).content.response == RevocationResponse(request_id=9, success=True)


@then(parsers.parse("alice's certificates are {first} and {second}, bob's is {third}"))
def standings(world: World, issued: Issued, first: str, second: str, third: str) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        found = {facts.fingerprint: facts.standing for name in issued for facts in work.certificates.of(name)}
    certificates = [*issued["alice"], *issued["bob"]]
    assert [found[fingerprint(certificate)] for certificate in certificates] == [first, second, third]


@then(parsers.parse('the end entity "{name}" is {status}'))
def end_entity_is(world: World, name: str, status: str) -> None:
    end_entity = world.end_entity(name)
    assert end_entity is not None
    assert end_entity.status.name == status


def fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
