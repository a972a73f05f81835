"""Protection of messages (RFC 9810, 5.1.3; RFC 9481): which one a message says it has, whether it holds, and new ones.

Nothing is computed before the algorithm's parameters are within bounds. KEM-based and Diffie-Hellman-based MACs, and
ML-DSA, are refused as `bad_alg`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lockgate.ports import Keystore, Random
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.messages import PkiMessage


class MacProtection(Protocol):
    """A MAC under a shared secret: a `PasswordBasedMac` or a `Pbmac1`."""

    @property
    def algorithm(self) -> bytes:
        """The DER AlgorithmIdentifier with these parameters."""

    def compute(self, secret: bytes, octets: bytes) -> bytes:
        """The MAC over `octets`; takes as long as its iteration count says."""


@dataclass(frozen=True, slots=True)
class SignatureProtection:
    """A signature.

    Attributes:
        algorithm: DER AlgorithmIdentifier.
        digest: `sha256`, `sha384` or `sha512`; empty for Ed25519 and Ed448.
    """

    algorithm: bytes
    name: str
    digest: str


Protection = MacProtection | SignatureProtection


class Protector(Protocol):
    """Protects messages."""

    @property
    def algorithm(self) -> bytes:
        """The DER AlgorithmIdentifier that the header names."""

    def protect(self, protected_part: bytes) -> bytes:
        """The octets of the BIT STRING `protection` over the DER ProtectedPart."""


def read_protection(algorithm: bytes, limits: ProtectionLimits = DEFAULT_PROTECTION) -> Protection:
    """What the DER AlgorithmIdentifier of a header's protectionAlg says.

    Raises:
        MalformedMessage: `bad_alg`, it is not accepted or its parameters are out of bounds.
    """
    raise NotImplementedError


def verify_mac(message: PkiMessage, secret: bytes, limits: ProtectionLimits = DEFAULT_PROTECTION) -> bool:
    """Whether `message` has a MAC under `secret`; compared in constant time.

    Raises:
        MalformedMessage: `bad_alg`, as for `read_protection`.
    """
    raise NotImplementedError


def verify_signature(message: PkiMessage, certificate: bytes) -> bool:
    """Whether the key of the DER `certificate` has signed `message`; the certificate itself is not judged.

    Raises:
        MalformedMessage: `bad_alg`, as for `read_protection`.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class MacProtector:
    """Protects with a MAC under `secret`."""

    secret: bytes = field(repr=False)
    parameters: MacProtection

    @property
    def algorithm(self) -> bytes:
        """The DER AlgorithmIdentifier."""
        return self.parameters.algorithm

    def protect(self, protected_part: bytes) -> bytes:
        """The MAC."""
        return self.parameters.compute(self.secret, protected_part)


def mac_protector(
    secret: bytes, random: Random, like: bytes | None = None, limits: ProtectionLimits = DEFAULT_PROTECTION
) -> MacProtector:
    """Protects with a MAC under `secret` and a fresh salt.

    Args:
        like: the DER AlgorithmIdentifier of the message that is answered: the same algorithms and iteration count.
            Without: PBMAC1, PBKDF2 and HMAC with SHA-256.

    Raises:
        MalformedMessage: `bad_alg`, `like` is no MAC that is accepted.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SignatureProtector:
    """Protects with a signature.

    Attributes:
        algorithm: DER AlgorithmIdentifier.
        sign: makes the signature over its argument, hashing included.
        certificate: DER, of the key that signs.
    """

    algorithm: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)
    certificate: bytes = field(repr=False)

    def protect(self, protected_part: bytes) -> bytes:
        """The signature."""
        return self.sign(protected_part)


def keystore_protector(keystore: Keystore) -> SignatureProtector:
    """Protects with the signature of the keystore's key."""
    raise NotImplementedError
