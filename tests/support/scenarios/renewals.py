"""Renewals that an RA hands on: what the end entity has signed, and how it can be wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import ATTRIBUTE_OIDS, parse_dn
from lockgate.requests.submessages import PKCS10Response, RenewalRequest
from lockgate.requests.submessages.base import CHALLENGE_PASSWORD
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.old_keys import compromise_another, condemn, keep
from tests.support.scenarios.world import World, only
from tests.support.wire import cms_objects
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import AES128, AES256, CERT_POLL, CIPHERS, DES, PKCS_REQ, RENEWAL_REQ, TRIPLE_DES

OLD, NEW, OTHER = 22, 23, 24
KEY = bytes(range(32))
RENEWAL = "2.25.214132289274502730865914408422713446069"
REQUEST = "2.25.56974232683914660837429714233346510472"
DATA = "1.2.840.113549.1.7.1"


@dataclass
class Renewal:
    """A renewal about to be handed on; deviations change it."""

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


def enrolled(world: World, name: str, key: rsa.RSAPrivateKey) -> Identity:
    world.send(world.request(name, pkcs10=pkcs10(key)))
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.certificate is not None
    return Identity(x509.load_der_x509_certificate(response.certificate), key)


def revoke(reason: RevocationReason) -> Callable[[World, Renewal], None]:
    return lambda world, renewal: world.ca_side.revoke(renewal.current, reason)


def expire(world: World, renewal: Renewal) -> None:
    """Let the CA know a certificate that has ended as what it issued."""
    issuer, now = world.ca_side.authority, datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(renewal.current.certificate.subject)
        .issuer_name(renewal.current.certificate.issuer)
        .public_key(renewal.current.key.public_key())
        .serial_number(renewal.current.certificate.serial_number)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
    )
    renewal.current = world.ca_side.replace_certificate(renewal.current, builder.sign(issuer.key, hashes.SHA256()))
    renewal.signer = renewal.current


def foreign(world: World, renewal: Renewal) -> None:
    """A certificate like the end entity's, by another CA of the same name."""
    renewal.current = renewal.signer = other_authority().issue("router", renewal.current.key, "digital_signature")


def set_status(world: World, renewal: Renewal) -> None:
    world.ca_side.administration.edit_end_entity("router", lambda one: replace(one, status=EndEntityStatus.REVOKED))


def change(**fields: object) -> Callable[[World, Renewal], None]:
    def apply(_: World, renewal: Renewal) -> None:
        for name, value in fields.items():
            setattr(renewal, name, value)

    return apply


def signed_by_ra(world: World, renewal: Renewal) -> None:
    renewal.signer = world.ra


def signed_by_ra_with_sha1(world: World, renewal: Renewal) -> None:
    renewal.signer, renewal.digest = world.ra, "sha1"


def signed_by_other(world: World, renewal: Renewal) -> None:
    world.grant("/")
    renewal.signer = enrolled(world, "other", rsa_key(OTHER))


def signed_by_other_in_pkcs_req(world: World, renewal: Renewal) -> None:
    signed_by_other(world, renewal)
    renewal.message_type = PKCS_REQ


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


DEVIATIONS: Mapping[str, Callable[[World, Renewal], None]] = {
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
    "the key is condemned": lambda world, renewal: condemn(world, renewal.current.der),
    "the key was revoked as compromised in another certificate": lambda world, _: compromise_another(
        world, "router", rsa_key(OLD)
    ),
    "the certificate was not issued here": foreign,
    "the end entity is revoked": set_status,
    "it is signed as a request": change(content_type=REQUEST),
    "it is signed as plain data": change(content_type=DATA),
}
