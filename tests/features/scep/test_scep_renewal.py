"""Steps of scep_renewal.feature."""

import dataclasses

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.enrolment.outcome import Refused
from lockgate.reasons import Reason
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_transport.scep.failures import failure
from lockgate_transport.scep.vocabulary import FailInfo
from tests.features.steps.scep_outcomes import FAIL_INFOS, rows
from tests.features.steps.scep_requests import asks_with_key, polls, renewing, renews, time_passes
from tests.support.pki.identities import Identity, name, rsa_key
from tests.support.scenarios.announcements import announced
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.scep_site import CHALLENGE, KEYS, Site
from tests.support.scenarios.world import CA
from tests.support.wire.scep_names import ANY_NAME, NAMES
from tests.support.wire.scep_values import FAILURE, GET_CERT, GET_CRL, PKCS_REQ, RENEWAL_REQ

scenarios("scep_renewal.feature")


@given(
    parsers.re('the device "router" with (?P<key>an? [\\w-]+) key has a certificate, got with "(?P<challenge>\\w+)"')
)
def has_certificate_for(site: Site, key: str, challenge: str) -> None:
    asks_with_key(site, "router", key, challenge)
    site.world.run_worker()
    polls(site, "router")
    site.certificates["router"] = x509.load_der_x509_certificate(site.received[-1][0])


@given("that certificate is revoked")
def revoked(site: Site) -> None:
    site.world.ca_side.revoke(Identity(site.certificates["router"], rsa_key(81)), RevocationReason.SUPERSEDED)


@given("the CA has issued a CRL")
def crl_issued(site: Site) -> None:
    if CA in site.world.ca_side.signing_here():
        site.world.ca_side.administration.issue_crl(CA)


@when(
    parsers.parse('the device "router" asks for its renewal with a new key, and the challenge password "{challenge}"')
)
def renews_with(site: Site, challenge: str) -> None:
    site.device("router", challenge=challenge)
    renews(site, "its renewal with a new key")


@when('the device "router" asks for its renewal with a new key, in a PKCSReq without a challenge password')
def renews_as_before(site: Site) -> None:
    device = renewing(site, "router")
    request = device.with_(key=KEYS["a new key"](), challenge=None).request
    site.send(device, device.message(PKCS_REQ, request, certificate=site.certificates["router"]))


@when('the device "router" asks for the name "gateway" and a new key, in a PKCSReq')
def enrols_another(site: Site) -> None:
    device = renewing(site, "router").with_(name="gateway")
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(PKCS_REQ, request, certificate=site.certificates["router"]))


@given(parsers.re(f'the device "router" has a certificate for (?P<name>{ANY_NAME}), got with "(?P<challenge>[^"]+)"'))
def has_certificate_named(site: Site, name: str, challenge: str) -> None:
    device = site.device("router", challenge=challenge, **NAMES[name])
    site.send(device, device.pkcs_req())
    site.world.run_worker()
    site.send(device, device.cert_poll())
    site.certificates["router"] = x509.load_der_x509_certificate(site.received[-1][0])


@given(parsers.parse('certificates of "{name}" can be renewed for the key that they have'))
def same_key(site: Site, name: str) -> None:
    profile = dataclasses.replace(CERTIFICATE_PROFILES[name], renewal_same_key=True)
    site.world.ca_side.administration.put_profile(name, profile)


AGAIN = {
    "a RenewalReq": (RENEWAL_REQ, "", None),
    "a PKCSReq": (PKCS_REQ, "-renewal", None),
    "a PKCSReq, under the id of its first request": (PKCS_REQ, "", None),
    "its first PKCSReq, signed with the certificate": (PKCS_REQ, "", CHALLENGE),
}


@when(parsers.re(f'the device "router" asks for its own key again, in (?P<message>{"|".join(AGAIN)})'))
def asks_as_holder(site: Site, message: str) -> None:
    """With the certificate that it was given last."""
    kind, suffix, challenge = AGAIN[message]
    received = [received[0] for received in site.received if received]
    site.certificates["router"] = x509.load_der_x509_certificate(received[-1])
    first = site.device("router")
    device = first.with_(transaction_id=f"{first.transaction_id}{suffix}", challenge=challenge)
    site.send(device, device.message(kind, device.request, certificate=site.certificates["router"]))


