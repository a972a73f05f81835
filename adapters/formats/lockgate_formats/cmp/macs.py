"""MACs under a shared secret: PasswordBasedMac (RFC 4211, 4.4) and PBMAC1 (RFC 8018, 7.1), as RFC 9481, 6 uses them.

A key is derived from the secret by many iterations: so that their number is bounded before anything is computed.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgate_formats import der
from lockgate_formats.cmp import oids
from lockgate_formats.cmp.limits import FEWEST_ITERATIONS, FEWEST_SALT_OCTETS, ProtectionLimits
from lockgate_formats.cms import oids as cms_oids
from lockgate_formats.cms.algorithms import algorithm, with_or_without_null
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, bounded, read_whole, small_integer
from lockgate_formats.signature_algorithms import DIGESTS, SHA1, SHA256, SHA384, SHA512, Digest

KEY_OCTETS = range(16, 129)
"""How many octets a key that PBMAC1 derives may have."""
_OWFS: Mapping[bytes, Digest] = MappingProxyType(
    dict.fromkeys(with_or_without_null(cms_oids.SHA1), SHA1)
    | {identifier: digest for identifier, digest in DIGESTS.items() if digest in (SHA256, SHA384, SHA512)}
)
_CONSTRUCTORS = {SHA1: hashlib.sha1, SHA256: hashlib.sha256, SHA384: hashlib.sha384, SHA512: hashlib.sha512}
"""Twice as fast as hashlib's look-up by name, which would be made for each iteration."""
_HMAC_OIDS: Mapping[str, Digest] = {
    oids.HMAC_SHA1: SHA1,
    oids.HMAC_WITH_SHA1: SHA1,
    cms_oids.HMAC_WITH_SHA256: SHA256,
    oids.HMAC_WITH_SHA384: SHA384,
    oids.HMAC_WITH_SHA512: SHA512,
}
_HMACS: Mapping[bytes, Digest] = MappingProxyType(
    {identifier: digest for oid, digest in _HMAC_OIDS.items() for identifier in with_or_without_null(oid)}
)
"""HMAC (RFC 9481, 6.2): parameters absent, or NULL."""
HMAC_SHA256 = algorithm(cms_oids.HMAC_WITH_SHA256, der.NULL)
_PBKDF2 = der.oid(cms_oids.PBKDF2)


@dataclass(frozen=True, slots=True)
class PasswordBasedMac:
    """PBMParameter (RFC 4211, 4.4).

    Attributes:
        owf, mac: DER AlgorithmIdentifiers of the one-way function and of an HMAC.
        iterations: of the one-way function, over secret and salt.
    """

    salt: bytes
    owf: bytes
    iterations: int
    mac: bytes

    @property
    def algorithm(self) -> bytes:
        """The DER AlgorithmIdentifier."""
        parameters = (der.octet_string(self.salt), self.owf, der.integer(self.iterations), self.mac)
        return algorithm(oids.PASSWORD_BASED_MAC, der.sequence(*parameters))

    def compute(self, secret: bytes, octets: bytes) -> bytes:
        """The MAC over `octets`; takes as long as the iteration count says."""
        one_way, key = getattr(hashlib, _OWFS[self.owf].name), secret + self.salt
        for _ in range(self.iterations):
            key = one_way(key).digest()
        return hmac.digest(key, octets, _HMACS[self.mac].name)


@dataclass(frozen=True, slots=True)
class Pbmac1:
    """PBMAC1-params (RFC 8018, A.5) with PBKDF2.

    Attributes:
        prf, mac: DER AlgorithmIdentifiers of HMACs: PBKDF2's, and the one over the message.
        iterations: of PBKDF2.
        key_octets: of the key that it derives.
    """

    salt: bytes
    iterations: int
    key_octets: int
    prf: bytes
    mac: bytes

    @property
    def algorithm(self) -> bytes:
        """The DER AlgorithmIdentifier."""
        derivation = pbkdf2(self.salt, self.iterations, self.key_octets, self.prf)
        return algorithm(oids.PBMAC1, der.sequence(derivation, self.mac))

    def compute(self, secret: bytes, octets: bytes) -> bytes:
        """The MAC over `octets`; takes as long as the iteration count says."""
        key = derive_key(secret, self.salt, self.iterations, self.key_octets, self.prf)
        return hmac.digest(key, octets, _HMACS[self.mac].name)


PBMAC1_SHA256 = Pbmac1(bytes(FEWEST_SALT_OCTETS), 2048, 32, HMAC_SHA256, HMAC_SHA256)
PASSWORD_BASED_MAC_SHA256 = PasswordBasedMac(bytes(FEWEST_SALT_OCTETS), algorithm(cms_oids.SHA256), 1024, HMAC_SHA256)


