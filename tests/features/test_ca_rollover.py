"""Steps of ca_rollover.feature."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.administration.authorities import CaStatus, GenerationListing
from lockgate.administration.listings import CertificateQuery
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Unavailable
from lockgate.queue.message import MessageStatus
from lockgate.requests.submessages import PKCS10Response
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.inspection import Inspection
from tests.features.steps.administration import attempted
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.world import CA, RA_RIGHTS, World, only

scenarios("ca_rollover.feature")


@dataclass
class Certificates:
    """What was issued, by username, and the next certificate that was prepared last."""

    issued: dict[str, x509.Certificate] = field(default_factory=dict)
    next: str = ""


@pytest.fixture
def held() -> Certificates:
    return Certificates()


def generation(world: World, number: int) -> GenerationListing:
    (found,) = (outline for outline in world.ca_side.inspection.generations(CA) if outline.number == number)
    return found


def authority(world: World, number: int) -> x509.Certificate:
    return x509.load_der_x509_certificate(generation(world, number).certificate)


def certificate_of(world: World, held: Certificates, name: str) -> x509.Certificate:
    """The one that the last answer holds, unless an earlier one is known."""
    if name not in held.issued:
        response = only(world).content.response
        assert isinstance(response, PKCS10Response), response
        assert response.certificate is not None, response
        held.issued[name] = x509.load_der_x509_certificate(response.certificate)
    return held.issued[name]


# ---- given


@given("no next certificate")
def none_prepared() -> None:
    """As it is at first."""


@given("a next certificate of ManagementCA")
def one_prepared(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)


@given(parsers.parse('a certificate of "{name}"'))
def issued(world: World, held: Certificates, name: str) -> None:
    world.send(world.request(name))
    world.run_worker()
    certificate_of(world, held, name)


@given("ManagementCA has taken over with key 2")
def taken_over(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)
    world.ca_side.administration.activate_rollover(CA)


@given("the RA has a new keystore")
def new_keystore(world: World) -> None:
    world.ra = world.ca_side.certify("CN=ra", rsa_key(13))
    world.ra.certificate.verify_directly_issued_by(authority(world, 2))
    fingerprint = world.ra.certificate.fingerprint(hashes.SHA256()).hex()
    rules = frozenset(rule.strip() for rule in RA_RIGHTS.split(","))
    world.ca_side.add_role(Role("new RA", rules, frozenset({Member(fingerprint)})))


class Unreachable(Inspection):
    """The CA's database while it is out of reach."""

    def issuer_certificates(self, ca_name: str | None = None) -> Sequence[bytes]:
        raise Unavailable(f"no connection, so nothing is known of {ca_name}")


@given("the CA's certificates cannot be looked up")
def unreachable(world: World) -> None:
    world.replaced["ca.inspection"] = Unreachable(world.ca_side.engine)


# ---- when


@when("the CA's certificates can be looked up again")
def reachable(world: World) -> None:
    del world.replaced["ca.inspection"]


@when("the worker runs in vain")
def run_in_vain(world: World) -> None:
    with pytest.raises(Unavailable):
        world.run_worker()


@when("an administrator prepares the next certificate of ManagementCA")
def prepare(world: World, held: Certificates, refusals: list[str]) -> None:
    attempted(lambda: world.ca_side.administration.prepare_rollover(CA), refusals)
    found = world.ca_side.inspection.next_generation(CA)
    held.next = found.fingerprint if found else ""


@when("an administrator prepares the next certificate of ManagementCA, valid from tomorrow")
def prepare_for_tomorrow(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA, starts=datetime.now(UTC) + timedelta(days=1))


@when("two days pass")
def pass_by(world: World) -> None:
    world.ca_side.hours.pass_by(timedelta(days=2))


@when("an administrator activates the next certificate of ManagementCA")
def activate(world: World, refusals: list[str]) -> None:
    attempted(lambda: world.ca_side.administration.activate_rollover(CA), refusals)


@when("an administrator cancels the next certificate of ManagementCA")
def cancel(world: World) -> None:
    world.ca_side.administration.cancel_rollover(CA)


@when("an administrator switches ManagementCA off")
def switch_off(world: World) -> None:
    world.ca_side.administration.set_ca_status(CA, CaStatus.OFFLINE)


@when("an administrator asks for a CRL by key 2")
def ask_for_crl(world: World, refusals: list[str]) -> None:
    attempted(lambda: world.ca_side.administration.issue_crl(CA, generation=2), refusals)


@when(parsers.parse('an administrator revokes the certificate of "{name}"'))
def revoke(world: World, held: Certificates, name: str) -> None:
    for number in world.ca_side.administration.crl_generations(CA):
        world.ca_side.administration.issue_crl(CA, generation=number)
    fingerprint = held.issued[name].fingerprint(hashes.SHA256()).hex()
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=fingerprint)


@when("an administrator revokes the certificate of the RA")
def revoke_ra(world: World) -> None:
    world.ca_side.revoke(world.ra, RevocationReason.SUPERSEDED)


@when("an administrator revokes the next certificate of ManagementCA")
def revoke_next(world: World, held: Certificates) -> None:
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=held.next)


# ---- then


@then("the message still waits")
def still_waits(world: World) -> None:
    assert world.row().status == MessageStatus.WAITING
    assert world.ca_side.journal() == []


@then(parsers.parse('the certificate of "{name}" is signed by key {number:d} of ManagementCA'))
def signed_by(world: World, held: Certificates, name: str, number: int) -> None:
    certificate_of(world, held, name).verify_directly_issued_by(authority(world, number))


@then(parsers.parse("ManagementCA issues CRLs, one that verifies by each of its keys: {numbers}"))
def crl_keys(world: World, numbers: str) -> None:
    administration, found = world.ca_side.administration, []
    for number in administration.crl_generations(CA):
        crl = x509.load_der_x509_crl(administration.issue_crl(CA, generation=number))
        assert crl.is_signature_valid(authority(world, number).public_key())  # type: ignore[arg-type]
        found.append(str(number))
    assert ", ".join(found) == numbers


@then(
    parsers.parse(
        'the full and delta CRLs by key {number:d} verify by that key alone and list the certificate of "{name}"'
    )
)
def crls_list(world: World, held: Certificates, number: int, name: str) -> None:
    administration = world.ca_side.administration
    key, other = authority(world, number), authority(world, 3 - number)
    for der in (
        administration.issue_delta_crl(CA, generation=number),
        administration.issue_crl(CA, generation=number),
    ):
        assert der is not None
        crl = x509.load_der_x509_crl(der)
        assert crl.is_signature_valid(key.public_key())  # type: ignore[arg-type]
        assert not crl.is_signature_valid(other.public_key())  # type: ignore[arg-type]
        assert [entry.serial_number for entry in crl] == [held.issued[name].serial_number]


@then("the cancelled certificate is revoked, and its key is gone")
def cancelled(world: World, held: Certificates) -> None:
    found = world.ca_side.inspection.certificate(CertificateQuery(fingerprint=held.next))
    assert found.standing is CertificateStanding.REVOKED
    assert [outline.number for outline in world.ca_side.inspection.generations(CA)] == [1]


@then(parsers.parse("the audit log tells of the rollover: {steps}"))
def audited(world: World, steps: str) -> None:
    with world.ca_side.engine.connect() as connection:
        query = text("select details from audit where event = 'ca.rollover' and target = :name order by sequence")
        details = [json.loads(detail) for detail in connection.execute(query, {"name": CA}).scalars()]
    assert ", ".join(detail["step"] for detail in details) == steps
    assert {detail["generation"] for detail in details} == {"2"}
