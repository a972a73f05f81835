"""What is inside the envelopes of pkiMessages (RFC 8894, 3.3): read, once it is decrypted (`opening`).

Everything up to a content that fits its message ends in one and the same failure. What strangers can make a reader do
is bounded: sizes before anything is parsed, kinds and sizes of keys before a signature is verified with them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.names.altname import GeneralName
from lockgate.names.dn import DistinguishedName
from lockgate.reasons import Rejected
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.ber import read_either
from lockgate_formats.cms.certificates import PublicKey, usable_key
from lockgate_formats.cms.enveloped import Envelope, UnacceptedCipher, read_enveloped
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable, described
from lockgate_formats.cms.names import ComparableName, comparable
from lockgate_formats.cms.structures import ContentInfo, IssuerAndSubject
from lockgate_formats.names import read_name
from lockgate_formats.requests.pkcs10 import load_pkcs10
from lockgate_formats.requests.pkcs10_octets import require_few_members
from lockgate_formats.requests.requested_names import names_in_pkcs10
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors, warnings_ignored
from lockgate_transport.scep.algorithms import Algorithms

MAX_REQUEST = 16 * 1024
"""Octets in a PKCS#10 at most; with a key of 8192 bits and its signature, 14 KiB are left for names."""
MAX_CHALLENGE = 255
"""Octets in a challenge password at most (RFC 2985, 5.4.1)."""
Content = TypeVar("Content")


