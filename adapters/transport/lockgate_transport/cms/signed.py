"""SignedData (RFC 5652, 5), read and verified. One signer, signed attributes, SHA-2, the certificate included.

Nothing here trusts the certificate: that is `CertificateTrust`'s business.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, padding

from lockgate.ports import Signed
from lockgate_transport.cms import der, oids
from lockgate_transport.cms.algorithms import DIGESTS, SIGNATURES, Digest, Signing
from lockgate_transport.cms.attributes import Attributes, read_attributes
from lockgate_transport.cms.ber import read_either
from lockgate_transport.cms.certificates import NamedCertificate, read_certificate
from lockgate_transport.cms.limits import EnvelopeLimits, Unreadable
from lockgate_transport.cms.structures import ContentInfo, SignedData, SignerInfo

Value = TypeVar("Value")
_KINDS = {oid: kind for kind, oid in oids.CONTENT_TYPES.items()}
_VERSION_1, _VERSION_3 = der.integer(1), der.integer(3)


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a SignedData says, nothing of it checked against anything else."""

    content_type: str
    content: bytes
    certificates: tuple[bytes, ...]
    signer: bytes
    digest: Digest
    attributes: Attributes
    signing: Signing
    signature: bytes


def verify(content_info: bytes, limits: EnvelopeLimits) -> Signed:
    """Check the one signature on the SignedData in the DER or BER ContentInfo.

    Raises:
        ValueError, InvalidSignature: anything at all is not as it must be.
    """
    statement = read_either(lambda octets: _read(octets, limits), content_info)
    kind = _KINDS.get(statement.content_type)
    if kind is None:
        raise Unreadable(f"signed content of the unknown type {statement.content_type}")
    digest = hashlib.new(statement.digest.name, statement.content).digest()
    statement.attributes.require(oids.CONTENT_TYPE, der.identifier(statement.content_type))
    statement.attributes.require(oids.MESSAGE_DIGEST, der.octet_string(digest))
    certificate = _signer(statement)
    _verify_signature(statement, certificate)
    return Signed(statement.content, kind, certificate.octets)


def _read(octets: bytes, limits: EnvelopeLimits) -> _Statement:
    signed_data = _content(octets).parse(SignedData)
    info = asn1.decode_der(SignerInfo, _only(signed_data.signer_infos, limits))
    digest_algorithm = der.small(info.digest_algorithm)
    if der.small(signed_data.version) != _VERSION_3:  # RFC 5652, 5.1: the content type is never id-data
        raise Unreadable("another version of SignedData than this content type has")
    if digest_algorithm != _only(signed_data.digest_algorithms, limits):
        raise Unreadable("SignedData and SignerInfo name different digests")
    signer = der.small(info.signer)
    if der.small(info.version) != (_VERSION_1 if signer[0] == der.SEQUENCE else _VERSION_3):
        raise Unreadable("the version of SignerInfo does not fit how it names the signer")
    return _Statement(
        content_type=signed_data.content.content_type.dotted_string,
        content=signed_data.content.content,
        certificates=_certificates(signed_data.certificates, limits),
        signer=signer,
        digest=_looked_up(DIGESTS, digest_algorithm),
        attributes=read_attributes(info.signed_attributes, der.CONTEXT_0, limits),
        signing=_looked_up(SIGNATURES, der.small(info.signature_algorithm)),
        signature=info.signature,
    )


def _content(octets: bytes) -> asn1.TLV:
    info = asn1.decode_der(ContentInfo, octets)
    if info.content_type.dotted_string != oids.SIGNED_DATA:
        raise Unreadable("no SignedData where it must be")
    return info.content


def _only(tlv: asn1.TLV, limits: EnvelopeLimits) -> bytes:
    """The one member of a set."""
    found = [octets for _, octets in der.members(tlv.data, 1, limits.set_size)]
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
    found = tuple(der.members(tlv.data, limits.certificates, limits.certificates * limits.certificate))
    if any(tag != der.SEQUENCE or len(octets) > limits.certificate for tag, octets in found):
        raise Unreadable("a certificate of another kind than X.509, or too large")
    return tuple(octets for _, octets in found)


def _signer(statement: _Statement) -> NamedCertificate:
    """The certificate that SignerInfo names, among those included."""
    included = {octets: read_certificate(octets) for octets in statement.certificates}
    named = [its for its in included.values() if its.is_named_by(statement.signer)]
    if len(named) != 1:
        raise Unreadable(f"{len(named)} of the included certificates are the signer's")
    return named[0]


def _verify_signature(statement: _Statement, certificate: NamedCertificate) -> None:
    signing, key = statement.signing, certificate.key
    digest = signing.digest or statement.digest
    if key is None or not isinstance(key, signing.key) or digest != statement.digest:
        raise Unreadable("the signer's key, the signature algorithm and the digest do not fit together")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(statement.signature, statement.attributes.protected, ec.ECDSA(digest.algorithm))
    else:
        key.verify(statement.signature, statement.attributes.protected, padding.PKCS1v15(), digest.algorithm)
