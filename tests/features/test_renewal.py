"""Steps of renewal.feature."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import ATTRIBUTE_OIDS, parse_dn
from lockgate.requests.submessages import PKCS10Response, RenewalRequest
from lockgate.requests.submessages.base import CHALLENGE_PASSWORD
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.inspection import CertificateQuery, Inspection, Page
from tests.features.steps.preconditions import unproven_keys
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.old_keys import certify_unproven, compromise_another, condemn, keep
from tests.support.scenarios.world import World, only
from tests.support.wire import cms_objects
from tests.support.wire.scep_client import (
    AES128,
    AES256,
    CERT_POLL,
    CIPHERS,
    DES,
    PKCS_REQ,
    RENEWAL_REQ,
    TRIPLE_DES,
    Device,
)

scenarios("renewal.feature")

OLD, NEW, OTHER = 22, 23, 24
KEY = bytes(range(32))
RENEWAL = "2.25.214132289274502730865914408422713446069"
REQUEST = "2.25.56974232683914660837429714233346510472"
DATA = "1.2.840.113549.1.7.1"


@dataclass
class Renewal:
    """A renewal about to be handed on; twists change it."""

    current: Identity
    signer: Identity
    request: bytes = field(default_factory=lambda: pkcs10(rsa_key(NEW)))
    message_type: str = RENEWAL_REQ
    digest: str = "sha256"
    cipher: str = AES256
    tampered: bool = False
    opens: bytes | None = None
    garbage: bool = False
    content_type: str | None = None
    in_pieces: bool = False

    def handed_on(self, ra: Identity) -> RenewalRequest:
        """As the RA asks for it."""
        message, key = self._scep(ra) if self.content_type is None else (self._signed_data(self.content_type), None)
        return RenewalRequest(
            request_id=7,
            certificate=self.current.certificate.public_bytes(Encoding.DER),
            signed_message=b"garbage" if self.garbage else message,
            content_key=self.opens or key,
        )

    def _scep(self, ra: Identity) -> tuple[bytes, bytes]:
        """A pkiMessage, and the key that opens it."""
        device = Device(key=self.signer.key, server=ra.certificate, digest=self.digest, cipher=self.cipher)
        key = KEY[: CIPHERS.get(self.cipher, CIPHERS[AES128])[1]]
        envelope = device.enveloped(self.request, key=key)
        message = device.signed(
            self.message_type, envelope, certificate=self.signer.certificate, tampered=self.tampered
        )
        return message, key

    def _signed_data(self, content_type: str) -> bytes:
        assert isinstance(self.signer.key, rsa.RSAPrivateKey)
        signer = cms_objects.Identity(self.signer.certificate, self.signer.key)
        info = cms_objects.signer_info(self.request, content_type, signer, self.digest)
        message = cms_objects.signed_data(self.request, content_type, [info], [signer], self.digest)
        message = message[:-1] + bytes((message[-1] ^ self.tampered,))  # the signature is what stands last
        return cms_objects.content_in_pieces(message, CHALLENGE_PASSWORD) if self.in_pieces else message


@pytest.fixture
def renewals() -> list[Renewal]:
    """What "router" has signed."""
    return []


def enrolled(world: World, name: str, key: rsa.RSAPrivateKey) -> Identity:
    world.send(world.request(name, pkcs10=pkcs10(key)))
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.certificate is not None
    return Identity(x509.load_der_x509_certificate(response.certificate), key)


def revoke(reason: RevocationReason) -> Callable[[World, Renewal], None]:
    return lambda world, its: world.ca_side.revoke(its.current, reason)


def expire(world: World, its: Renewal) -> None:
    """Let the CA know a certificate that has ended as what it issued."""
    issuer, now = world.ca_side.authority, datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(its.current.certificate.subject)
        .issuer_name(its.current.certificate.issuer)
        .public_key(its.current.key.public_key())
        .serial_number(its.current.certificate.serial_number)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
    )
    its.current = world.ca_side.replace_certificate(its.current, builder.sign(issuer.key, hashes.SHA256()))
    its.signer = its.current


def foreign(world: World, its: Renewal) -> None:
    """A certificate like the end entity's, by another CA of the same name."""
    its.current = its.signer = other_authority().issue("router", its.current.key, "digital_signature")


def set_status(world: World, its: Renewal) -> None:
    world.ca_side.administration.edit_end_entity("router", lambda one: replace(one, status=EndEntityStatus.REVOKED))


