"""CMS objects as an attacker or a careless client would build them: by asn1crypto alone, with every part adjustable."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lockgate_formats import der, elements

DIGESTS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}


@dataclass(frozen=True)
class Identity:
    """A certificate and its RSA key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def container(*submessages: bytes) -> bytes:
    """A message's content: SEQUENCE OF OCTET STRING."""
    return element(0x30, b"".join(element(0x04, submessage) for submessage in submessages))


def element(tag: int, contents: bytes) -> bytes:
    """One DER element with a one-octet tag."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + contents


def content_info(content_type: str, content: bytes) -> bytes:
    """A ContentInfo around the DER `content`."""
    return element(0x30, core.ObjectIdentifier(content_type).dump() + element(0xA0, content))


def with_open_lengths(content_info_der: bytes) -> bytes:
    """The ContentInfo in BER: the same, its own lengths left open."""
    content_type, rest = content_info_der[4:15], content_info_der[15:]
    assert rest[0] == 0xA0
    start = 4 if rest[1] == 0x82 else 2
    return b"\x30\x80" + content_type + b"\xa0\x80" + rest[start:] + bytes(4)


def plain(content: bytes) -> bytes:
    """ContentInfo of id-data."""
    return cms.ContentInfo({"content_type": "data", "content": core.OctetString(content)}).dump()  # type: ignore[no-any-return]


def in_capitals(name: bytes, suffix: str = "") -> bytes:
    """The DER name in capitals, as PrintableStrings, with spaces around each value, and `suffix` behind it."""
    attributes = [one for rdn in asn1_x509.Name.load(name).chosen for one in rdn]
    values = [element(0x13, f" {one['value'].native.upper()}{suffix} ".encode()) for one in attributes]
    written = [element(0x30, one["type"].dump() + value) for one, value in zip(attributes, values, strict=True)]
    return element(0x30, b"".join(element(0x31, one) for one in written))


def signer_info(
    content: bytes, content_type: str, signer: Identity, digest: str = "sha256", *, attributes: bool = True
) -> cms.SignerInfo:
    """One SignerInfo over `content`."""
    signed = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": [cms.ContentType(content_type)]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(digest, content).digest()]}),
        ]
    )
    octets = signed.dump() if attributes else content
    fields = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber(
                {
                    "issuer": asn1_x509.Name.load(signer.certificate.issuer.public_bytes()),
                    "serial_number": signer.certificate.serial_number,
                }
            ),
        ),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"}),
        "signature": signer.key.sign(octets, padding.PKCS1v15(), DIGESTS[digest]),
    }
    return cms.SignerInfo(fields | ({"signed_attrs": signed} if attributes else {}))


def signed_data(
    content: bytes,
    content_type: str,
    infos: Sequence[cms.SignerInfo],
    certificates: Sequence[Identity],
    digest: str = "sha256",
) -> bytes:
    """ContentInfo of SignedData with the given SignerInfos and certificates."""
    value = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [asn1_x509.Certificate.load(certificate.der) for certificate in certificates],
            "signer_infos": list(infos),
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": value}).dump()  # type: ignore[no-any-return]


def recipient_info(key: bytes, recipient: x509.Certificate) -> cms.RecipientInfo:
    """`key` wrapped by RSA-OAEP with SHA-256 for `recipient`."""
    public = recipient.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    wrapped = public.encrypt(key, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})
    oaep = cms.KeyEncryptionAlgorithm(
        {
            "algorithm": "rsaes_oaep",
            "parameters": algos.RSAESOAEPParams(
                {"hash_algorithm": sha256, "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256.copy()}}
            ),
        }
    )
    issuer_and_serial = cms.IssuerAndSerialNumber(
        {
            "issuer": asn1_x509.Name.load(recipient.issuer.public_bytes()),
            "serial_number": recipient.serial_number,
        }
    )
    return cms.RecipientInfo(
        "ktri",
        cms.KeyTransRecipientInfo(
            {
                "version": "v0",
                "rid": cms.RecipientIdentifier("issuer_and_serial_number", issuer_and_serial),
                "key_encryption_algorithm": oaep,
                "encrypted_key": wrapped,
            }
        ),
    )


class GcmParameters(core.Sequence):  # type: ignore[misc]
    """RFC 5084, 3.2."""

    _fields = [("nonce", core.OctetString), ("icv_length", core.Integer, {"default": 12})]  # noqa: RUF012


class GcmAlgorithm(core.Sequence):  # type: ignore[misc]
    """AlgorithmIdentifier of AES-256-GCM."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", GcmParameters)]  # noqa: RUF012


