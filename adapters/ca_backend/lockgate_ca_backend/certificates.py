"""Certificates (RFC 5280, 4.1), put together and signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lockgate_ca_backend.signing import CaKey
from lockgate_formats import der

SERIAL_OCTETS = 20
_VERSION_3 = der.explicit(0, der.integer(2))
Octets = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Validity:
    """Both ends included, whole seconds, UTC (RFC 5280, 4.1.2.5)."""

    not_before: datetime
    not_after: datetime

    def within(self, now: datetime, backdate: timedelta, lifetime: timedelta) -> "Validity":
        """A period for a certificate signed now by the CA with this one: begins `backdate` ago, lasts `lifetime`.

        Cut off at both ends of this period; the caller has made sure that `now` lies in it.
        """
        start = max(now.astimezone(UTC).replace(microsecond=0) - backdate, self.not_before)
        return Validity(start, min(start + lifetime - timedelta(seconds=1), self.not_after))

    def covers(self, now: datetime) -> bool:
        """Whether `now` lies in the period."""
        return self.not_before <= now <= self.not_after


def new_serial_number(octets: Octets) -> int:
    """A positive serial number of exactly 20 octets, 158 bits of them random (RFC 5280, 4.1.2.2)."""
    first, *rest = octets(SERIAL_OCTETS)
    return int.from_bytes(bytes((first & 0x3F | 0x40, *rest)))


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """The content of a certificate (TBSCertificate, RFC 5280, 4.1.2).

    Attributes:
        issuer, subject: DER Names.
        spki: DER SubjectPublicKeyInfo.
        extensions: DER Extensions.
    """

    serial_number: int
    issuer: bytes
    validity: Validity
    subject: bytes
    spki: bytes
    extensions: bytes

    def signed_by(self, signer: CaKey) -> bytes:
        """The DER certificate."""
        tbs = self.to_be_signed(signer.algorithm)
        return signed(tbs, signer.algorithm, signer.sign(tbs))

    def to_be_signed(self, algorithm: bytes) -> bytes:
        """The DER TBSCertificate.

        Args:
            algorithm: DER AlgorithmIdentifier of the signature.
        """
        return der.sequence(
            _VERSION_3,
            der.integer(self.serial_number),
            algorithm,
            self.issuer,
            der.sequence(der.time(self.validity.not_before), der.time(self.validity.not_after)),
            self.subject,
            self.spki,
            der.explicit(3, self.extensions),
        )


def signed(tbs: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """The DER certificate.

    Args:
        tbs: DER TBSCertificate.
        algorithm: DER AlgorithmIdentifier of the signature.
        signature: the content of the BIT STRING.
    """
    return der.sequence(tbs, algorithm, der.bit_string(signature))
