"""End entities, and what the CA is asked to do for them."""

from dataclasses import dataclass
from enum import IntEnum

from lockgate.altname import GeneralName
from lockgate.dn import DistinguishedName


class EndEntityStatus(IntEnum):
    """The numbers are the historic ones."""

    NEW = 10
    FAILED = 11
    INITIALIZED = 20
    IN_PROCESS = 30
    GENERATED = 40
    REVOKED = 50
    HISTORICAL = 60
    KEY_RECOVERY = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntity:
    """Someone or something that certificates are issued to. Its password is known to the CA adapter only."""

    username: str
    subject_dn: DistinguishedName
    subject_alt_name: tuple[GeneralName, ...]
    email: str | None
    end_entity_profile: str
    certificate_profile: str
    ca_name: str
    status: EndEntityStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRequest:
    """A certificate request whose proof of possession was verified; only `CertificateRequests` makes one.

    Attributes:
        public_key: DER SubjectPublicKeyInfo (RFC 5280, 4.1).
        challenge_password: from the request's attributes, None without one. A secret.
    """

    public_key: bytes
    challenge_password: str | None = None

    def __repr__(self) -> str:
        return "CertificationRequest(…)"


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate just issued.

    Attributes:
        certificate: DER.
        pkcs7: DER certs-only SignedData: the certificate and its CA's chain up to and including the root.
        fingerprint: SHA-256 over `certificate`, lower-case hexadecimal.
        serial_number: a positive integer of at most 20 octets.
    """

    certificate: bytes
    pkcs7: bytes
    fingerprint: str
    serial_number: int
