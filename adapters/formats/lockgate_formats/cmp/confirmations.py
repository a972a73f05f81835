"""Certificate confirmations (RFC 9810, 5.3.18): the body certConf."""

from collections.abc import Sequence

from lockgate_formats.cmp.contents import CertificateConfirmation
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_certificate_confirmations(
    body: bytes, limits: MessageLimits = DEFAULT_LIMITS
) -> tuple[CertificateConfirmation, ...]:
    """Read a DER CertConfirmContent; may be empty.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_certificate_confirmations(confirmations: Sequence[CertificateConfirmation]) -> bytes:
    """The DER CertConfirmContent."""
    raise NotImplementedError


def certificate_hash(certificate: bytes, hash_algorithm: bytes | None = None) -> bytes:
    """The certHash of the DER `certificate` (RFC 9810, 5.3.18): by the DER `hash_algorithm`, otherwise by the digest of
    its signature.

    Raises:
        MalformedMessage: `bad_alg`, the hash is not accepted, or the signature names none.
    """
    raise NotImplementedError