def pbkdf2(salt: bytes, iterations: int, key_octets: int, prf: bytes) -> bytes:
    """The DER AlgorithmIdentifier of PBKDF2 (RFC 8018, A.2); `prf` is one of an HMAC."""
    parameters = (der.octet_string(salt), der.integer(iterations), der.integer(key_octets), prf)
    return der.sequence(_PBKDF2, der.sequence(*parameters))


def derive_key(secret: bytes, salt: bytes, iterations: int, key_octets: int, prf: bytes) -> bytes:
    """The key that PBKDF2 makes of `secret`; `prf` is the DER AlgorithmIdentifier of an HMAC."""
    return hashlib.pbkdf2_hmac(_HMACS[prf].name, secret, salt, iterations, key_octets)


def read_password_based_mac(fields: Fields, limits: ProtectionLimits) -> PasswordBasedMac:
    """Read the parameters that follow the object identifier of PasswordBasedMac.

    Raises:
        ValueError: they are none, or not accepted.
    """
    parameters = fields.inside(der.SEQUENCE)
    fields.finish()
    salt = parameters.contents(der.OCTET_STRING)
    owf = parameters.element(der.SEQUENCE)
    iterations = small_integer(parameters.contents(der.INTEGER))
    mac = parameters.element(der.SEQUENCE)
    parameters.finish()
    require_bounded(salt, iterations, limits)
    _require(_OWFS, owf, limits)
    _require(_HMACS, mac, limits)
    return PasswordBasedMac(salt, owf, iterations, mac)


def read_pbmac1(fields: Fields, limits: ProtectionLimits) -> Pbmac1:
    """Read the parameters that follow the object identifier of PBMAC1. Raises as `read_password_based_mac`."""
    parameters = fields.inside(der.SEQUENCE)
    fields.finish()
    derivation, mac = parameters.element(der.SEQUENCE), parameters.element(der.SEQUENCE)
    parameters.finish()
    digest = _require(_HMACS, mac, limits)
    salt, iterations, key_octets, prf = read_pbkdf2(derivation, limits, digest.octets)
    return Pbmac1(salt, iterations, key_octets, prf, mac)


def read_pbkdf2(derivation: bytes, limits: ProtectionLimits, key_octets: int) -> tuple[bytes, int, int, bytes]:
    """Salt, iterations, octets of the key, and the DER AlgorithmIdentifier of the HMAC, of a DER AlgorithmIdentifier of
    PBKDF2 (RFC 8018, A.2).

    Args:
        key_octets: where it names none.

    Raises:
        ValueError: it is none, or not accepted.
    """
    fields = read_whole(derivation)
    if fields.element(der.OBJECT_IDENTIFIER) != _PBKDF2:
        raise Unreadable("a key derivation that is not PBKDF2")
    parameters = fields.inside(der.SEQUENCE)
    fields.finish()
    salt = parameters.contents(der.OCTET_STRING)
    iterations = small_integer(parameters.contents(der.INTEGER))
    length = parameters.optional(der.INTEGER)
    prf = parameters.element(der.SEQUENCE) if parameters.size else _DEFAULT_PRF
    parameters.finish()
    require_bounded(salt, iterations, limits)
    octets = key_octets if length is None else small_integer(length)
    if octets not in KEY_OCTETS:
        raise Unreadable(f"a derived key of other than {KEY_OCTETS.start} to {KEY_OCTETS.stop - 1} octets")
    _require(_HMACS, prf, limits)
    return salt, iterations, octets, prf


_DEFAULT_PRF = algorithm(oids.HMAC_WITH_SHA1, der.NULL)


def require_bounded(salt: bytes, iterations: int, limits: ProtectionLimits) -> None:
    """Refuse to derive a key with those parameters, unless they are within bounds.

    Raises:
        ValueError: they are not.
    """
    bounded(salt, limits.salt, "a salt")
    if len(salt) < FEWEST_SALT_OCTETS:
        raise Unreadable(f"a salt of less than {FEWEST_SALT_OCTETS} octets")
    if not FEWEST_ITERATIONS <= iterations <= limits.iterations:
        raise Unreadable(f"an iteration count that is not from {FEWEST_ITERATIONS} to {limits.iterations}")


def _require(table: Mapping[bytes, Digest], identifier: bytes, limits: ProtectionLimits) -> Digest:
    digest = table.get(identifier)
    if digest is None:
        raise Unreadable("a hash or MAC that is not used here")
    if digest is SHA1 and not limits.hmac_sha1:
        raise Unreadable("SHA-1, which is switched off")
    return digest