def change(**fields: object) -> Callable[[World, Renewal], None]:
    def apply(_: World, its: Renewal) -> None:
        for name, value in fields.items():
            setattr(its, name, value)

    return apply


def signed_by_ra(world: World, its: Renewal) -> None:
    its.signer = world.ra


def signed_by_ra_with_sha1(world: World, its: Renewal) -> None:
    its.signer, its.digest = world.ra, "sha1"


def signed_by_other(world: World, its: Renewal) -> None:
    world.grant("/")
    its.signer = enrolled(world, "other", rsa_key(OTHER))


def signed_by_other_in_pkcs_req(world: World, its: Renewal) -> None:
    signed_by_other(world, its)
    its.message_type = PKCS_REQ


def ask_for(renewal: Renewal, name: x509.Name) -> None:
    """In a PKCSReq for the new key."""
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(rsa_key(NEW), hashes.SHA256())
    renewal.request, renewal.message_type = request.public_bytes(Encoding.DER), PKCS_REQ


def written(name: str) -> x509.Name:
    rdns = parse_dn(name).in_encoded_order()
    kinds = {kind: x509.ObjectIdentifier(oid) for kind, oid in ATTRIBUTE_OIDS.items()}
    return x509.Name(
        x509.RelativeDistinguishedName(x509.NameAttribute(kinds[one.name], one.value) for one in rdn) for rdn in rdns
    )


def another_key(world: World, renewal: Renewal) -> None:
    renewal.request = pkcs10(enrolled(world, "other", rsa_key(OTHER)).key)


TWISTS: Mapping[str, Callable[[World, Renewal], None]] = {
    "the RA itself has signed it": signed_by_ra,
    "another end entity has signed it": signed_by_other,
    "the signature was changed": change(tampered=True),
    "it is signed with SHA-1": change(digest="sha1"),
    "it is signed with MD5": change(digest="md5"),
    "it is encrypted with triple DES": change(cipher=TRIPLE_DES),
    "it is encrypted with single DES": change(cipher=DES),
    "the PKCS10 is signed with SHA-1": change(request=pkcs10(rsa_key(NEW), digest="sha1")),
    "the PKCS10 is signed with MD5": change(request=pkcs10(rsa_key(NEW), digest="md5")),
    "everything in it is of an old device": change(
        digest="sha1", cipher=TRIPLE_DES, request=pkcs10(rsa_key(NEW), digest="sha1")
    ),
    "the RA itself has signed it, with SHA-1": signed_by_ra_with_sha1,
    "another end entity has signed it, in a PKCSReq": signed_by_other_in_pkcs_req,
    "it is a PKCSReq for the same name": lambda _, renewal: ask_for(renewal, renewal.current.certificate.subject),
    "the new key is that of another end entity": another_key,
    "it is a CertPoll": change(message_type=CERT_POLL),
    "another key opens it": change(opens=KEY[::-1]),
    "a key of another length opens it": change(opens=KEY[:16]),
    "it is garbage": change(garbage=True),
    "the PKCS10 is not signed by its own key": change(request=pkcs10(rsa_key(NEW), signed_by=rsa_key(OTHER))),
    "the new key is too small": change(request=pkcs10(rsa_key(42, 1024))),
    "the new key is the old one": change(request=pkcs10(rsa_key(OLD))),
    "the certificate is revoked": revoke(RevocationReason.SUPERSEDED),
    "the certificate is on hold": revoke(RevocationReason.CERTIFICATE_HOLD),
    "the certificate has expired": expire,
    "the CA keeps the key, with another certificate": lambda world, _: keep(world, "router", rsa_key(OLD)),
    "the key is condemned": lambda world, its: condemn(world, its.current.der),
    "the key was revoked as compromised in another certificate": lambda world, _: compromise_another(
        world, "router", rsa_key(OLD)
    ),
    "the certificate was not issued here": foreign,
    "the end entity is revoked": set_status,
    "it is signed as a request": change(content_type=REQUEST),
    "it is signed as plain data": change(content_type=DATA),
}


@given('"router" has a certificate for its key')
def router(world: World, renewals: list[Renewal]) -> None:
    identity = enrolled(world, "router", rsa_key(OLD))
    renewals.append(Renewal(identity, identity))


@given('"router" signs the PKCS10 of its new key in SignedData')
def in_signed_data(renewals: list[Renewal]) -> None:
    renewals[0].content_type = RENEWAL


