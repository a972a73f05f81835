"""Whether a public key may be certified: the checks on the key alone, as a table; profiles add further bounds.

RSA: 2048 to 8192 bits, no small factors, an odd exponent from 65537 to below 2^256 (SP 800-56B, 6.2.2), not from the
generator with CVE-2017-15361 (ROCA), factors not close together (CVE-2022-26320), no prime shared with keys certified
earlier (`shared_primes`). EC: that the point is on the curve is checked on loading. Any key: not on the operator's
blocklist, in whatever encoding that names it.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import gmpy2

from lockgate.errors import ConfigurationError
from lockgate.names.keyspec import MAX_RSA_BITS, MIN_RSA_BITS
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.shared_primes import RecentModuli
from lockgate_formats.public_keys import SubjectKey

MIN_EXPONENT, MAX_EXPONENT_BITS = 65537, 256
FERMAT_ROUNDS = 100
_SMALL_PRIMES = gmpy2.primorial(1000)
_ROCA_PRIMES = [prime for prime in range(3, 168) if gmpy2.is_prime(prime)]


def _powers(generator: int, prime: int) -> frozenset[int]:
    members, power = {1}, generator % prime
    while power not in members:
        members.add(power)
        power = power * generator % prime
    return frozenset(members)


_ROCA = [(prime, _powers(65537, prime)) for prime in _ROCA_PRIMES]
_ROCA_PRODUCT = gmpy2.mpz(1)
for _prime in _ROCA_PRIMES:
    _ROCA_PRODUCT *= _prime


def has_small_factor(modulus: gmpy2.mpz) -> bool:
    """Whether a prime up to 1000, two included, divides `modulus`."""
    return bool(gmpy2.gcd(modulus, _SMALL_PRIMES) != 1)


def has_bad_exponent(exponent: int) -> bool:
    """Whether `exponent` is even, under 65537, or of more than 256 bits."""
    return exponent % 2 == 0 or exponent < MIN_EXPONENT or exponent.bit_length() > MAX_EXPONENT_BITS


def is_roca(modulus: gmpy2.mpz) -> bool:
    """Whether `modulus` is a power of 65537 modulo every small prime: the mark of the generator of CVE-2017-15361."""
    residue = int(modulus % _ROCA_PRODUCT)
    return all(residue % prime in members for prime, members in _ROCA)


def has_close_factors(modulus: gmpy2.mpz, rounds: int = FERMAT_ROUNDS) -> bool:
    """Whether Fermat's method factors the odd `modulus` within `rounds` steps."""
    middle = gmpy2.isqrt(modulus - 1) + 1
    remainder, step = middle * middle - modulus, 2 * middle + 1
    for _ in range(rounds):
        if gmpy2.is_square(remainder):
            return True
        remainder += step
        step += 2
    return False


_RSA_CHECKS: tuple[tuple[Callable[[gmpy2.mpz, int], bool], str], ...] = (
    (lambda n, _: n.bit_length() < MIN_RSA_BITS, f"RSA keys need at least {MIN_RSA_BITS} bits."),
    (lambda n, _: n.bit_length() > MAX_RSA_BITS, f"RSA keys have at most {MAX_RSA_BITS} bits."),
    (lambda _, e: has_bad_exponent(e), "The RSA exponent must be odd, at least 65537 and of at most 256 bits."),
    (lambda n, _: has_small_factor(n), "The RSA modulus has a small factor."),
    (lambda n, _: is_roca(n), "The RSA key comes from a broken generator (CVE-2017-15361)."),
    (lambda n, _: has_close_factors(n), "The RSA key's factors lie too close together (CVE-2022-26320)."),
)


class KeyChecks:
    """Every check on a key alone.

    Args:
        blocklist: SHA-256 digests over SubjectPublicKeyInfo that are never certified.
        recent: the moduli certified lately, None to look for no shared primes.
    """

    def __init__(self, blocklist: frozenset[bytes] = frozenset(), recent: RecentModuli | None = None) -> None:
        self._blocklist = blocklist
        self._recent = recent

    def judge(self, key: SubjectKey) -> Rejected | None:
        """Why `key` is weak, or None where it is not. The rejection is `weak_key`."""
        if self._blocklist and any(hashlib.sha256(spki).digest() in self._blocklist for spki in key.encodings()):
            return _weak("The key is on the CA's blocklist.")
        if key.modulus is None or key.exponent is None:
            return None
        for weak, detail in _RSA_CHECKS:
            if weak(key.modulus, key.exponent):
                return _weak(detail)
        if self._recent is not None and self._recent.shares_prime(key.modulus):
            return _weak("The RSA key shares a prime with another key.")
        return None


def read_blocklist(path: Path) -> frozenset[bytes]:
    """Read a blocklist: one SHA-256 over a DER SubjectPublicKeyInfo a line, hexadecimal; `#` begins a comment.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no such digest.
    """
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"the key blocklist {path} cannot be read") from None
    return frozenset(
        _digest(path, number, text) for number, line in enumerate(lines, 1) if (text := line.partition("#")[0].strip())
    )


def _digest(path: Path, number: int, text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise ConfigurationError(f"{path}, line {number}: no SHA-256 digest in hexadecimal")
    return digest


def _weak(detail: str) -> Rejected:
    return Rejected(Reason.WEAK_KEY, detail)