class EncryptedContentInfo(core.Sequence):  # type: ignore[misc]
    """RFC 5652, 6.1."""

    _fields = [  # noqa: RUF012
        ("content_type", core.ObjectIdentifier),
        ("algorithm", GcmAlgorithm),
        ("content", core.OctetString, {"implicit": 0}),
    ]


class AuthEnvelopedData(core.Sequence):  # type: ignore[misc]
    """RFC 5083, 2.1, without originator and attributes."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("recipient_infos", cms.RecipientInfos),
        ("encrypted", EncryptedContentInfo),
        ("mac", core.OctetString),
    ]


def auth_enveloped(
    octets: bytes,
    content_type: str,
    recipient: x509.Certificate,
    *,
    spoil_ciphertext: bool = False,
    spoil_key: bool = False,
) -> bytes:
    """ContentInfo of AuthEnvelopedData, AES-256-GCM, around `octets` of `content_type`."""
    key, nonce = AESGCM.generate_key(256), bytes(12)
    sealed = bytearray(AESGCM(key).encrypt(nonce, octets, None))
    if spoil_ciphertext:
        sealed[0] ^= 1
    info = recipient_info(key, recipient)
    if spoil_key:
        wrapped = bytearray(info.chosen["encrypted_key"].native)
        wrapped[-1] ^= 1
        info.chosen["encrypted_key"] = bytes(wrapped)
    algorithm = GcmAlgorithm({"algorithm": "2.16.840.1.101.3.4.1.46", "parameters": {"nonce": nonce, "icv_length": 16}})
    value = AuthEnvelopedData(
        {
            "version": 0,
            "recipient_infos": cms.RecipientInfos([info]),
            "encrypted": {"content_type": content_type, "algorithm": algorithm, "content": bytes(sealed[:-16])},
            "mac": bytes(sealed[-16:]),
        }
    )
    return content_info("1.2.840.113549.1.9.16.1.23", value.dump())


def cbc_enveloped(octets: bytes, recipient: x509.Certificate) -> bytes:
    """ContentInfo of EnvelopedData, AES-256-CBC and PKCS#1 v1.5, around `octets` as id-data."""
    from cryptography.hazmat.primitives.ciphers import algorithms

    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(octets)
        .add_recipient(recipient)
        .set_content_encryption_algorithm(algorithms.AES256)
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )


def inner(content_info_der: bytes) -> bytes:
    """The content inside a ContentInfo, as it stands in an envelope of that content type."""
    return cms.ContentInfo.load(content_info_der)["content"].untag().dump()  # type: ignore[no-any-return]


def content_in_pieces(message: bytes, within: bytes) -> bytes:
    """The ContentInfo `message` with the OCTET STRING of its SignedData's content in two pieces (BER, X.690, 8.7.3),
    cut in the middle of the octets `within`."""
    kind, explicit = elements.members(elements.contents(message, der.SEQUENCE))
    (signed_data,) = elements.members(elements.contents(explicit, 0xA0))
    version, digests, encapsulated, *rest = elements.members(elements.contents(signed_data, der.SEQUENCE))
    content_type, held = elements.members(elements.contents(encapsulated, der.SEQUENCE))
    (octets,) = elements.members(elements.contents(held, 0xA0))
    content = elements.contents(octets, 0x04)
    cut = content.index(within) + len(within) // 2
    pieces = der.element(0x24, der.element(0x04, content[:cut]), der.element(0x04, content[cut:]))
    written = der.element(der.SEQUENCE, content_type, der.element(0xA0, pieces))
    return der.element(
        der.SEQUENCE, kind, der.element(0xA0, der.element(der.SEQUENCE, version, digests, written, *rest))
    )
