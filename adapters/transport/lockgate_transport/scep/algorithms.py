"""The algorithms of SCEP messages (RFC 8894, 2.9 and 3.5.2): AES-CBC, SHA-2, and what old devices need if it is let in.

DES and MD5 are in no table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from lockgate.ports import KeyTransport
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import (
    AES128,
    AES256,
    DIGESTS,
    KEY_TRANSPORTS,
    OAEP_SHA1,
    SHA256,
    SHA512,
    SIGNATURES,
    BlockCipher,
    Digest,
    Signing,
    WrittenScheme,
    algorithm,
    with_or_without_null,
)
from lockgate_formats.der import NULL

_SHA1 = Digest("sha1", hashes.SHA1())  # noqa: S303  (for old devices only, where the configuration allows them)
TRIPLE_DES = BlockCipher("DES-EDE3-CBC", oids.TRIPLE_DES_CBC, 24, 8, TripleDES)
RSA_ENCRYPTION = algorithm(oids.RSA_ENCRYPTION, NULL)
SHA256_REPLY = WrittenScheme(SHA256, algorithm(oids.SHA256, NULL), RSA_ENCRYPTION)
SHA1_REPLY = WrittenScheme(_SHA1, algorithm(oids.SHA1, NULL), RSA_ENCRYPTION)
"""How answers are signed. strongSwan wants the signature algorithm named `rsaEncryption` (RFC 3370, 3.2)."""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """What is accepted, by DER AlgorithmIdentifiers and, for ciphers, dotted object identifiers."""

    digests: Mapping[bytes, Digest]
    signatures: Mapping[bytes, Signing]
    ciphers: Mapping[str, BlockCipher]
    transports: Mapping[bytes, KeyTransport]

    def is_legacy(self, digest_algorithm: bytes) -> bool:
        """Whether whoever uses that digest needs an answer with SHA-1."""
        return self.digests.get(digest_algorithm) == _SHA1


CURRENT = Algorithms(
    DIGESTS,
    # RFC 8419, 3.1: with signed attributes, Ed25519 goes with SHA-512.
    MappingProxyType(
        {
            **SIGNATURES,
            **dict.fromkeys(with_or_without_null(oids.ED25519), Signing(ed25519.Ed25519PublicKey, SHA512)),
        }
    ),
    MappingProxyType({cipher.oid: cipher for cipher in (AES128, AES256)}),
    KEY_TRANSPORTS,
)
LEGACY = Algorithms(
    MappingProxyType({**DIGESTS, **dict.fromkeys(with_or_without_null(oids.SHA1), _SHA1)}),
    MappingProxyType(
        {
            **CURRENT.signatures,
            **dict.fromkeys(with_or_without_null(oids.SHA1_WITH_RSA), Signing(rsa.RSAPublicKey, _SHA1)),
        }
    ),
    MappingProxyType({**CURRENT.ciphers, TRIPLE_DES.oid: TRIPLE_DES}),
    KEY_TRANSPORTS,
)
"""The same and what devices of before 2015 use."""


def accepted(*, legacy: bool, oaep_sha1: bool) -> Algorithms:
    """What is accepted under the switches of those names (`AliasRules`)."""
    found = LEGACY if legacy else CURRENT
    return replace(found, transports={**found.transports, **OAEP_SHA1}) if oaep_sha1 else found
