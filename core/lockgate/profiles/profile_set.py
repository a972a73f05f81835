"""Profiles of both kinds, by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile

Profile = TypeVar("Profile", CertificateProfile, EndEntityProfile)


class ProfileKind(StrEnum):
    """The two kinds, in words."""

    CERTIFICATE = "certificate"
    END_ENTITY = "end entity"

    @classmethod
    def of(cls, profile: CertificateProfile | EndEntityProfile) -> "ProfileKind":
        """The kind that `profile` is."""
        return cls.CERTIFICATE if isinstance(profile, CertificateProfile) else cls.END_ENTITY

    @property
    def structure(self) -> type[CertificateProfile | EndEntityProfile]:
        """The class of profiles of this kind."""
        return CertificateProfile if self is ProfileKind.CERTIFICATE else EndEntityProfile


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """Profiles of both kinds by name; iterating gives every name with its profile."""

    certificate: Mapping[str, CertificateProfile] = field(default_factory=dict)
    end_entity: Mapping[str, EndEntityProfile] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, CertificateProfile | EndEntityProfile]]:
        yield from self.certificate.items()
        yield from self.end_entity.items()

    def get(self, kind: ProfileKind, name: str) -> CertificateProfile | EndEntityProfile | None:
        """The profile of that kind and name."""
        return (self.certificate if kind is ProfileKind.CERTIFICATE else self.end_entity).get(name)
