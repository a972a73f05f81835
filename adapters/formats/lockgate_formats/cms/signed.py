"""SignedData (RFC 5652, 5), read and verified. One signer, signed attributes, the certificate included.

The certificate is not judged here: `CertificateTrust` does that. Submessages and SCEP's messages are read in the same
way; they differ in content types and algorithms.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

from lockgate.ports import Signed
from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.algorithms import DIGESTS, SIGNATURES, Digest, Signing, without_null
from lockgate_formats.cms.attributes import Attributes, read_attributes
from lockgate_formats.cms.ber import read_either
from lockgate_formats.cms.certificates import NamedCertificate, read_certificate
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable
from lockgate_formats.cms.structures import (
    ContentInfo,
    SignedData,
    SignedDataWithCrls,
    SignerInfo,
    SignerInfoWithUnsigned,
)

Value = TypeVar("Value")
_KINDS = {oid: kind for kind, oid in oids.CONTENT_TYPES.items()}
VERSION_1, VERSION_3 = der.integer(1), der.integer(3)


class UnusableKey(Unreadable):
    """The signer's key is of a kind or size that is not used here."""


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """The content of a SignedData, with nothing verified yet.

    Attributes:
        version: of SignedData, DER.
        content_type: dotted.
        signer: the DER SignerIdentifier.
        digest_algorithm, signature_algorithm: DER AlgorithmIdentifiers.
    """

    version: bytes
    content_type: str
    content: bytes
    certificates: tuple[bytes, ...]
    signer: bytes
    digest_algorithm: bytes
    attributes: Attributes
    signature_algorithm: bytes
    signature: bytes


def verify(content_info: bytes, limits: EnvelopeLimits) -> Signed:
    """Check the one signature on the SignedData in the DER or BER ContentInfo.

    Raises:
        ValueError, InvalidSignature: anything is malformed, not accepted or not verified.
    """
    statement = read_either(lambda octets: _read_submessage(octets, limits), content_info)
    certificate = verify_statement(statement, DIGESTS, SIGNATURES)
    return Signed(statement.content, _KINDS[statement.content_type], certificate.octets)


def _read_submessage(octets: bytes, limits: EnvelopeLimits) -> SignedStatement:
    statement = read_statement(octets, limits)
    if statement.content_type not in _KINDS:
        raise Unreadable(f"signed content of the unknown type {statement.content_type}")
    if statement.version != VERSION_3:  # RFC 5652, 5.1: the content type is never id-data
        raise Unreadable("another version of SignedData than this content type has")
    return statement


def read_statement(octets: bytes, limits: EnvelopeLimits, *, tolerant: bool = False) -> SignedStatement:
    """Read the SignedData in the DER ContentInfo `octets`.

    Args:
        tolerant: CRLs and unsigned attributes are skipped without being read.

    Raises:
        ValueError: it is not DER, or not as RFC 5652 and this module require.
    """
    signed_data, info = _tolerated(octets, limits) if tolerant else _strict(octets, limits)
    digest_algorithm = elements.small(info.digest_algorithm)
    if without_null(digest_algorithm) != without_null(_only(signed_data.digest_algorithms, limits)):
        raise Unreadable("SignedData and SignerInfo name different digests")
    signer = elements.small(info.signer)
    if elements.small(info.version) != (VERSION_1 if signer[0] == der.SEQUENCE else VERSION_3):
        raise Unreadable("the version of SignerInfo does not fit how it names the signer")
    return SignedStatement(
        version=elements.small(signed_data.version),
        content_type=signed_data.content.content_type.dotted_string,
        content=signed_data.content.content,
        certificates=_certificates(signed_data.certificates, limits),
        signer=signer,
        digest_algorithm=digest_algorithm,
        attributes=read_attributes(info.signed_attributes, der.CONTEXT_0, limits),
        signature_algorithm=elements.small(info.signature_algorithm),
        signature=info.signature,
    )


def _strict(octets: bytes, limits: EnvelopeLimits) -> tuple[SignedData, SignerInfo]:
    signed_data = _content(octets).parse(SignedData)
    return signed_data, asn1.decode_der(SignerInfo, _only(signed_data.signer_infos, limits))