@when('the device "router" goes on with its new key and certificate')
def goes_on(site: Site) -> None:
    site.device("router", key=KEYS["a new key"]())
    site.certificates["router"] = x509.load_der_x509_certificate(site.received[-1][0])


@when(parsers.parse('the device "{name}" asks for its own key again, under the id of that renewal'))
def asks_under_that_id(site: Site, name: str) -> None:
    device = site.device(name).with_(transaction_id=renewing(site, "router").transaction_id)
    site.send(device, device.message(PKCS_REQ, device.request, certificate=site.certificates[name]))


@when('the device "router" polls for that renewal')
def polls_for_that(site: Site) -> None:
    device = site.asked[-1]
    site.send(device, device.cert_poll(certificate=site.certificates["router"]))


@then("it is another one than before")
def another_certificate(site: Site) -> None:
    issued = [received[0] for received in site.received if received]
    assert len(set(issued)) == len(issued) >= 2


@when(
    parsers.re(
        'the device "intruder" with (?P<whose>a self-signed|another CA\'s) certificate asks for a renewal'
        "(?P<before>, in a PKCSReq)?"
    )
)
def renews_without(site: Site, whose: str, before: str | None) -> None:
    device = site.device("intruder")
    foreign = other_authority().issue("router", rsa_key(83)).certificate
    certificate = None if whose == "a self-signed" else foreign
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(PKCS_REQ if before else RENEWAL_REQ, request, certificate=certificate))


SERIAL_NUMBERS = {"0": 0, "-1": -1, "of 21 octets": 2**159, "of 60,000 octets": 1 << (8 * 60_000 - 2)}


@when(parsers.parse('the device "router" asks for a {what} with the serial number {number}'))
def queries_number(site: Site, what: str, number: str) -> None:
    site.known = rows(site.world)
    device = site.device("router").with_(transaction_id="a serial number")
    kind = GET_CRL if what == "CRL" else GET_CERT
    site.send(
        device, device.identify(kind, site.issuer, SERIAL_NUMBERS[number], certificate=site.certificates["router"])
    )


@then("the message database holds nothing new")
def holds_nothing_new(site: Site) -> None:
    assert rows(site.world) == site.known


@when(parsers.re('the device "router" asks for a (?P<what>certificate|CRL) of another CA with its own serial number'))
def ask_another_ca(site: Site, what: str) -> None:
    site.known = rows(site.world)
    device, own = site.device("router"), site.certificates["router"]
    kind, issuer = GET_CERT if what == "certificate" else GET_CRL, name("Other CA").public_bytes()
    site.send(device, device.identify(kind, issuer, own.serial_number, certificate=own))


@when("half an hour has passed, and the CA has announced its next certificate")
def prepared(site: Site) -> None:
    time_passes(site, "31", "minutes")
    site.world.ca_side.administration.prepare_rollover(CA)


@then("it is refused as badRequest, because its certificate's standing does not allow it")
def wrong_standing(site: Site) -> None:
    assert (site.answer.status, site.answer.fail_info) == (FAILURE, "2")
    assert site.answer.text.startswith("The certificate's standing does not allow this.")


@then("it gets the CA's CRL")
def gets_crl(site: Site) -> None:
    (crl,) = site.crls[-1]
    read, key = x509.load_der_x509_crl(crl), site.world.ca_side.authority.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert read.is_signature_valid(key)


@then(parsers.parse('it gets a refusal, badCertId: "{sentence}"'))
def gets_refusal(site: Site, sentence: str) -> None:
    assert (site.answer.status, site.answer.fail_info) == (FAILURE, FAIL_INFOS["badCertId"])
    assert site.answer.text.startswith(sentence)


@then("the server answers that the CA has announced no next certificate")
def none_announced(site: Site) -> None:
    found = site.server().next_ca_certificates("192.0.2.1")
    assert found == Refused(Reason.NO_NEXT_CA_CERTIFICATE, "The CA has announced no next certificate.")
    assert failure(found).fail_info is FailInfo.BAD_REQUEST


@then("the server hands on the CA's next certificate, signed with the CA's current key")
def next_handed_on(site: Site) -> None:
    found = site.server().next_ca_certificates("192.0.2.1")
    assert isinstance(found, bytes)
    current = x509.load_der_x509_certificate(site.world.ca_side.certificate(CA))
    following = site.world.ca_side.inspection.next_generation(CA)
    assert following is not None
    assert announced(found, current).public_bytes(Encoding.DER) == following.certificate
