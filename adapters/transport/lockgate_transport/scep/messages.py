"""pkiMessages from clients (RFC 8894, 3.2), read and their signatures verified.

What cannot be read so far that it could be answered, its transaction id included, is no pkiMessage. Everything after
that is answered.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, PeerError
from lockgate_formats.cms import oids
from lockgate_formats.cms.ber import read_either
from lockgate_formats.cms.certificates import NamedCertificate, UnreadableCertificate
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable, described
from lockgate_formats.cms.signed import VERSION_1, SignedStatement, UnusableKey, read_statement, verify_statement
from lockgate_transport.scep import attributes
from lockgate_transport.scep.algorithms import Algorithms
from lockgate_transport.scep.vocabulary import MIN_NONCE, ScepMessageType

Value = TypeVar("Value")
LIMITS = EnvelopeLimits(message=64 * 1024, submessage=64 * 1024)
"""Bounds on a pkiMessage."""


class NoPkiMessage(PeerError):
    """What a client sent is no pkiMessage; nothing in it could be answered.

    Attributes:
        internal: what exactly was wrong, for the RA's log.
    """

    def __init__(self, text: str, internal: str = "") -> None:
        super().__init__(text)
        self.internal = internal


@dataclass(frozen=True, slots=True)
class PkiMessage:
    """A message as it claims to be; nothing of it is verified.

    Attributes:
        message_type: the number, perhaps none that is known; None where there is none that can be read.
        sender_nonce: perhaps of a wrong length; None where there is none that could be repeated.
        statement: the SignedData around it.
    """

    transaction_id: str
    message_type: int | None
    sender_nonce: bytes | None
    statement: SignedStatement


@dataclass(frozen=True, slots=True)
class PkiMessageSigner:
    """The signer of a pkiMessage: a key and the certificate that came with it; the certificate may be self-signed.

    Attributes:
        certificate: DER.
        key: SHA-256 over its SubjectPublicKeyInfo, hexadecimal.
        encryptable: whether an answer can be encrypted to the key.
    """

    certificate: bytes
    key: str
    encryptable: bool


@dataclass(frozen=True, slots=True)
class VerifiedMessage:
    """A message whose signature holds.

    Attributes:
        content: the eContent: an envelope, still encoded.
    """

    transaction_id: str
    message_type: ScepMessageType
    signer: PkiMessageSigner
    content: bytes


def read_pki_message(octets: bytes, limits: EnvelopeLimits = LIMITS) -> PkiMessage:
    """Read a DER or BER pkiMessage.

    Raises:
        NoPkiMessage: it is none.
    """
    if len(octets) > limits.message:
        raise NoPkiMessage("the message is too large")
    try:
        return read_either(lambda encoding: _read(encoding, limits), octets)
    except ValueError as error:
        raise NoPkiMessage("this is no SCEP message", described(error)) from None


def _read(octets: bytes, limits: EnvelopeLimits) -> PkiMessage:
    statement = read_statement(octets, limits, tolerant=True)
    if statement.content_type != oids.DATA or statement.version != VERSION_1:
        raise Unreadable("signed content of another type than data, or another version")
    values = statement.attributes.values
    return PkiMessage(
        transaction_id=attributes.visible(values, attributes.TRANSACTION_ID),
        message_type=_if_readable(lambda: attributes.decimal(values, attributes.MESSAGE_TYPE, longest=3)),
        sender_nonce=_if_readable(lambda: attributes.octets(values, attributes.SENDER_NONCE)),
        statement=statement,
    )


def _if_readable(read: Callable[[], Value]) -> Value | None:
    """What `read` gives; None where it cannot be read, as the message can be answered without it."""
    try:
        return read()
    except Unreadable:
        return None


def verify(message: PkiMessage, algorithms: Algorithms) -> VerifiedMessage | Refused:
    """Check the signature, and that the message is of a known type."""
    statement = message.statement
    accepted = statement.digest_algorithm in algorithms.digests
    if not accepted or statement.signature_algorithm not in algorithms.signatures:
        return Refused(Refusal.UNACCEPTED_SIGNATURE_ALGORITHM)
    try:
        certificate = verify_statement(statement, algorithms.digests, algorithms.signatures)
    except UnusableKey:
        return Refused(Refusal.UNACCEPTED_SIGNER_KEY)
    except UnreadableCertificate as error:
        return Refused(Refusal.UNREADABLE_SIGNER_CERTIFICATE, internal=described(error))
    except (ValueError, InvalidSignature, UnsupportedAlgorithm) as error:
        return Refused(Refusal.WRONG_SIGNATURE, internal=described(error))
    kind = _type_of(message)
    if isinstance(kind, Refused):
        return kind
    return VerifiedMessage(message.transaction_id, kind, _signer(certificate), statement.content)


def _type_of(message: PkiMessage) -> ScepMessageType | Refused:
    """The type of the message, if it has the attributes of a request."""
    if message.message_type is None:
        return Refused(Refusal.NO_MESSAGE_TYPE)
    if message.message_type not in set(ScepMessageType):
        return Refused(Refusal.UNKNOWN_MESSAGE_TYPE)
    if message.sender_nonce is None:
        return Refused(Refusal.NO_NONCE)
    if len(message.sender_nonce) < MIN_NONCE:
        return Refused(Refusal.WRONG_NONCE)
    return ScepMessageType(message.message_type)


def _signer(certificate: NamedCertificate) -> PkiMessageSigner:
    key = certificate.key
    if key is None:
        raise Defect("a signature was verified without a key")
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return PkiMessageSigner(certificate.octets, digest, isinstance(key, RSAPublicKey))
