"""AuthEnvelopedData (RFC 5083) and EnvelopedData (RFC 5652, 6), written for one recipient."""

import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lockgate.errors import KeystoreError
from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import AES256, RSA_OAEP, RSA_PKCS1, BlockCipher
from lockgate_formats.cms.certificates import CACHED, read_certificate
from lockgate_formats.cms.enveloped import KEY_OCTETS, NONCE_OCTETS, TAG_OCTETS
from lockgate_formats.cms.limits import Unreadable

_OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_AUTH_ENVELOPED_DATA = der.oid(oids.AUTH_ENVELOPED_DATA)
_ENVELOPED_DATA = der.oid(oids.ENVELOPED_DATA)
_DATA = der.oid(oids.DATA)
_GCM = der.oid(oids.AES256_GCM)
_TAG_LENGTH = der.integer(TAG_OCTETS)
_VERSION = der.integer(0)


@dataclass(frozen=True, slots=True)
class _Recipient:
    """A recipient's key, and its RecipientInfo up to the algorithm."""

    key: RSAPublicKey
    head: bytes


@lru_cache(maxsize=CACHED)
def _recipient(certificate: bytes) -> _Recipient:
    try:
        named = read_certificate(certificate)
    except Unreadable as error:
        raise KeystoreError(f"cannot encrypt: {error}") from None
    if not isinstance(named.key, RSAPublicKey):
        raise KeystoreError("cannot encrypt: the recipient's certificate holds no RSA key of 2048 to 8192 bits")
    return _Recipient(named.key, _VERSION + named.issuer_and_serial)


def auth_envelop(content: bytes, certificate: bytes) -> bytes:
    """The DER ContentInfo with AuthEnvelopedData: AES-256-GCM under a fresh key, wrapped by RSAES-OAEP with SHA-256.

    Raises:
        KeystoreError: `certificate` cannot be encrypted to.
    """
    recipient = _recipient(certificate)
    key, nonce = os.urandom(KEY_OCTETS), os.urandom(NONCE_OCTETS)
    ciphertext = AESGCM(key).encrypt(nonce, content, None)
    cipher = der.sequence(_GCM, der.sequence(der.octet_string(nonce), _TAG_LENGTH))
    enveloped = der.sequence(
        _VERSION,
        _recipients(recipient, RSA_OAEP, recipient.key.encrypt(key, _OAEP)),
        _encrypted(cipher, ciphertext[:-TAG_OCTETS]),
        der.octet_string(ciphertext[-TAG_OCTETS:]),
    )
    return der.sequence(_AUTH_ENVELOPED_DATA, der.element(der.CONTEXT_0, enveloped))


def envelop(content: bytes, certificate: bytes, cipher: BlockCipher = AES256) -> bytes:
    """The DER ContentInfo with EnvelopedData: `cipher` under a fresh key, wrapped by RSAES-PKCS1-v1_5.

    Raises:
        KeystoreError: `certificate` cannot be encrypted to.
    """
    recipient = _recipient(certificate)
    key = os.urandom(cipher.key_octets)
    wrapped = recipient.key.encrypt(key, rsa_padding.PKCS1v15())
    return enveloped_data(_VERSION, _recipients(recipient, RSA_PKCS1, wrapped), content, cipher, key)


def enveloped_data(
    version: bytes, recipients: bytes, content: bytes, cipher: BlockCipher, key: bytes, content_type: bytes = _DATA
) -> bytes:
    """The DER ContentInfo with EnvelopedData.

    Args:
        version, recipients: DER; the recipients as a whole SET.
        key: encrypts `content`; wrapped for each of the recipients.
        content_type: of `content`, DER object identifier.
    """
    iv = os.urandom(cipher.block_octets)
    padder = padding.PKCS7(cipher.block_octets * 8).padder()
    encryptor = Cipher(cipher.algorithm(key), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    algorithm = der.sequence(der.oid(cipher.oid), der.octet_string(iv))
    enveloped = der.sequence(version, recipients, _encrypted(algorithm, ciphertext, content_type))
    return der.sequence(_ENVELOPED_DATA, der.element(der.CONTEXT_0, enveloped))


def _recipients(recipient: _Recipient, transport: bytes, wrapped: bytes) -> bytes:
    return der.element(der.SET, der.sequence(recipient.head, transport, der.octet_string(wrapped)))


def _encrypted(cipher: bytes, ciphertext: bytes, content_type: bytes = _DATA) -> bytes:
    return der.sequence(content_type, cipher, der.element(der.PRIMITIVE_CONTEXT_0, ciphertext))
