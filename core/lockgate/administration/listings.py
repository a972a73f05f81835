"""End entities, certificates and verdicts: the queries of operators, and the listings that answer them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.rights.signer import CertificateStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntityQuery:
    """A search for end entities. They fulfil every condition; None is no condition.

    Attributes:
        username, subject: patterns: `*` for any characters, `?` for one; compared by code points.
    """

    username: str | None = None
    subject: str | None = None
    status: EndEntityStatus | None = None
    end_entity_profile: str | None = None
    certificate_profile: str | None = None
    ca_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateQuery:
    """A search for certificates. They fulfil every condition; None is no condition.

    Attributes:
        username, subject: patterns, as for end entities.
        exact_username: the same without patterns: a name may hold `*` itself.
        requester_fingerprint: of the RA certificate behind them.
        ends_since, ends_before, begins_since, begins_before: UTC; of its validity.
    """

    fingerprint: str | None = None
    username: str | None = None
    exact_username: str | None = None
    subject: str | None = None
    ca_name: str | None = None
    serial_number: int | None = None
    standing: CertificateStanding | None = None
    certificate_profile: str | None = None
    requester_fingerprint: str | None = None
    ends_since: datetime | None = None
    ends_before: datetime | None = None
    begins_since: datetime | None = None
    begins_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndEntityListing:
    """A stored end entity, without its password.

    Attributes:
        modified: UTC.
        attempts: how many wrong passwords are left; None where it has no password.
        password_expires: when its one-time password expires, UTC; None where it has none.
    """

    end_entity: EndEntity
    modified: datetime
    attempts: int | None
    password_expires: datetime | None

    @property
    def has_password(self) -> bool:
        """Whether it has a password to authenticate with."""
        return self.attempts is not None

    @property
    def is_locked(self) -> bool:
        """Whether every attempt at its password was used up."""
        return self.attempts == 0


@dataclass(frozen=True, slots=True)
class CertificateListing:
    """A stored certificate.

    Attributes:
        fingerprint: SHA-256 over `certificate`, lower-case hexadecimal.
        requester: who asked for it, by name; `requester_fingerprint`: the RA certificate behind it, if any.
        operation: the request's effect that issued it; an approval that was used names the same.
        certificate: DER.
    """

    sequence: int
    fingerprint: str
    ca_name: str
    serial_number: int
    username: str
    end_entity_profile: str
    certificate_profile: str
    subject_dn: str
    not_before: datetime
    not_after: datetime
    standing: CertificateStanding
    revoked_at: datetime | None
    reason: RevocationReason | None
    requester: str
    requester_fingerprint: str | None
    operation: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class VerdictListing:
    """A verdict in the journal.

    Attributes:
        part: which submessage of its message it is about, from 1.
        verdict: `success` or the reason's code.
        keep_until: UTC; the request cannot be played again after this.
    """

    part: int
    verdict: str
    keep_until: datetime


class UnsettledKind(StrEnum):
    """The kind of object that a migration's finding concerns."""

    USERNAME = "username"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A problem that a migration found and could not solve.

    Attributes:
        name: the end entity's username, or the role's name.
        text: the other username, which could be confused with the first one; or a description of the member whose
            certificate is not stored.
    """

    kind: UnsettledKind
    name: str
    text: str
