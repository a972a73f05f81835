"""Profiles: added, replaced and removed, a whole set in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lockgate.audit import Event
from lockgate.errors import CallerError
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate_ca_backend.administration.work import AdministrativeWork, check_name
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork


class ProfileChange(StrEnum):
    """The result for a profile that was put."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PutProfile:
    """A profile that was put, and the result."""

    kind: ProfileKind
    name: str
    change: ProfileChange


class ProfileAdministration(AdministrativeWork):
    """Profiles."""

    def put_profile(self, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        """Add or replace a profile."""
        with self._work() as work:
            self._put_profile(work, name, profile)

    def put_profiles(self, profiles: ProfileSet, *, replace: bool = False) -> Sequence[PutProfile]:
        """Add all of them, or none. A profile that is already stored with the same content stays and leaves no audit
        entry.

        Args:
            replace: replace profiles of these names that have other content.

        Raises:
            CallerError: without `replace`, one of these names is taken by another profile; or a name is unfit.
        """
        with self._work() as work:
            stored = work.store.profiles.all()
            put = [_compared(stored, name, profile) for name, profile in profiles]
            taken = [
                f"{outcome.kind} profile {outcome.name}" for outcome in put if outcome.change is ProfileChange.REPLACED
            ]
            if taken and not replace:
                names = ", ".join(taken)
                raise CallerError(f"there is one already, and it says something else: {names}; --replace replaces it")
            for outcome, (name, profile) in zip(put, profiles, strict=True):
                if outcome.change is not ProfileChange.UNCHANGED:
                    self._put_profile(work, name, profile)
        return put

    def delete_profile(self, kind: ProfileKind, name: str) -> None:
        """Remove a profile that nothing refers to.

        Raises:
            CallerError: there is none of that name, or an end entity, a certificate (and so any kept key) or an end
                entity profile names it.
        """
        with self._work() as work:
            if work.store.profiles.digest(kind.structure, name) is None:
                raise CallerError(f"there is no {kind} profile {name}")
            if user := next(_users(work, kind, name), None):
                raise CallerError(f"the {kind} profile {name} is in use: {user}")
            work.store.profiles.remove(kind.structure, name)
            self._audit(work, Event.PROFILE_CHANGED, name, kind=kind.structure.__name__, digest="removed")

    def _put_profile(self, work: UnitOfWork, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        work.store.profiles.put(check_name("a profile", name), profile)
        digest = work.store.profiles.digest(type(profile), name) or ""
        self._audit(work, Event.PROFILE_CHANGED, name, kind=type(profile).__name__, digest=digest)


def _compared(stored: ProfileSet, name: str, profile: CertificateProfile | EndEntityProfile) -> PutProfile:
    kind = ProfileKind.of(profile)
    before = stored.get(kind, name)
    if before is None:
        return PutProfile(kind, name, ProfileChange.ADDED)
    return PutProfile(kind, name, ProfileChange.UNCHANGED if before == profile else ProfileChange.REPLACED)


def _users(work: UnitOfWork, kind: ProfileKind, name: str) -> Iterator[str]:
    """The objects that refer to the profile, in words. A kept key has the profiles of the certificate that it was kept
    with."""
    if username := work.store.end_entities.one_with_profile(kind, name):
        yield f"end entity {username}"
    if fingerprint := work.store.certificates.one_with_profile(kind, name):
        yield f"certificate {fingerprint}"
    if kind is ProfileKind.CERTIFICATE:
        for other, profile in work.store.profiles.all().end_entity.items():
            if name in profile.certificate_profiles:
                yield f"end entity profile {other}"
