"""End entities and certificates of another system: as it has them, and as an import takes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lockgate.certification.endentity import EndEntity


@dataclass(frozen=True, slots=True)
class ImportedEndEntity:
    """An end entity of another system.

    Attributes:
        where: it was found, for messages: `line 7`.
        fingerprints: SHA-256 of its certificates, lower-case hexadecimal.
    """

    where: str
    end_entity: EndEntity
    fingerprints: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ImportedCounts:
    """How many were added; what was there already is not counted."""

    end_entities: int
    certificates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalEndEntity:
    """An end entity as EJBCA's database has it.

    Attributes:
        ca, end_entity_profile, certificate_profile: names; empty where the database has none.
        status, token: EJBCA's numbers.
    """

    username: str
    subject_dn: str
    subject_alt_name: str
    email: str
    ca: str
    end_entity_profile: str
    certificate_profile: str
    status: int
    token: int


@dataclass(frozen=True, slots=True)
class OriginalCertificate:
    """A certificate as EJBCA's database has it.

    Attributes:
        issuer: the CA's name there; empty where it is none of its own CAs.
        username: empty where it belongs to nobody.
        der: empty where it cannot be read.
        revoked: whether it is revoked there, or on hold.
    """

    issuer: str
    username: str
    der: bytes
    revoked: bool


class OriginalRecords(Protocol):
    """What an installation of EJBCA knows."""

    def certificates(self) -> Iterator[OriginalCertificate]:
        """All of them.

        Raises:
            Unavailable: they cannot be reached.
        """

    def end_entities(self) -> Iterator[OriginalEndEntity]:
        """All of them.

        Raises:
            Unavailable: they cannot be reached.
        """
