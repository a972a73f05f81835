"""RSA keys that share a prime: found by greatest common divisors (Heninger et al. 2012, Bernstein's batch GCD).

Two moduli with one prime in common are both factored by one division. While issuing, a new modulus is compared with the
product of the most recent ones, which costs the same for every key; all keys are compared with each other by
`moduli_with_shared_primes`, outside of issuance.
"""

from collections.abc import Iterable, Sequence
from threading import Lock

import gmpy2

from lockgate.administration.keys import DEFAULT_COMPARED_MODULI


class RecentModuli:
    """The products of the last distinct moduli, in two blocks: the older one is dropped when the newer one is full.

    Args:
        size: moduli in a block; 0 compares with none.
    """

    def __init__(self, size: int = DEFAULT_COMPARED_MODULI) -> None:
        self._size = size
        self._older: set[gmpy2.mpz] = set()
        self._newer: set[gmpy2.mpz] = set()
        self._older_product = self._newer_product = gmpy2.mpz(1)
        self._lock = Lock()

    def shares_prime(self, modulus: gmpy2.mpz) -> bool:
        """Whether `modulus` and a different remembered one have a common factor."""
        with self._lock:
            older, newer = self._older_product, self._newer_product
            if modulus in self._older:
                older = gmpy2.divexact(older, modulus)
            elif modulus in self._newer:
                newer = gmpy2.divexact(newer, modulus)
        return bool(gmpy2.gcd(modulus, (older % modulus) * (newer % modulus)) != 1)

    def remember(self, modulus: gmpy2.mpz) -> None:
        """Add `modulus`; a known one changes nothing."""
        with self._lock:
            if self._size == 0 or modulus in self._newer or modulus in self._older:
                return
            if len(self._newer) == self._size:
                self._older, self._older_product = self._newer, self._newer_product
                self._newer, self._newer_product = set(), gmpy2.mpz(1)
            self._newer.add(modulus)
            self._newer_product *= modulus


def moduli_with_shared_primes(moduli: Iterable[gmpy2.mpz]) -> frozenset[gmpy2.mpz]:
    """Every modulus that shares a factor with a different one among `moduli`; duplicates count once.

    Quasi-linear: a tree of products, then a tree of remainders modulo the squares (Bernstein 2004).
    """
    leaves = sorted(set(moduli))
    if len(leaves) < 2:
        return frozenset()
    levels: list[Sequence[gmpy2.mpz]] = [leaves]
    while len(levels[-1]) > 1:
        level = levels[-1]
        levels.append([gmpy2.mpz(gmpy2.mul(*pair)) if len(pair) > 1 else pair[0] for pair in _pairs(level)])
    remainders: Sequence[gmpy2.mpz] = levels[-1]
    for level in reversed(levels[:-1]):
        remainders = [remainders[index // 2] % (value * value) for index, value in enumerate(level)]
    return frozenset(
        modulus
        for modulus, remainder in zip(leaves, remainders, strict=True)
        if gmpy2.gcd(modulus, remainder // modulus) != 1
    )


def _pairs(values: Sequence[gmpy2.mpz]) -> Iterable[Sequence[gmpy2.mpz]]:
    return (values[start : start + 2] for start in range(0, len(values), 2))