def _tolerated(
    octets: bytes, limits: EnvelopeLimits
) -> tuple[SignedData | SignedDataWithCrls, SignerInfo | SignerInfoWithUnsigned]:
    signed_data = _with_or_without_crls(_content(octets))
    return signed_data, _with_or_without_unsigned(_only(signed_data.signer_infos, limits))


def _with_or_without_crls(content: asn1.TLV) -> SignedData | SignedDataWithCrls:
    try:
        plain: SignedData = content.parse(SignedData)
    except ValueError:
        with_crls: SignedDataWithCrls = content.parse(SignedDataWithCrls)
    else:
        return plain
    if with_crls.crls.tag_bytes[0] != der.CONTEXT_1:
        raise Unreadable("something else where CRLs may be")
    return with_crls


def _with_or_without_unsigned(info: bytes) -> SignerInfo | SignerInfoWithUnsigned:
    try:
        return asn1.decode_der(SignerInfo, info)
    except ValueError:
        found = asn1.decode_der(SignerInfoWithUnsigned, info)
    if found.unsigned_attributes.tag_bytes[0] != der.CONTEXT_1:
        raise Unreadable("something else where unsigned attributes may be")
    return found


def verify_statement(
    statement: SignedStatement, digests: Mapping[bytes, Digest], signatures: Mapping[bytes, Signing]
) -> NamedCertificate:
    """Check digest and signature; the certificate, among those included, whose key has signed.

    Args:
        digests, signatures: the algorithms that are accepted, by their DER AlgorithmIdentifiers.

    Raises:
        ValueError, InvalidSignature: they do not hold.
    """
    digest, signing = (
        _looked_up(digests, statement.digest_algorithm),
        _looked_up(signatures, statement.signature_algorithm),
    )
    of_content = hashlib.new(digest.name, statement.content).digest()
    statement.attributes.require(oids.CONTENT_TYPE, der.oid(statement.content_type))
    statement.attributes.require(oids.MESSAGE_DIGEST, der.octet_string(of_content))
    certificate = _signer(statement)
    _verify_signature(statement, digest, signing, certificate)
    return certificate


def _content(octets: bytes) -> asn1.TLV:
    info = asn1.decode_der(ContentInfo, octets)
    if info.content_type.dotted_string != oids.SIGNED_DATA:
        raise Unreadable("no SignedData where it must be")
    return info.content


def _only(tlv: asn1.TLV, limits: EnvelopeLimits) -> bytes:
    """The one member of a set."""
    found = [octets for _, octets in elements.members(tlv.data, 1, limits.set_size)]
    if tlv.tag_bytes[0] != der.SET or not found:
        raise Unreadable("not exactly one signer or digest algorithm")
    return found[0]


def _looked_up(table: Mapping[bytes, Value], algorithm: bytes) -> Value:
    if algorithm not in table:
        raise Unreadable("an algorithm that is not accepted")
    return table[algorithm]


def _certificates(tlv: asn1.TLV, limits: EnvelopeLimits) -> tuple[bytes, ...]:
    if tlv.tag_bytes[0] != der.CONTEXT_0:
        raise Unreadable("no certificates are included")
    found = tuple(elements.members(tlv.data, limits.certificates, limits.certificates * limits.certificate))
    if any(tag != der.SEQUENCE or len(octets) > limits.certificate for tag, octets in found):
        raise Unreadable("a certificate of another kind than X.509, or too large")
    return tuple(octets for _, octets in found)


def _signer(statement: SignedStatement) -> NamedCertificate:
    """The certificate that SignerInfo names, among those included."""
    included = {octets: read_certificate(octets) for octets in statement.certificates}
    named = [certificate for certificate in included.values() if certificate.is_named_by(statement.signer)]
    if len(named) != 1:
        raise Unreadable(f"{len(named)} of the included certificates are the signer's")
    return named[0]


def _verify_signature(
    statement: SignedStatement, digest: Digest, signing: Signing, certificate: NamedCertificate
) -> None:
    key, protected = certificate.key, statement.attributes.protected
    if key is None:
        raise UnusableKey("the signer's key is of a kind or size that is not used here")
    if not isinstance(key, signing.key) or signing.digest not in (None, digest):
        raise Unreadable("the signer's key, the signature algorithm and the digest do not fit together")
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(statement.signature, protected)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(statement.signature, protected, ec.ECDSA(digest.algorithm))
    else:
        key.verify(statement.signature, protected, padding.PKCS1v15(), digest.algorithm)