class UnacceptedContent(Unreadable):
    """A content that does not belong where it stands, or holds what is not accepted.

    Attributes:
        refusal: which, for the RA's log.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """A PKCS#10 whose signature holds.

    Attributes:
        pkcs10: DER.
        subject: DER.
        name: the same as text, as the device wrote it: perhaps nothing that could be certified.
        alternative_names: a failure where one of them is of a kind that is not used here, or they cannot be read.
        key: SHA-256 over its SubjectPublicKeyInfo, hexadecimal.
        digest: SHA-256 over its CertificationRequestInfo, hexadecimal.
        challenge: the challengePassword (RFC 2985, 5.4.1). A secret.
    """

    pkcs10: bytes = field(repr=False)
    subject: bytes
    name: DistinguishedName
    alternative_names: tuple[GeneralName, ...] | Refused
    key: str
    digest: str
    challenge: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Poll:
    """IssuerAndSubject (RFC 8894, 3.3.3)."""

    issuer: ComparableName
    subject: ComparableName


def read_envelope(content: bytes, algorithms: Algorithms, limits: EnvelopeLimits) -> Envelope:
    """The DER or BER EnvelopedData, still encrypted.

    Raises:
        UnacceptedCipher: its cipher is not among `algorithms`.
        ValueError: it is none.
    """
    return read_either(lambda encoding: _envelope(encoding, algorithms, limits), content)


def _envelope(octets: bytes, algorithms: Algorithms, limits: EnvelopeLimits) -> Envelope:
    info = asn1.decode_der(ContentInfo, octets)
    if info.content_type.dotted_string == oids.AUTH_ENVELOPED_DATA:
        raise UnacceptedCipher("AuthEnvelopedData; RFC 8894, 3.5.2, knows AES-CBC")
    if info.content_type.dotted_string != oids.ENVELOPED_DATA:
        raise Unreadable("no EnvelopedData where it must be")
    return read_enveloped(info.content, limits, algorithms.ciphers)


def read_content(read: Callable[[bytes], Content], octets: bytes) -> Content | Refused:
    """What `read` makes of a decrypted content; why it is refused, where it cannot be that."""
    try:
        return read(octets)
    except UnacceptedContent as error:
        return Refused(error.refusal)
    except InvalidSignature:
        return Refused(Refusal.POSSESSION_NOT_SHOWN)
    except CERTIFICATE_ERRORS as error:
        return Refused(Refusal.UNREADABLE_CONTENT, internal=described(error))


def fitting(
    read: Callable[[bytes], Content], fits: Callable[[Content], bool], otherwise: Refusal
) -> Callable[[bytes], Content]:
    """Reads what `read` does, and only what `fits` the message; refuses it `otherwise`."""

    def reading(octets: bytes) -> Content:
        found = read(octets)
        if not fits(found):
            raise UnacceptedContent(otherwise)
        return found

    return reading


def certificate_request(octets: bytes, *, signer: str | None = None) -> CertificateRequest:
    """Read a PKCS#10 (RFC 2986) and verify its signature.

    Args:
        signer: whose key it must be for, as `CertificateRequest.key`; None for anybody's.
    """
    if len(octets) > MAX_REQUEST:
        raise UnacceptedContent(Refusal.LARGE_REQUEST)
    with warnings_as_errors():
        request, signed = load_pkcs10(octets)
    key = usable_key(request.public_key)
    if key is None:
        raise UnacceptedContent(Refusal.UNACCEPTED_REQUEST_KEY)
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    if signer not in (None, digest):  # before anything else: the less is done with another's, the less the clock tells
        raise UnacceptedContent(Refusal.REQUEST_FOR_ANOTHER_KEY)
    _verify_possession(request, signed, key)
    require_few_members(octets)
    with warnings_as_errors():  # attributes are parsed on demand only, and may be warned of only then
        challenge = _challenge(request)
    with warnings_ignored():  # so are names; which ones are certified is judged elsewhere
        return CertificateRequest(
            pkcs10=octets,
            subject=request.subject.public_bytes(),
            name=read_name(request.subject),
            alternative_names=_alternative_names(octets),
            key=digest,
            digest=hashlib.sha256(signed).hexdigest(),
            challenge=challenge,
        )


def subject_of(pkcs10: bytes) -> DistinguishedName:
    """The subject that the DER `pkcs10` asks for, as it was written.

    Raises:
        ValueError: it cannot be read, or has too many attributes.
    """
    require_few_members(pkcs10)
    with warnings_ignored():
        return read_name(load_pkcs10(pkcs10)[0].subject)


def _verify_possession(request: x509.CertificateSigningRequest, signed: bytes, key: PublicKey) -> None:
    scheme, digest = request.signature_algorithm_parameters, request.signature_hash_algorithm
    match key, scheme:
        case rsa.RSAPublicKey(), padding.AsymmetricPadding() if digest is not None:
            key.verify(request.signature, signed, scheme, digest)
        case ec.EllipticCurvePublicKey(), ec.ECDSA():
            key.verify(request.signature, signed, scheme)
        case ed25519.Ed25519PublicKey(), None:
            key.verify(request.signature, signed)
        case _:
            raise UnacceptedContent(Refusal.POSSESSION_NOT_SHOWN)


def poll(octets: bytes) -> Poll:
    """Read an IssuerAndSubject."""
    read = asn1.decode_der(IssuerAndSubject, octets)
    return Poll(comparable(elements.whole(read.issuer)), comparable(elements.whole(read.subject)))


def _challenge(request: x509.CertificateSigningRequest) -> str | None:
    if len({attribute.oid for attribute in request.attributes}) != len(request.attributes):
        raise UnacceptedContent(Refusal.REPEATED_ATTRIBUTE)
    try:
        value = request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD).value
    except x509.AttributeNotFound:
        return None
    if len(value) > MAX_CHALLENGE:
        raise UnacceptedContent(Refusal.LONG_CHALLENGE)
    return value.decode()


def _alternative_names(pkcs10: bytes) -> tuple[GeneralName, ...] | Refused:
    names = names_in_pkcs10(pkcs10)
    if not isinstance(names, Rejected):
        return names
    text = f"The subject cannot be certified: {names.detail}."
    return Refused(Refusal.UNSUPPORTED_ALTERNATIVE_NAME, text)
