"""EnvelopedData (RFC 5652, 6) and AuthEnvelopedData (RFC 5083), read and decrypted with this side's key.

A key that cannot be unwrapped is replaced by a random one, and decryption goes on: the sender of a wrong key learns
nothing from the time at which it fails (docs/threat-model.md, rule 5).
"""

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lockgate.ports import Keystore, KeyTransport
from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.algorithms import KEY_TRANSPORTS, SUBMESSAGE_CIPHERS, BlockCipher
from lockgate_formats.cms.attributes import read_attributes
from lockgate_formats.cms.certificates import NamedCertificate
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable
from lockgate_formats.cms.structures import (
    AnyAlgorithm,
    AttributedAuthEnvelopedData,
    AuthEnvelopedData,
    CbcAlgorithm,
    EncryptedContent,
    EnvelopedData,
    GcmAlgorithm,
    KeyTransRecipientInfo,
)

KEY_OCTETS = 32
TAG_OCTETS = 16
NONCE_OCTETS = 12
_VERSION_0, _VERSION_2 = der.integer(0), der.integer(2)


class UnacceptedCipher(Unreadable):
    """An envelope whose content is encrypted with a cipher that is not accepted."""


class UnacceptedTransport(Unreadable):
    """The content-encryption key is wrapped in a way that is not accepted."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The content of an envelope.

    Attributes:
        content_type: of the content, dotted.
        recipients: each RecipientInfo.
        cipher: of EnvelopedData, which is not authenticated; None for AuthEnvelopedData.
        associated: the octets that the tag protects besides the content.
        tag: None for EnvelopedData.
    """

    content_type: str
    recipients: tuple[bytes, ...]
    nonce: bytes
    ciphertext: memoryview
    cipher: BlockCipher | None = None
    associated: bytes | None = None
    tag: bytes | None = None


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A content-encryption key, encrypted to this side."""

    octets: bytes
    transport: KeyTransport


def read_enveloped(
    tlv: asn1.TLV,
    limits: EnvelopeLimits,
    ciphers: Mapping[str, BlockCipher] = SUBMESSAGE_CIPHERS,
    versions: Container[bytes] = (_VERSION_0, _VERSION_2),
) -> Envelope:
    """Read EnvelopedData.

    Args:
        ciphers: the accepted ones, by their dotted object identifiers.
        versions: the accepted ones, DER: which kinds of recipients are read decides on them (RFC 5652, 6.1).

    Raises:
        ValueError: it is not acceptable, or not DER.
    """
    data = tlv.parse(EnvelopedData)
    if elements.small(data.version) not in versions:
        raise Unreadable("an EnvelopedData of another version")
    identified = elements.small(data.encrypted.algorithm)
    cipher = ciphers.get(asn1.decode_der(AnyAlgorithm, identified).algorithm.dotted_string)
    if cipher is None:
        raise UnacceptedCipher(f"another cipher than {', '.join(accepted.name for accepted in ciphers.values())}")
    iv = asn1.decode_der(CbcAlgorithm, identified).initialization_vector
    ciphertext = _ciphertext(data.encrypted)
    if len(iv) != cipher.block_octets or not ciphertext or len(ciphertext) % cipher.block_octets:
        raise Unreadable("the encrypted content is not in whole blocks")
    return Envelope(_content_type(data.encrypted), _recipients(data.recipients, limits), iv, ciphertext, cipher)


def read_auth_enveloped(tlv: asn1.TLV, limits: EnvelopeLimits) -> Envelope:
    """Read AuthEnvelopedData with AES-256-GCM.

    Raises:
        ValueError: it is not acceptable, or not DER.
    """
    data, associated = _with_or_without_attributes(tlv, limits)
    cipher = asn1.decode_der(GcmAlgorithm, elements.small(data.encrypted.algorithm))
    nonce, tag_length = cipher.parameters.nonce, cipher.parameters.tag_length
    if elements.small(data.version) != _VERSION_0 or cipher.algorithm.dotted_string != oids.AES256_GCM:
        raise Unreadable("an AuthEnvelopedData of another version, or not with AES-256-GCM")
    if (len(nonce), tag_length, len(data.mac)) != (NONCE_OCTETS, TAG_OCTETS, TAG_OCTETS):
        raise Unreadable("a nonce or tag of another length than 12 and 16 octets")
    recipients, ciphertext = _recipients(data.recipients, limits), _ciphertext(data.encrypted)
    content_type = _content_type(data.encrypted)
    return Envelope(content_type, recipients, nonce, ciphertext, associated=associated, tag=data.mac)


def _with_or_without_attributes(
    tlv: asn1.TLV, limits: EnvelopeLimits
) -> tuple[AuthEnvelopedData | AttributedAuthEnvelopedData, bytes | None]:
    """The structure, and the octets that its tag protects besides the content."""
    try:
        return tlv.parse(AuthEnvelopedData), None
    except ValueError:
        data = tlv.parse(AttributedAuthEnvelopedData)
    attributes = read_attributes(data.attributes, der.CONTEXT_1, limits)
    attributes.require(oids.CONTENT_TYPE, der.oid(_content_type(data.encrypted)))
    return data, attributes.protected


def _ciphertext(encrypted: EncryptedContent) -> memoryview:
    if encrypted.content.tag_bytes[0] != der.PRIMITIVE_CONTEXT_0:
        raise Unreadable("no encrypted content, or in pieces")
    return encrypted.content.data


def _content_type(encrypted: EncryptedContent) -> str:
    content_type = encrypted.content_type.dotted_string
    if content_type not in (oids.DATA, oids.SIGNED_DATA):
        raise Unreadable(f"an envelope around the unknown content type {content_type}")
    return content_type


def _recipients(tlv: asn1.TLV, limits: EnvelopeLimits) -> tuple[bytes, ...]:
    if tlv.tag_bytes[0] != der.SET:
        raise Unreadable("no recipients")
    return tuple(octets for _, octets in elements.members(tlv.data, limits.recipients, limits.set_size))


def decrypt(envelope: Envelope, keystore: Keystore, own: NamedCertificate) -> bytes:
    """The decrypted content, for the owner of `keystore`, whose certificate is `own`.

    Raises:
        ValueError: the envelope is not for this keystore.
        InvalidTag: an authenticated envelope was tampered with, or another key was wrapped.
    """
    return decrypt_with(envelope, content_key(envelope, wrapped_key(envelope, own), keystore))


def wrapped_key(
    envelope: Envelope, own: NamedCertificate, transports: Mapping[bytes, KeyTransport] = KEY_TRANSPORTS
) -> WrappedKey:
    """The content-encryption key that was wrapped for `own`.

    Args:
        transports: the accepted ones, by their DER AlgorithmIdentifiers.

    Raises:
        ValueError: the envelope is not for this keystore.
    """
    info = _for_us(envelope, own)
    transport = transports.get(elements.small(info.algorithm))
    if transport is None:
        raise UnacceptedTransport("a key transport that is not accepted")
    return WrappedKey(info.encrypted_key, transport)


def content_key(envelope: Envelope, wrapped: WrappedKey, keystore: Keystore) -> bytes:
    """The content-encryption key in `wrapped`; a random one, made in any case, where it cannot be unwrapped."""
    key_octets = envelope.cipher.key_octets if envelope.cipher else KEY_OCTETS
    random = os.urandom(key_octets)
    key = keystore.unwrap(wrapped.octets, wrapped.transport)
    return random if key is None or len(key) != key_octets else key


def decrypt_with(envelope: Envelope, key: bytes) -> bytes:
    """The content, decrypted with the content-encryption key `key`.

    In CBC mode, wrong padding is not removed: the next step refuses it like any other content that is not signed.

    Raises:
        ValueError: the key is of another length than the cipher's.
        InvalidTag: an authenticated envelope was tampered with, or `key` is another one.
    """
    if envelope.cipher is None:
        sealed = b"".join((envelope.ciphertext, envelope.tag or b""))
        return AESGCM(key).decrypt(envelope.nonce, sealed, envelope.associated)
    decryptor = Cipher(envelope.cipher.algorithm(key), modes.CBC(envelope.nonce)).decryptor()
    plaintext = decryptor.update(envelope.ciphertext) + decryptor.finalize()
    return _without_padding(plaintext, envelope.cipher.block_octets)


def is_for(envelope: Envelope, own: NamedCertificate) -> bool:
    """Whether a RecipientInfo names the certificate `own`.

    Raises:
        ValueError: a RecipientInfo is malformed.
    """
    return bool(_naming(envelope, own))


def _naming(envelope: Envelope, own: NamedCertificate) -> list[KeyTransRecipientInfo]:
    candidates = [recipient for recipient in envelope.recipients if recipient[0] == der.SEQUENCE]
    infos = [asn1.decode_der(KeyTransRecipientInfo, recipient) for recipient in candidates]
    return [info for info in infos if own.is_named_by(elements.small(info.recipient))]


def _for_us(envelope: Envelope, own: NamedCertificate) -> KeyTransRecipientInfo:
    """The one RecipientInfo that names our certificate; never simply the first."""
    ours = _naming(envelope, own)
    if len(ours) != 1:
        raise Unreadable(f"{len(ours)} of the recipients are this side")
    fitting = _VERSION_0 if ours[0].recipient.tag_bytes[0] == der.SEQUENCE else _VERSION_2
    if elements.small(ours[0].version) != fitting:
        raise Unreadable("the version of RecipientInfo does not fit how it names the recipient")
    return ours[0]


def _without_padding(plaintext: bytes, block_octets: int) -> bytes:
    unpadder = padding.PKCS7(block_octets * 8).unpadder()
    try:
        return unpadder.update(plaintext) + unpadder.finalize()
    except ValueError:
        return plaintext
