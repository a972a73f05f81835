"""The structures of CMS (RFC 5652, RFC 5083) as far as they are accepted, for the strict DER decoder.

Lists are left as one element (`TLV`) and split by `der.members`. Optional parts without a use here (originatorInfo,
CRLs, unsigned and unprotected attributes) are no part of the structures: an object that holds one is refused. For SCEP,
whose devices write meaningless CRLs and unsigned attributes, there are structures with them.
"""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1


@asn1.sequence
class ContentInfo:
    """RFC 5652, 3."""

    content_type: x509.ObjectIdentifier
    content: Annotated[asn1.TLV, asn1.Explicit(0)]


@asn1.sequence
class Data:
    """RFC 5652, 4, in its ContentInfo."""

    content_type: x509.ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    """RFC 5652, 5.1; the content has the form of `Data`; `certificates` and `signer_infos` are sets."""

    version: asn1.TLV
    digest_algorithms: asn1.TLV
    content: Data
    certificates: asn1.TLV
    signer_infos: asn1.TLV


@asn1.sequence
class SignerInfo:
    """RFC 5652, 5.3."""

    version: asn1.TLV
    signer: asn1.TLV
    digest_algorithm: asn1.TLV
    signed_attributes: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: bytes


@asn1.sequence
class SignedDataWithCrls:
    """RFC 5652, 5.1, with `crls`: old devices write an empty set."""

    version: asn1.TLV
    digest_algorithms: asn1.TLV
    content: Data
    certificates: asn1.TLV
    crls: asn1.TLV
    signer_infos: asn1.TLV


@asn1.sequence
class SignerInfoWithUnsigned:
    """RFC 5652, 5.3, with unsigned attributes, of which nothing is read."""

    version: asn1.TLV
    signer: asn1.TLV
    digest_algorithm: asn1.TLV
    signed_attributes: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: bytes
    unsigned_attributes: asn1.TLV


@asn1.sequence
class CmsAttribute:
    """RFC 5652, 5.3."""

    type: x509.ObjectIdentifier
    values: asn1.TLV


@asn1.sequence
class EncryptedContent:
    """RFC 5652, 6.1: EncryptedContentInfo; the content is an implicitly tagged string."""

    content_type: x509.ObjectIdentifier
    algorithm: asn1.TLV
    content: asn1.TLV


@asn1.sequence
class EnvelopedData:
    """RFC 5652, 6.1."""

    version: asn1.TLV
    recipients: asn1.TLV
    encrypted: EncryptedContent


@asn1.sequence
class AuthEnvelopedData:
    """RFC 5083, 2.1, without authenticated attributes."""

    version: asn1.TLV
    recipients: asn1.TLV
    encrypted: EncryptedContent
    mac: bytes


@asn1.sequence
class AttributedAuthEnvelopedData:
    """RFC 5083, 2.1, with authenticated attributes."""

    version: asn1.TLV
    recipients: asn1.TLV
    encrypted: EncryptedContent
    attributes: asn1.TLV
    mac: bytes


@asn1.sequence
class KeyTransRecipientInfo:
    """RFC 5652, 6.2.1."""

    version: asn1.TLV
    recipient: asn1.TLV
    algorithm: asn1.TLV
    encrypted_key: bytes


@asn1.sequence
class IssuerAndSerialNumber:
    """RFC 5652, 10.2.4."""

    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class IssuerAndSubject:
    """RFC 8894, 3.3.3."""

    issuer: asn1.TLV
    subject: asn1.TLV


@asn1.sequence
class GcmParameters:
    """RFC 5084, 3.2."""

    nonce: bytes
    tag_length: Annotated[int, asn1.Default(12)]


@asn1.sequence
class GcmAlgorithm:
    """AES-256-GCM's AlgorithmIdentifier (RFC 5084, 3.2)."""

    algorithm: x509.ObjectIdentifier
    parameters: GcmParameters


@asn1.sequence
class AnyAlgorithm:
    """RFC 5280, 4.1.1.2, with parameters of any kind."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class CbcAlgorithm:
    """AES-256-CBC's AlgorithmIdentifier (RFC 3565, 4.1)."""

    algorithm: x509.ObjectIdentifier
    initialization_vector: bytes


@asn1.sequence
class Certificate:
    """RFC 5280, 4.1, with its parts not decoded."""

    tbs: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class Extension:
    """RFC 5280, 4.1."""

    kind: x509.ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]
    value: bytes


@asn1.sequence
class TbsCertificate:
    """RFC 5280, 4.1; no name in it is decoded."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial_number: asn1.TLV
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    public_key: asn1.TLV
    issuer_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]
