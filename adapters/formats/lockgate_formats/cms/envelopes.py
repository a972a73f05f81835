"""The `Envelopes` port on CMS.

A submessage is one ContentInfo (RFC 5652, 3): id-data, SignedData, EnvelopedData or AuthEnvelopedData. An envelope
holds plain content or a signed one: id-signedData, or id-data whose octets are a whole ContentInfo with SignedData. The
last form is written, because RFC 5083 allows it without authenticated attributes, and other tools read and write it
(`openssl cms -sign | openssl cms -encrypt`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat import asn1

from lockgate.errors import CallerError, KeystoreError
from lockgate.ports import Envelopes, Keystore, Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.ber import read_either
from lockgate_formats.cms.certificates import NamedCertificate, read_certificate
from lockgate_formats.cms.enveloped import Envelope, decrypt, is_for, read_auth_enveloped, read_enveloped
from lockgate_formats.cms.enveloping import auth_envelop, envelop
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable
from lockgate_formats.cms.signed import verify
from lockgate_formats.cms.signing import CmsSigner
from lockgate_formats.cms.structures import ContentInfo

_FAILURES = (ValueError, InvalidSignature, InvalidTag, UnsupportedAlgorithm)
_DATA = der.oid(oids.DATA)
_SIGNED_DATA = der.oid(oids.SIGNED_DATA)
_SEQUENCE = bytes((der.SEQUENCE,))
_ENVELOPES: Mapping[str, Callable[[asn1.TLV, EnvelopeLimits], Envelope]] = MappingProxyType(
    {oids.AUTH_ENVELOPED_DATA: read_auth_enveloped, oids.ENVELOPED_DATA: read_enveloped}
)


class EnvelopeForm(StrEnum):
    """The form that `seal` writes; both are read.

    `CBC` is for peers without authenticated encryption and carries signed content only.
    """

    AUTHENTICATED = "AuthEnvelopedData, AES-256-GCM, RSAES-OAEP"
    CBC = "EnvelopedData, AES-256-CBC, RSAES-PKCS1-v1_5"


@dataclass(frozen=True, slots=True)
class _Named:
    """A keystore, and its certificate as envelopes name it."""

    keystore: Keystore
    certificate: NamedCertificate


def _named(keystore: Keystore) -> _Named:
    return _Named(keystore, read_certificate(keystore.certificate))


class CmsEnvelopes(Envelopes):
    """CMS with this side's keystore; without one, nothing can be decrypted or signed.

    Args:
        keystore: decrypts and signs; its certificate names this side as a recipient.
        limits: bounds on what is read.
        form: which envelope to write.
        previous: decrypt envelopes that were encrypted to this side before its keystore was replaced; they sign
            nothing.
    """

    def __init__(
        self,
        keystore: Keystore | None,
        limits: EnvelopeLimits | None = None,
        form: EnvelopeForm = EnvelopeForm.AUTHENTICATED,
        previous: Sequence[Keystore] = (),
    ) -> None:
        self._current = _named(keystore) if keystore else None
        self._previous = tuple(map(_named, previous))
        self._signer = CmsSigner(keystore) if keystore else None
        self._limits = limits or EnvelopeLimits()
        self._form = form

    def split(self, message: bytes) -> tuple[bytes, ...] | Rejected:
        """Take the DER `SEQUENCE OF OCTET STRING` apart; rejections: `too_large`, `malformed_message`."""
        if len(message) > self._limits.message:
            return Rejected(Reason.TOO_LARGE)
        try:
            parts = tuple(self._parts(message))
        except Unreadable as error:
            return Rejected(Reason.MALFORMED_MESSAGE, internal=str(error))
        return parts or Rejected(Reason.MALFORMED_MESSAGE, internal="no submessages")

    def _parts(self, message: bytes) -> Sequence[bytes]:
        start, end = elements.header(message, 0, len(message))
        if message[0] != der.SEQUENCE or end != len(message):
            raise Unreadable("not one SEQUENCE")
        parts, limits = [], self._limits
        for tag, octets in elements.members(memoryview(message)[start:], limits.submessages, limits.message):
            if tag != der.OCTET_STRING or len(octets) > limits.submessage:
                raise Unreadable("a submessage that is too large or no OCTET STRING")
            parts.append(octets[elements.header(octets, 0, len(octets))[0] :])
        return parts

    def join(self, submessages: Sequence[bytes]) -> bytes:
        """The DER `SEQUENCE OF OCTET STRING`.

        Raises:
            CallerError: it exceeds `EnvelopeLimits`, so no reader would accept it.
        """
        number, octets = len(submessages), max(map(len, submessages), default=0)
        if number > self._limits.submessages:
            raise CallerError(
                f"a message holds {self._limits.submessages} submessages at most, not {number}: send several"
            )
        if octets > self._limits.submessage:
            raise CallerError(f"a submessage has {self._limits.submessage} octets at most, not {octets}")
        return der.sequence(*map(der.octet_string, submessages))

    def open(self, submessage: bytes) -> Opened | Rejected:
        """Take the envelope off, if there is one; content of an unauthenticated envelope must claim to be signed."""
        try:
            return self._open(submessage)
        except _FAILURES as error:
            return _unreadable(error)

    def _open(self, submessage: bytes) -> Opened:
        if len(submessage) > self._limits.submessage:
            raise Unreadable("the submessage is too large")
        found = read_either(self._read, submessage)
        return self._unwrap(found) if isinstance(found, Envelope) else found

    def _read(self, submessage: bytes) -> Opened | Envelope:
        info = asn1.decode_der(ContentInfo, submessage)
        content_type = info.content_type.dotted_string
        if content_type == oids.DATA and info.content.tag_bytes[0] == der.OCTET_STRING:
            return Opened(bytes(info.content.data), signed=False, encrypted=False, authenticated=False)
        if content_type == oids.SIGNED_DATA:
            return Opened(submessage, signed=True, encrypted=False, authenticated=False)
        if content_type not in _ENVELOPES:
            raise Unreadable(f"a submessage of the unknown content type {content_type}")
        return _ENVELOPES[content_type](info.content, self._limits)

    def _unwrap(self, envelope: Envelope) -> Opened:
        if self._current is None:
            raise Unreadable("encrypted, and this side has no keystore")
        earlier = (pair for pair in self._previous if is_for(envelope, pair.certificate))
        own = next(earlier, self._current)
        plain = decrypt(envelope, own.keystore, own.certificate)
        authenticated = envelope.tag is not None
        if envelope.content_type == oids.SIGNED_DATA:
            plain = der.sequence(_SIGNED_DATA, der.head(der.CONTEXT_0, len(plain)), plain)
        signed = plain[:1] == _SEQUENCE
        if signed and _content_type(plain) != oids.SIGNED_DATA:
            raise Unreadable("an envelope around a ContentInfo with something else than SignedData")
        if not signed and not authenticated:
            raise Unreadable("unsigned content in an unauthenticated envelope")
        return Opened(plain, signed=signed, encrypted=True, authenticated=authenticated)

    def verify(self, opened: Opened) -> Signed | Rejected:
        """Check the one signature on `opened.octets`."""
        try:
            return verify(opened.octets, self._limits)
        except _FAILURES as error:
            return _unreadable(error)

    def seal(self, content: bytes, kind: ContentKind, *, sign: bool, encrypt_to: bytes | None) -> bytes:
        """Sign and encrypt as asked; the certificate of this side goes along with the signature."""
        if sign and self._signer is None:
            raise KeystoreError("a signature is asked for, and this side has no keystore")
        signed = self._signer.sign(content, kind) if sign and self._signer else None
        if encrypt_to is None:
            return signed or der.sequence(_DATA, der.element(der.CONTEXT_0, der.octet_string(content)))
        if self._form is EnvelopeForm.AUTHENTICATED:
            return auth_envelop(signed or content, encrypt_to)
        if signed is None:
            raise KeystoreError("unsigned content is encrypted with authentication only")
        return envelop(signed, encrypt_to)


def _content_type(octets: bytes) -> str:
    """The content type of a DER or BER ContentInfo."""
    return read_either(lambda encoded: asn1.decode_der(ContentInfo, encoded), octets).content_type.dotted_string


def _unreadable(error: Exception) -> Rejected:
    """The same rejection for every failure from unwrapping to signature verification."""
    return Rejected(Reason.UNREADABLE, internal=f"{type(error).__name__}: {error}")
