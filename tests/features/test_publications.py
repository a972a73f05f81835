"""Steps of publications.feature."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    GetCertRequest,
    GetCertResponse,
    GetCRLRequest,
    GetCRLResponse,
    GetNextCACertRequest,
    GetNextCACertResponse,
    PKCS10Response,
    Request,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.announcements import announced
from tests.support.scenarios.found_answers import certificates_in
from tests.support.scenarios.world import CA, World, only

scenarios("publications.feature")

DER = Encoding.DER
Certificates = dict[str, x509.Certificate]
CrlList = list[bytes]


@pytest.fixture
def certificates() -> Certificates:
    """End entities' certificates, by username."""
    return {}


@pytest.fixture
def crls() -> CrlList:
    """What ManagementCA has issued."""
    return []


REQUESTS: Mapping[str, Callable[[str, str], Request]] = {
    "alice's certificate": lambda dn, sn: GetCertRequest(request_id=7, issuer_dn=dn, certificate_sn=sn),
    "a certificate that does not exist": lambda dn, _: GetCertRequest(request_id=7, issuer_dn=dn, certificate_sn="7"),
    "OtherCA's certificate with the serial number of alice's": lambda _, sn: GetCertRequest(
        request_id=7, issuer_dn="CN=Other CA", certificate_sn=sn
    ),
    "the certificate of OtherCA with that serial number": lambda _, sn: GetCertRequest(
        request_id=7, issuer_dn="CN=Other CA", certificate_sn=sn
    ),
    "a certificate whose issuer cannot be read": lambda _, sn: GetCertRequest(
        request_id=7, issuer_dn="nobody", certificate_sn=sn
    ),
    "the CRL for alice's certificate": lambda dn, sn: GetCRLRequest(request_id=7, issuer_dn=dn, certificate_sn=sn),
    "the CRL for a certificate of another CA": lambda _, sn: GetCRLRequest(
        request_id=7, issuer_dn="CN=Other CA", certificate_sn=sn
    ),
    "the next certificate of ManagementCA": lambda _dn, _sn: GetNextCACertRequest(request_id=7, ca_name=CA),
    "the next certificate of NoCA": lambda _dn, _sn: GetNextCACertRequest(request_id=7, ca_name="NoCA"),
}


@given(parsers.parse('"{name}" has a certificate'))
def enrolled(world: World, certificates: Certificates, name: str) -> None:
    world.send(world.request(name))
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.certificate is not None
    certificates[name] = x509.load_der_x509_certificate(response.certificate)


@given(parsers.parse("{name}'s certificate is revoked"))
def revoked(world: World, certificates: Certificates, name: str) -> None:
    fingerprint = hashlib.sha256(certificates[name].public_bytes(DER)).hexdigest()
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=fingerprint)


@given('OtherCA has issued a certificate for "bob" with the serial number of alice\'s')
def same_number(world: World, certificates: Certificates) -> None:
    profile = dataclasses.replace(CERTIFICATE_PROFILES["ENDUSER"], chosen_serial_number=True)
    world.ca_side.administration.put_profile("ENDUSER", profile)
    request = CertificateRequestRequest(
        request_id=7,
        username="bob",
        subject_dn="CN=bob",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="OtherCA",
        request_type="PKCS10",
        request_data=pkcs10(rsa_key(22)),
        create_or_edit_user=True,
        certificate_serial_number=f"{certificates['alice'].serial_number:x}",
    )
    world.send(request)
    world.run_worker()
    (certificates["bob"],) = certificates_in(only(world).content.response)
    assert certificates["bob"].serial_number == certificates["alice"].serial_number


@given("ManagementCA has issued two CRLs")
def issue_crls(world: World, crls: CrlList) -> None:
    crls += [world.ca_side.administration.issue_crl(CA) for _ in range(2)]


@given("a next certificate of ManagementCA is announced")
def prepared(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)


@given("a next certificate of ManagementCA has taken over")
def taken_over(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)
    world.ca_side.administration.activate_rollover(CA)


@given("ManagementCA has issued a CRL with each of its keys")
def issue_crl_of_each_generation(world: World, crls: CrlList) -> None:
    crls += [world.ca_side.administration.issue_crl(CA, generation=number) for number in (1, 2)]


@when(parsers.parse("the RA asks for {what}"))
def ask(world: World, certificates: Certificates, what: str) -> None:
    alice = certificates["alice"]
    world.send(REQUESTS[what](alice.issuer.rfc4514_string(), f"{alice.serial_number:x}"))


@then(parsers.re("it gets (?P<name>alice|bob)'s certificate$"))
def gets_certificate(world: World, certificates: Certificates, name: str) -> None:
    response = only(world).content.response
    assert isinstance(response, GetCertResponse)
    assert response.certificate == certificates[name].public_bytes(DER)


@then("it gets the announced certificate, signed by ManagementCA's current key")
def gets_announcement(world: World) -> None:
    response = only(world).content.response
    assert isinstance(response, GetNextCACertResponse)
    assert response.signed_certificates is not None
    current = x509.load_der_x509_certificate(world.ca_side.certificate(CA))
    following = world.ca_side.inspection.next_generation(CA)
    assert following is not None
    assert announced(response.signed_certificates, current).public_bytes(DER) == following.certificate


@then("it gets the CRL that the key behind alice's certificate has signed")
def gets_old_generations_crl(world: World, certificates: Certificates, crls: CrlList) -> None:
    response = only(world).content.response
    assert isinstance(response, GetCRLResponse)
    assert response.crl == crls[0]
    assert response.crl is not None
    crl = x509.load_der_x509_crl(response.crl)
    assert crl.is_signature_valid(world.ca_side.authority.key.public_key())
    assert crl.get_revoked_certificate_by_serial_number(certificates["alice"].serial_number) is not None


@then("it gets the second CRL, on which alice's certificate stands")
def gets_crl(world: World, certificates: Certificates, crls: CrlList) -> None:
    response = only(world).content.response
    assert isinstance(response, GetCRLResponse)
    assert response.crl == crls[1]
    listed = x509.load_der_x509_crl(crls[1]).get_revoked_certificate_by_serial_number(
        certificates["alice"].serial_number
    )
    assert listed is not None
