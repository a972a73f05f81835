"""The algorithms that are accepted and written, as tables from whole DER AlgorithmIdentifiers (RFC 5280, 4.1.1.2).

An algorithm that is not in a table is refused; parameters are compared together with the algorithm, octet by octet.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, algorithms

from lockgate.ports import KeyTransport, SignatureScheme
from lockgate_formats.cms import oids
from lockgate_formats.cms.elements import header
from lockgate_formats.der import CONTEXT_0, CONTEXT_1, NULL, element, octet_string, oid, sequence

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_RSA_EXPONENT_BITS = 256
"""The CA certifies no longer ones (SP 800-56B, 6.2.2): a longer exponent only makes verifying slower."""
CURVES = (ec.SECP256R1, ec.SECP384R1)


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest algorithm under its name in hashlib."""

    name: str
    algorithm: hashes.HashAlgorithm


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature algorithm: for which kind of key, and with which digest (None: the one that SignerInfo names)."""

    key: type[rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey]
    digest: Digest | None


def algorithm(dotted: str, *parameters: bytes) -> bytes:
    """An AlgorithmIdentifier."""
    return sequence(oid(dotted), *parameters)


def with_or_without_null(dotted: str) -> tuple[bytes, bytes]:
    """An AlgorithmIdentifier without parameters, in both of its encodings (RFC 5754, 2).

    Each algorithm without parameters is read in both encodings, even if its RFC allows only one: encoders differ, and
    reading both is harmless. The encoding that is written is the one of the RFC.
    """
    return algorithm(dotted), algorithm(dotted, NULL)


def without_null(identified: bytes) -> bytes:
    """The AlgorithmIdentifier `identified`, its parameters left out where they are NULL."""
    start, end = header(identified, 0, len(identified))
    return sequence(identified[start:end].removesuffix(NULL))


SHA256 = Digest("sha256", hashes.SHA256())
SHA384 = Digest("sha384", hashes.SHA384())
SHA512 = Digest("sha512", hashes.SHA512())
_DIGEST_OIDS = {oids.SHA256: SHA256, oids.SHA384: SHA384, oids.SHA512: SHA512}
_RSA_OIDS = {
    oids.RSA_ENCRYPTION: None,
    oids.SHA256_WITH_RSA: SHA256,
    oids.SHA384_WITH_RSA: SHA384,
    oids.SHA512_WITH_RSA: SHA512,
}
_ECDSA_OIDS = {oids.ECDSA_WITH_SHA256: SHA256, oids.ECDSA_WITH_SHA384: SHA384, oids.ECDSA_WITH_SHA512: SHA512}

DIGESTS: Mapping[bytes, Digest] = MappingProxyType(
    {identifier: digest for oid, digest in _DIGEST_OIDS.items() for identifier in with_or_without_null(oid)}
)
"""RFC 5754, 2: parameters absent, or NULL."""

SIGNATURES: Mapping[bytes, Signing] = MappingProxyType(
    {
        identifier: Signing(rsa.RSAPublicKey, digest)
        for oid, digest in _RSA_OIDS.items()
        for identifier in with_or_without_null(oid)
    }
    | {
        identifier: Signing(ec.EllipticCurvePublicKey, digest)
        for oid, digest in _ECDSA_OIDS.items()
        for identifier in with_or_without_null(oid)
    }
)
"""RFC 5754, 3: RSASSA-PKCS1-v1_5 and ECDSA."""


def _oaep(digest: str, defaults: tuple[bytes, ...] = ()) -> Iterator[bytes]:
    """RSAES-OAEP (RFC 4055, 4.1) with one digest for both uses and an empty label, in each of its encodings.

    Args:
        defaults: one empty element, if the digest is the default of both uses and may be left out.
    """
    written = with_or_without_null(digest)
    hashing = (*defaults, *(element(CONTEXT_0, identifier) for identifier in written))
    masking = (*defaults, *(element(CONTEXT_1, algorithm(oids.MGF1, identifier)) for identifier in written))
    labels = (b"", element(0xA2, algorithm(oids.P_SPECIFIED, octet_string(b""))))
    for parameters in product(hashing, masking, labels):
        yield algorithm(oids.RSAES_OAEP, sequence(*parameters))


_OAEP_OIDS = {
    oids.SHA256: KeyTransport.RSA_OAEP_SHA256,
    oids.SHA384: KeyTransport.RSA_OAEP_SHA384,
    oids.SHA512: KeyTransport.RSA_OAEP_SHA512,
}
RSA_PKCS1 = algorithm(oids.RSA_ENCRYPTION, NULL)
RSA_OAEP = algorithm(
    oids.RSAES_OAEP,
    sequence(
        element(CONTEXT_0, algorithm(oids.SHA256, NULL)),
        element(CONTEXT_1, algorithm(oids.MGF1, algorithm(oids.SHA256, NULL))),
    ),
)
KEY_TRANSPORTS: Mapping[bytes, KeyTransport] = MappingProxyType(
    dict.fromkeys(with_or_without_null(oids.RSA_ENCRYPTION), KeyTransport.RSA_PKCS1)
    | {identifier: transport for oid, transport in _OAEP_OIDS.items() for identifier in _oaep(oid)}
)
"""How a content encryption key may be wrapped."""


def _oaep_padding(digest: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(digest), digest, None)


TRANSPORT_PADDINGS: Mapping[KeyTransport, padding.AsymmetricPadding] = MappingProxyType(
    {
        KeyTransport.RSA_PKCS1: padding.PKCS1v15(),
        KeyTransport.RSA_OAEP_SHA1: _oaep_padding(hashes.SHA1()),  # noqa: S303  (where it is configured)
        KeyTransport.RSA_OAEP_SHA256: _oaep_padding(hashes.SHA256()),
        KeyTransport.RSA_OAEP_SHA384: _oaep_padding(hashes.SHA384()),
        KeyTransport.RSA_OAEP_SHA512: _oaep_padding(hashes.SHA512()),
    }
)
"""The library's form of each key transport."""
OAEP_SHA1: Mapping[bytes, KeyTransport] = MappingProxyType(
    dict.fromkeys(_oaep(oids.SHA1, defaults=(b"",)), KeyTransport.RSA_OAEP_SHA1)
)
"""The same, where the configuration allows it: RSAES-OAEP with its defaults, written or left out."""