@given(parsers.parse('certificates of "{name}" can be renewed for the key that they have'))
def same_key(world: World, name: str) -> None:
    profile = msgspec.structs.replace(CERTIFICATE_PROFILES[name], renewal_same_key=True)
    world.ca_side.administration.put_profile(name, profile)


@given(parsers.parse('the stored name of "router" is now "{name}"'))
def stored_name(world: World, name: str) -> None:
    world.ca_side.administration.edit_end_entity("router", lambda one: replace(one, subject_dn=parse_dn(name)))


@when(
    parsers.re(
        'the RA hands on the renewal that "router" has signed, but it is a PKCSReq for the name "(?P<asked>[^"]*)"'
    )
)
def hand_on_named(world: World, renewals: list[Renewal], asked: str) -> None:
    ask_for(renewals[0], written(asked))
    world.send(renewals[0].handed_on(world.ra))


@given('"mallory" has a certificate for the new key without having shown possession')
def unproven_certificate(world: World) -> None:
    unproven_keys(world, "ENDUSER")
    certify_unproven(world, "mallory", rsa_key(NEW))


@when('the RA hands on the latest renewal that "router" has signed')
def hand_on_latest(world: World, renewals: list[Renewal]) -> None:
    world.send(renewals[-1].handed_on(world.ra))


@then("the new key is certified for nobody")
def new_key_uncertified(world: World) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        assert work.certificates.on_key(work.keys.identity(spki(rsa_key(NEW)))) == []


@when('the RA hands on the renewal that "router" has signed')
@when("the RA hands on the same renewal again")
def hand_on(world: World, renewals: list[Renewal]) -> None:
    world.send(renewals[0].handed_on(world.ra))


@when('the RA hands on the renewal that "router" has signed, with a challenge password and without encryption')
def hand_on_password_in_clear(world: World, renewals: list[Renewal]) -> None:
    renewals[0].request = pkcs10(rsa_key(NEW), challenge="a password that stays secret")
    hand_on_in_clear(world, renewals)


HIDDEN: Mapping[str, Callable[[Renewal], None]] = {
    "as PEM": lambda renewal: setattr(renewal, "request", as_pem(renewal.request)),
    "in pieces": lambda renewal: setattr(renewal, "in_pieces", True),
}


@when(
    parsers.parse(
        'the RA hands on the renewal that "router" has signed, with a challenge password in a PKCS10 {hidden}'
        " and without encryption"
    )
)
def hand_on_hidden_password(world: World, renewals: list[Renewal], hidden: str) -> None:
    renewals[0].request = pkcs10(rsa_key(NEW), challenge="a password that stays secret")
    HIDDEN[hidden](renewals[0])
    assert not renewals[0].handed_on(world.ra).carries_secret()
    world.send(renewals[0].handed_on(world.ra), protection="signed")


def as_pem(request: bytes) -> bytes:
    return x509.load_der_x509_csr(request).public_bytes(Encoding.PEM)


@when('the RA hands on the renewal that "router" has signed, without encryption')
def hand_on_in_clear(world: World, renewals: list[Renewal]) -> None:
    draft = world.draft(encrypt=False)
    draft.change(request=renewals[0].handed_on(world.ra))
    world.put_draft(draft)


@when(
    parsers.re(
        r'the RA hands on the renewal that "router" has signed, but (?P<twist>(?!it is a PKCSReq for the name).*)'
    )
)
def hand_on_twisted(world: World, renewals: list[Renewal], twist: str) -> None:
    TWISTS[twist](world, renewals[0])
    world.send(renewals[0].handed_on(world.ra))


@then(parsers.re(r'"router" has (?P<count>\d) certificates?(, the last one for the (?P<which>new|old) key)?'))
def certificates(world: World, count: str, which: str | None) -> None:
    found = Inspection(world.ca_side.engine).certificates(CertificateQuery(exact_username="router"), Page()).items
    assert len(found) == int(count)
    if which:
        newest = x509.load_der_x509_certificate(max(found, key=lambda its: its.sequence).certificate)
        assert newest.public_key() == rsa_key(NEW if which == "new" else OLD).public_key()
        assert newest.subject.rfc4514_string() == "CN=router,O=Example,C=SE"
        assert newest.signature_hash_algorithm is not None
        assert newest.signature_hash_algorithm.name == "sha256"
