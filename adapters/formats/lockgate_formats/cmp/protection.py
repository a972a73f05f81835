"""Protection of messages (RFC 9810, 5.1.3; RFC 9481): which one a message says it has, whether it holds, and new ones.

Nothing is computed before the algorithm's parameters are within bounds. KEM-based and Diffie-Hellman-based MACs, and
ML-DSA, are refused as `bad_alg`; their place is the tables of this module.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from lockgate.ports import Random
from lockgate_formats import der
from lockgate_formats.cmp import oids
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.macs import PBMAC1_SHA256, PasswordBasedMac, Pbmac1, read_password_based_mac, read_pbmac1
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.signatures import SignatureProtection, verify
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.fields import Fields, read_whole
from lockgate_formats.signature_algorithms import read_signature_algorithm

SALT_OCTETS = 16
CACHED = 64
"""Algorithms that are kept: each message's is asked for several times while it is answered."""
MacProtection = PasswordBasedMac | Pbmac1
Protection = MacProtection | SignatureProtection
_MACS: Mapping[bytes, Callable[[Fields, ProtectionLimits], MacProtection]] = MappingProxyType(
    {der.oid(oids.PASSWORD_BASED_MAC): read_password_based_mac, der.oid(oids.PBMAC1): read_pbmac1}
)
_NAMED: Mapping[bytes, str] = MappingProxyType(
    {der.oid(oids.DH_BASED_MAC): "DHBasedMac", der.oid(oids.KEM_BASED_MAC): "KemBasedMac"}
)
"""Algorithms that are refused by name."""


class Protector(Protocol):
    """Protects messages: a `MacProtector` or a `SignatureProtector`."""

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
    try:
        return _read(algorithm, limits)
    except ValueError as error:
        raise MalformedMessage(f"The protection algorithm is not accepted: {error}.", FailInfo.BAD_ALG) from None


@lru_cache(maxsize=CACHED)
def _read(algorithm: bytes, limits: ProtectionLimits) -> Protection:
    fields = read_whole(algorithm)
    kind = fields.element(der.OBJECT_IDENTIFIER)
    if kind in _MACS:
        return _MACS[kind](fields, limits)
    found = read_signature_algorithm(algorithm)
    if found is None:
        raise ValueError(f"{_NAMED.get(kind, 'this kind')} is not used here")
    if not found.strong:
        raise ValueError("a signature needs SHA-256, SHA-384 or SHA-512")
    return SignatureProtection(algorithm, found)


def protection_of(message: PkiMessage, limits: ProtectionLimits = DEFAULT_PROTECTION) -> Protection | None:
    """What `message` says that it is protected with; None for one that is not protected.

    Raises:
        MalformedMessage: `bad_alg`, as for `read_protection`; `bad_message_check`, it has an algorithm without a
            protection, or the other way round.
    """
    algorithm = message.header.protection_algorithm
    if (algorithm is None) != (message.protection is None):
        text = "The message has only one of protectionAlg and protection."
        raise MalformedMessage(text, FailInfo.BAD_MESSAGE_CHECK, message.header)
    return None if algorithm is None else read_protection(algorithm, limits)


def verify_mac(message: PkiMessage, secret: bytes, limits: ProtectionLimits = DEFAULT_PROTECTION) -> bool:
    """Whether `message` has a MAC under `secret`; compared in constant time.

    Raises:
        MalformedMessage: as for `protection_of`.
    """
    protection = protection_of(message, limits)
    if not isinstance(protection, MacProtection):
        return False
    return hmac.compare_digest(protection.compute(secret, message.protected_part), message.protection or b"")


def verify_signature(message: PkiMessage, certificate: bytes) -> bool:
    """Whether the key of the DER `certificate` has signed `message`; the certificate itself is not judged.

    Raises:
        MalformedMessage: as for `protection_of`.
    """
    protection = protection_of(message)
    if not isinstance(protection, SignatureProtection):
        return False
    return verify(protection.signing, certificate, message.protection or b"", message.protected_part)


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
    secret: bytes,
    random: Random,
    like: bytes | MacProtection = PBMAC1_SHA256,
    limits: ProtectionLimits = DEFAULT_PROTECTION,
) -> MacProtector:
    """Protects with a MAC under `secret` and a fresh salt of 16 octets.

    Args:
        like: whose algorithms and iteration count it has: a protection, or the DER AlgorithmIdentifier of the message
            that is answered.

    Raises:
        MalformedMessage: `bad_alg`, `like` is no MAC that is accepted.
    """
    parameters = read_protection(like, limits) if isinstance(like, bytes) else like
    if not isinstance(parameters, MacProtection):
        raise MalformedMessage("The message to answer is not protected with a MAC.", FailInfo.BAD_ALG)
    return MacProtector(secret, replace(parameters, salt=random.octets(SALT_OCTETS)))
