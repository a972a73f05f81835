"""Private keys that the CA made, and certificates, encrypted to their holders (RFC 9810, 5.3.4; RFC 9483, 4.1.6).

A private key is delivered in an AsymmetricKeyPackage (RFC 5958), signed by a certificate with id-kp-cmKGA, inside an
EnvelopedData. A certificate alone in an EnvelopedData is an indirect proof of possession: only the holder of its key
can read it, and so confirm it. Content-encryption keys come from the operating system's generator, as in all of CMS.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from lockgate.ports import Keystore
from lockgate_formats import der
from lockgate_formats.cmp import oids
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cmp.recipients import Opener, Recipient, unwrap, wrap_for
from lockgate_formats.cms import oids as cms_oids
from lockgate_formats.cms.algorithms import AES128, AES256, DIGESTS, SIGNATURES, WRITTEN
from lockgate_formats.cms.enveloped import decrypt_with, read_enveloped
from lockgate_formats.cms.enveloping import enveloped_data
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable
from lockgate_formats.cms.signed import read_statement, verify_statement
from lockgate_formats.cms.signing import SignedDataWriter
from lockgate_formats.cms.structures import ContentInfo
from lockgate_formats.fields import bit_string, read_whole, small_integer
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

_VERSION_3 = der.integer(3)
_VERSIONS = tuple(map(der.integer, (0, 2, 3)))
_KEY_PACKAGE = der.oid(oids.ID_CT_KP_A_KEY_PACKAGE)
_SIGNED_DATA, _ENVELOPED_DATA = der.oid(cms_oids.SIGNED_DATA), der.oid(cms_oids.ENVELOPED_DATA)
_DATA = der.oid(cms_oids.DATA)
_CIPHERS = MappingProxyType({cipher.oid: cipher for cipher in (AES128, AES256)})
_LIMITS = EnvelopeLimits()
_ATTRIBUTES, _PUBLIC_KEY = der.CONTEXT_0, 0x81


@dataclass(frozen=True, slots=True)
class DeliveredKey:
    """A private key that somebody else made.

    Attributes:
        private_key: DER PrivateKeyInfo (RFC 5958, version 0).
        signer: DER certificate with id-kp-cmKGA that has signed it; not trusted yet.
        certificates: all DER certificates that came with it.
    """

    private_key: bytes = field(repr=False)
    signer: bytes
    certificates: tuple[bytes, ...]


def envelop_private_key(private_key: bytes, public_key: bytes, signer: Keystore, recipient: Recipient) -> bytes:
    """The DER EnvelopedData around SignedData around an AsymmetricKeyPackage with one key.

    Args:
        private_key: DER PrivateKeyInfo (PKCS#8).
        public_key: its DER SubjectPublicKeyInfo.
        signer: has a certificate with id-kp-cmKGA; it goes along with its chain.

    Raises:
        KeystoreError: the recipient cannot be encrypted to.
    """
    fields = read_whole(private_key)
    fields.element(der.INTEGER)
    spki = read_whole(public_key)
    spki.element()
    point = bit_string(spki.contents(der.BIT_STRING))
    parts = (fields.element(der.SEQUENCE), fields.element(der.OCTET_STRING), der.implicit(1, b"\x00" + point))
    package = der.sequence(der.sequence(der.integer(1), *parts))
    scheme = WRITTEN[signer.scheme]
    writer = SignedDataWriter(signer.certificate, scheme, signer.sign, chain=signer.chain, by_key=True)
    signed = _content(writer.write(_VERSION_3, _KEY_PACKAGE, package))
    return _envelop(signed, _SIGNED_DATA, recipient)


def envelop_certificate(certificate: bytes, recipient: Recipient) -> bytes:
    """The DER EnvelopedData around a DER certificate.

    Raises:
        KeystoreError: the recipient cannot be encrypted to.
    """
    return _envelop(certificate, _DATA, recipient)


def _envelop(content: bytes, content_type: bytes, recipient: Recipient) -> bytes:
    key = os.urandom(AES256.key_octets)
    info = wrap_for(recipient, key)
    recipients = der.element(der.SET, info.octets)
    return _content(enveloped_data(der.integer(info.version), recipients, content, AES256, key, content_type))


def _content(content_info: bytes) -> bytes:
    """What a DER ContentInfo holds."""
    fields = read_whole(content_info)
    fields.element(der.OBJECT_IDENTIFIER)
    return fields.explicit(der.CONTEXT_0, der.SEQUENCE)


def open_private_key(enveloped: bytes, opener: Opener, limits: ProtectionLimits = DEFAULT_PROTECTION) -> DeliveredKey:
    """The private key in what `envelop_private_key` wrote.

    Raises:
        MalformedMessage: it is none, is for somebody else, or is not signed by a certificate with id-kp-cmKGA.
    """
    with _opening("The private key"):
        content_type, signed = _open(enveloped, opener, limits)
        if content_type != cms_oids.SIGNED_DATA:
            raise Unreadable("it is not signed")
        statement = read_statement(der.sequence(_SIGNED_DATA, der.explicit(0, signed)), _LIMITS)
        if statement.content_type != oids.ID_CT_KP_A_KEY_PACKAGE:
            raise Unreadable("what is signed is no AsymmetricKeyPackage")
        signer = verify_statement(statement, DIGESTS, SIGNATURES).octets
        if not makes_keys(signer):
            raise Unreadable("its signer's certificate is not for making keys (id-kp-cmKGA)")
        return DeliveredKey(_only_key(statement.content), signer, statement.certificates)


def open_certificate(enveloped: bytes, opener: Opener, limits: ProtectionLimits = DEFAULT_PROTECTION) -> bytes:
    """The DER certificate in what `envelop_certificate` wrote.

    Raises:
        MalformedMessage: it is none, or is for somebody else.
    """
    with _opening("The encrypted certificate"):
        _, certificate = _open(enveloped, opener, limits)
        read_whole(certificate)
        return certificate


@contextmanager
def _opening(what: str) -> Iterator[None]:
    """What fails inside the block fails as a MalformedMessage."""
    with well_formed(what):
        try:
            yield
        except (InvalidUnwrap, InvalidSignature):
            raise Unreadable("it is for another key or password, or its signature is wrong") from None


def _open(enveloped: bytes, opener: Opener, limits: ProtectionLimits) -> tuple[str, bytes]:
    """The content type, dotted, and the content of a DER EnvelopedData."""
    info = asn1.decode_der(ContentInfo, der.sequence(_ENVELOPED_DATA, der.explicit(0, enveloped)))
    envelope = read_enveloped(info.content, _LIMITS, _CIPHERS, _VERSIONS)
    octets = envelope.cipher.key_octets if envelope.cipher else 0
    return envelope.content_type, decrypt_with(envelope, unwrap(envelope.recipients, opener, octets, limits))


def makes_keys(certificate: bytes) -> bool:
    """Whether the DER certificate is one of an authority that makes keys (RFC 9480, 2.2)."""
    try:
        with warnings_as_errors():
            extensions = x509.load_der_x509_certificate(certificate).extensions
            usages = {usage.dotted_string for usage in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    except (*CERTIFICATE_ERRORS, x509.ExtensionNotFound):
        return False
    return oids.KP_CM_KGA in usages


def _only_key(package: bytes) -> bytes:
    """The key of a DER AsymmetricKeyPackage, without the public key that RFC 5958 adds: every library reads that."""
    keys = read_whole(package)
    key = keys.inside(der.SEQUENCE)
    keys.finish()
    if small_integer(key.contents(der.INTEGER)) not in {0, 1}:
        raise Unreadable("a private key of another version")
    algorithm, octets = key.element(der.SEQUENCE), key.element(der.OCTET_STRING)
    key.optional(_ATTRIBUTES)
    key.optional(_PUBLIC_KEY)
    key.finish()
    return der.sequence(der.integer(0), algorithm, octets)