@dataclass(frozen=True, slots=True)
class BlockCipher:
    """A cipher in CBC mode, for the content of EnvelopedData.

    Attributes:
        name: of cipher and mode.
        oid: the same, dotted.
        key_octets, block_octets: sizes; the initialization vector has the block's.
        algorithm: the cipher with a key.
    """

    name: str
    oid: str
    key_octets: int
    block_octets: int
    algorithm: Callable[[bytes], BlockCipherAlgorithm]


AES128 = BlockCipher("AES-128-CBC", oids.AES128_CBC, 16, 16, algorithms.AES128)
AES256 = BlockCipher("AES-256-CBC", oids.AES256_CBC, 32, 16, algorithms.AES256)
SUBMESSAGE_CIPHERS: Mapping[str, BlockCipher] = MappingProxyType({oids.AES256_CBC: AES256})
"""The ciphers in which the content of a submessage's EnvelopedData may be encrypted."""


@dataclass(frozen=True, slots=True)
class WrittenScheme:
    """How a keystore's scheme is written."""

    digest: Digest
    digest_algorithm: bytes
    signature_algorithm: bytes


WRITTEN: Mapping[SignatureScheme, WrittenScheme] = MappingProxyType(
    {
        SignatureScheme.RSA_SHA256: WrittenScheme(
            SHA256, algorithm(oids.SHA256), algorithm(oids.SHA256_WITH_RSA, NULL)
        ),
        SignatureScheme.ECDSA_SHA256: WrittenScheme(SHA256, algorithm(oids.SHA256), algorithm(oids.ECDSA_WITH_SHA256)),
        SignatureScheme.ECDSA_SHA384: WrittenScheme(SHA384, algorithm(oids.SHA384), algorithm(oids.ECDSA_WITH_SHA384)),
    }
)
