"""Public keys as administrators name them, and how many the CA compares a new one with."""

from dataclasses import dataclass

DEFAULT_COMPARED_MODULI = 16
"""A new modulus is compared with at least the last 16 and at most the last 32 distinct ones (docs/performance.md)."""


@dataclass(frozen=True, slots=True)
class KeyName:
    """How an administrator names a key: by exactly one of these.

    Attributes:
        key: its identity, lower-case hexadecimal, as `lockgate key list` shows it.
        fingerprint: of a certificate for it.
        public_key: DER SubjectPublicKeyInfo, in whatever encoding.
    """

    key: str | None = None
    fingerprint: str | None = None
    public_key: bytes | None = None
