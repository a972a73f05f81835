"""RSA keys that share a prime: found by greatest common divisors (Heninger et al. 2012, Bernstein's batch GCD).

Two moduli with one prime in common are both factored by one division. While issuing, a new modulus is compared with
the product of the most recent ones, which costs the same for every key; all keys are compared with each other by
`moduli_with_shared_primes`, off the hot path.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from threading import Lock

import gmpy2

DEFAULT_WINDOW = 25
"""How many moduli a new one is compared with; 25 cost about 25 µs for 2048 bits (docs/performance.md)."""


class RecentModuli:
    """The product of the last distinct moduli; may be shared between threads.

    Args:
        size: how many moduli are kept; 0 compares with none.
    """

    def __init__(self, size: int = DEFAULT_WINDOW) -> None:
        self._size = size
        self._order: deque[gmpy2.mpz] = deque()
        self._members: set[gmpy2.mpz] = set()
        self._product = gmpy2.mpz(1)
        self._lock = Lock()

    def shares_prime(self, modulus: gmpy2.mpz) -> bool:
        """Whether `modulus` and a different remembered one have a common factor."""
        with self._lock:
            known, others = modulus in self._members, self._product
        if known:
            others = gmpy2.divexact(others, modulus)
        return bool(gmpy2.gcd(modulus, others % modulus) != 1)

    def remember(self, modulus: gmpy2.mpz) -> None:
        """Add `modulus`; the oldest one is forgotten where there are too many. A known one changes nothing."""
        with self._lock:
            if modulus in self._members or self._size == 0:
                return
            if len(self._order) == self._size:
                oldest = self._order.popleft()
                self._members.discard(oldest)
                self._product = gmpy2.divexact(self._product, oldest)
            self._order.append(modulus)
            self._members.add(modulus)
            self._product *= modulus


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
