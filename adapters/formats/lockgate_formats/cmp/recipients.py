"""Who can open an EnvelopedData of CMP (RFC 9483, 4.1.6): the holder of an RSA or EC key, or of a password.

The content-encryption key is wrapped for one recipient, and unwrapped by it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.errors import KeystoreError
from lockgate.ports import KeyTransport
from lockgate_formats import der
from lockgate_formats.cmp.key_agreement import AES256_WRAP, AGREEMENT, WRAPS, agreed_key, key_agreement_info
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import HMAC_SHA256, derive_key, pbkdf2, read_pbkdf2
from lockgate_formats.cms.algorithms import KEY_TRANSPORTS, RSA_OAEP, TRANSPORT_PADDINGS
from lockgate_formats.cms.certificates import read_certificate, verifying_key
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, read_whole, small_integer

SALT_OCTETS = 16
_VERSIONS_OF_PASSWORD = (0, 3)
"""RFC 5652, 6.2.4 says 0; encoders that go by erratum 7833 of RFC 9483 write 3."""
PASSWORD = der.CONTEXT_3
"""The tag of a PasswordRecipientInfo."""


@dataclass(frozen=True, slots=True)
class PasswordRecipient:
    """Who knows `password`: PBKDF2 and AES key wrap (RFC 9481, 4.4)."""

    password: bytes = field(repr=False)
    iterations: int = 10_000


@dataclass(frozen=True, slots=True)
class CertificateRecipient:
    """The holder of the key of the DER `certificate`: RSAES-OAEP for an RSA key, ECDH for an EC key."""

    certificate: bytes = field(repr=False)


Recipient = PasswordRecipient | CertificateRecipient
Opener = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | bytes
"""What opens an envelope: a private key, or a password."""


@dataclass(frozen=True, slots=True)
class RecipientInfo:
    """A recipient, written.

    Attributes:
        octets: DER RecipientInfo.
        version: of the EnvelopedData that holds it (RFC 5652, 6.1).
    """

    octets: bytes
    version: int


def wrap_for(recipient: Recipient, key: bytes) -> RecipientInfo:
    """The content-encryption key `key`, wrapped for `recipient`.

    Raises:
        KeystoreError: the certificate's key is of a kind that cannot be encrypted to.
    """
    if isinstance(recipient, PasswordRecipient):
        return RecipientInfo(_password_info(recipient, key), 3)
    try:
        named, public_key = read_certificate(recipient.certificate), verifying_key(recipient.certificate)
    except Unreadable as error:
        raise KeystoreError(f"cannot encrypt: {error}") from None
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        identified = named.issuer_and_serial
        if named.key_identifier is not None:  # RecipientKeyIdentifier: a sequence under [0]
            identified = der.explicit(0, der.octet_string(_contents(named.key_identifier)))
        return RecipientInfo(key_agreement_info(public_key, identified, key), 2)
    if isinstance(public_key, rsa.RSAPublicKey):
        by_key = named.key_identifier
        version = 0 if by_key is None else 2
        wrapped = public_key.encrypt(key, TRANSPORT_PADDINGS[KeyTransport.RSA_OAEP_SHA256])
        head = der.integer(version) + (by_key or named.issuer_and_serial)
        return RecipientInfo(der.sequence(head, RSA_OAEP, der.octet_string(wrapped)), version)
    raise KeystoreError("cannot encrypt: the recipient's certificate holds neither an RSA nor an EC key")


def _contents(element: bytes) -> bytes:
    return Fields(element).contents(element[0])


def _password_info(recipient: PasswordRecipient, key: bytes) -> bytes:
    """The DER PasswordRecipientInfo (RFC 5652, 6.2.4)."""
    salt = os.urandom(SALT_OCTETS)
    parameters = (salt, recipient.iterations, WRAPS[AES256_WRAP], HMAC_SHA256)
    derivation, wrapping = pbkdf2(*parameters), derive_key(recipient.password, *parameters)
    return der.element(
        PASSWORD,
        der.integer(0),
        bytes((der.CONTEXT_0,)) + derivation[1:],
        AES256_WRAP,
        der.octet_string(keywrap.aes_key_wrap(wrapping, key)),
    )


def unwrap(recipients: Sequence[bytes], opener: Opener, octets: int, limits: ProtectionLimits) -> bytes:
    """The content-encryption key in the only one of the DER RecipientInfo that is of the opener's kind.

    Args:
        octets: how many the key has.

    Raises:
        ValueError: none or several are, or it is not accepted.
        InvalidUnwrap: it is for another key or password.
    """
    tag = _tag(opener)
    fitting = [recipient for recipient in recipients if recipient[0] == tag]
    if len(fitting) != 1:
        raise Unreadable(f"{len(fitting)} of the recipients are of this side's kind")
    match opener:
        case rsa.RSAPrivateKey():
            return _transported_key(fitting[0], opener, octets)
        case ec.EllipticCurvePrivateKey():
            key = agreed_key(fitting[0], opener)
        case _:
            key = _password_key(fitting[0], opener, limits)
    if len(key) != octets:
        raise Unreadable("a key of another length than its cipher has")
    return key


def _tag(opener: Opener) -> int:
    """The tag of the RecipientInfo for it."""
    if isinstance(opener, bytes):
        return PASSWORD
    return der.SEQUENCE if isinstance(opener, rsa.RSAPrivateKey) else AGREEMENT


def _transported_key(info: bytes, private_key: rsa.RSAPrivateKey, octets: int) -> bytes:
    """The key in a DER KeyTransRecipientInfo (RFC 5652, 6.2.1); a random one, made in any case, where it cannot be
    decrypted: the sender of a wrong one learns nothing from the time at which it fails."""
    fields = read_whole(info)
    small_integer(fields.contents(der.INTEGER))
    fields.element()
    transport = KEY_TRANSPORTS.get(fields.element(der.SEQUENCE))
    wrapped = fields.contents(der.OCTET_STRING)
    fields.finish()
    if transport is None:
        raise Unreadable("a key transport that is not used here")
    random = os.urandom(octets)
    try:
        key = private_key.decrypt(wrapped, TRANSPORT_PADDINGS[transport])
    except ValueError:
        return random
    return key if len(key) == octets else random


def _password_key(info: bytes, password: bytes, limits: ProtectionLimits) -> bytes:
    """The key in a DER PasswordRecipientInfo."""
    fields = read_whole(info, PASSWORD)
    version = small_integer(fields.contents(der.INTEGER))
    derivation = der.sequence(fields.contents(der.CONTEXT_0))
    wrap = fields.element(der.SEQUENCE)
    wrapped = fields.contents(der.OCTET_STRING)
    fields.finish()
    if version not in _VERSIONS_OF_PASSWORD or wrap not in WRAPS:
        raise Unreadable("a password's recipient of another version, or a key wrap that is not used here")
    salt, iterations, octets, prf = read_pbkdf2(derivation, limits, WRAPS[wrap])
    if octets != WRAPS[wrap]:
        raise Unreadable("a derived key of another length than the key wrap has")
    return keywrap.aes_key_unwrap(derive_key(password, salt, iterations, octets, prf), wrapped)
