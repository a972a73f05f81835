"""Steps of cmp_encrypted_certificates.feature."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.certification.usages import KeyUsage
from lockgate.names.keyspec import KeyKind
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_formats.cmp.contents import CertificateResponse
from lockgate_formats.cmp.crmf import encrypted_certificate_possession
from lockgate_formats.cmp.key_delivery import open_certificate
from lockgate_formats.cmp.vocabulary import PkiStatus
from tests.features.steps.cmp_clients import with_protection
from tests.features.steps.cmp_outcomes import standing_of
from tests.features.steps.cmp_remote import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.support.pki.identities import Key, ec_key, rsa_key
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import CA
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, REJECTED, confirmed

scenarios("cmp_encrypted_certificates.feature")

KEY = rsa_key(95)
KINDS = frozenset[KeyKind]({"RSA", "P-256", "Ed25519"})
ENCRYPTING = replace(
    CERTIFICATE_PROFILES["ENDUSER"],
    key_usage=frozenset({"keyEncipherment", "keyAgreement"}),
    key_types=KINDS,
    distinct_keys=True,
)


@when(parsers.re('the alias "client" sends (?P<which>no certificate) encrypted'))
@given(parsers.re('the alias "client" sends (?P<which>certificates|no certificate) encrypted'))
def sends_encrypted(site: CmpSite, which: str) -> None:
    site.configure("client", encrypted_certificates=which == "certificates")
    site.world.ca_side.administration.put_profile("ENDUSER", ENCRYPTING)


@given('the client "router" with a one-time password and an RSA key that only encrypts')
def router(site: CmpSite) -> None:
    with_protection(site, "router", "a one-time password")
    site.client("router", key=KEY)


KEYS: Mapping[str, Callable[[], object]] = {
    "an RSA key": lambda: KEY,
    "an EC key": lambda: ec_key(95),
    "an Ed25519 key": lambda: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
}


@given(parsers.parse("the key is {key}"))
def has_key(site: CmpSite, key: str) -> None:
    site.client("router", key=KEYS[key]())


@given("the certificate profile allows signatures")
def allows_signatures(site: CmpSite) -> None:
    usages = frozenset[KeyUsage]({"keyEncipherment", "digitalSignature"})
    profile = replace(ENCRYPTING, key_usage=usages, unproven_keys=True)
    site.world.ca_side.administration.put_profile("ENDUSER", profile)


@given('"gateway" has the key that "router" asks a certificate for')
def gateway(site: CmpSite) -> None:
    site.client("gateway", key=KEY)


# ---- what is sent


@when(parsers.re("it asks for a certificate that only it can read(?P<implicit>, with implicit confirmation)?$"))
def asks(site: CmpSite, implicit: str | None) -> None:
    client = site.client("router")
    message = client.cert_req_msg(possession=encrypted_certificate_possession())
    infos = [IMPLICIT_CONFIRM] if implicit else []
    site.send("router", client.request(message, infos=infos, time=site.now))


def encrypted(site: CmpSite) -> CertificateResponse:
    """What the CA has sent."""
    sent = (response for answer in site.answers if answer for response in answer.responses)
    return next(response for response in sent if response.encrypted_certificate)


def decrypted(site: CmpSite) -> x509.Certificate:
    """The certificate, as the client reads it."""
    key = site.client("router").key
    assert isinstance(key, Key)
    found = open_certificate(encrypted(site).encrypted_certificate or b"", key)
    return x509.load_der_x509_certificate(found)


@when(parsers.re("it decrypts the certificate and (?P<what>confirms|rejects) it"))
def answers(site: CmpSite, what: str) -> None:
    confirm(site, decrypted(site).public_bytes(Encoding.DER), rejects=what == "rejects")


@when(parsers.re("it confirms (?P<what>what it has got, encrypted|another certificate)"))
def guesses(site: CmpSite, what: str) -> None:
    other = site.world.ca_side.authority.der
    got = encrypted(site).encrypted_certificate or b""
    confirm(site, other, guess=None if what == "another certificate" else hashlib.sha256(got).digest())


def confirm(site: CmpSite, certificate: bytes, *, rejects: bool = False, guess: bytes | None = None) -> None:
    status = confirmed(certificate, status=REJECTED if rejects else None)
    if guess is not None:
        status = replace(status, certificate_hash=guess)
    nonce = site.heard["router"].header.sender_nonce
    site.send("router", site.client("router").confirmation(nonce, status, time=site.now))


@when("its key is compromised")
def compromised(site: CmpSite) -> None:
    """Somebody else who has it tells the CA so."""
    site.send("gateway", site.client("gateway", key=KEY).request(time=site.now))
    (certificate,) = site.answer.certificates
    serial = x509.load_der_x509_certificate(certificate).serial_number
    site.world.ca_side.administration.revoke(RevocationReason.KEY_COMPROMISE, ca_name=CA, serial_number=serial)


@when('the client "gateway" asks for a certificate for its own key')
def gateway_asks(site: CmpSite) -> None:
    site.send("gateway", site.client("gateway").request(infos=[IMPLICIT_CONFIRM], time=site.now))


# ---- what came of it


@then("the answer holds the certificate encrypted, and not in clear")
def only_encrypted(site: CmpSite) -> None:
    response, read = encrypted(site), decrypted(site)
    assert response.status.status in (PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS)
    assert response.certificate is None
    assert read.public_bytes(Encoding.DER) not in site.answer.octets
    number = read.serial_number
    assert number.to_bytes((number.bit_length() + 7) // 8, "big") not in site.answer.octets
    issuers = [site.world.ca_side.certificate(ca.name) for ca in site.world.ca_side.inspection.authorities()]
    named = {one.subject: one for one in map(x509.load_der_x509_certificate, issuers)}
    read.verify_directly_issued_by(named[read.issuer])


@then("the CA waits for the confirmation")
def waits(site: CmpSite) -> None:
    assert not site.answer.header.implicit_confirm
    assert site.answer.header.confirm_wait_time


@then(parsers.re("possession of its key is (?P<possession>awaited|proven)"))
def possession_is(site: CmpSite, possession: str) -> None:
    assert site.world.ca_side.column("select possession from certificate where username = 'router'") == [possession]


@then(parsers.re("its certificate is (?P<standing>good|revoked)"))
def stands(site: CmpSite, standing: str) -> None:
    assert standing_of(site, decrypted(site)) == standing


@then("it gets a certificate")
def gets(site: CmpSite) -> None:
    assert len(site.answer.certificates) == 1, site.answer.statuses
