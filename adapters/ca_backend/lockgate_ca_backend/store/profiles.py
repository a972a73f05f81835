"""Stored profiles: parsed once per process for as long as their documents stay the same."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import Profile, ProfileSet
from lockgate_ca_backend.store import tables
from lockgate_formats.profiles import read_profile, write_profile

_table = tables.profile
_DIGESTS = select(_table.c.kind, _table.c.name, _table.c.digest)
_KINDS: Mapping[type[CertificateProfile | EndEntityProfile], str] = {
    CertificateProfile: "certificate",
    EndEntityProfile: "endentity",
}


class ProfileCache:
    """Parsed profiles by kind and document digest; shared by all transactions of a process."""

    def __init__(self) -> None:
        self._certificate: dict[str, CertificateProfile] = {}
        self._end_entity: dict[str, EndEntityProfile] = {}

    def of(self, kind: type[Profile]) -> dict[str, Profile]:
        """The parsed profiles of one kind."""
        return self._certificate if kind is CertificateProfile else self._end_entity  # type: ignore[return-value]


class ProfileTable:
    """The profiles in one transaction."""

    def __init__(self, connection: Connection, cache: ProfileCache) -> None:
        self._connection = connection
        self._cache = cache
        self._digests: dict[tuple[str, str], str] = {}
        self._pairs: dict[tuple[str, str], tuple[EndEntityProfile, CertificateProfile] | str] = {}

    def pair(
        self, end_entity_profile: str, certificate_profile: str
    ) -> tuple[EndEntityProfile, CertificateProfile] | str:
        """Both profiles, or the name of the one that does not exist."""
        names = (end_entity_profile, certificate_profile)
        if names not in self._pairs:
            self._pairs[names] = self._pair(*names)
        return self._pairs[names]

    def certificate_profile(self, name: str) -> CertificateProfile | None:
        """The certificate profile of that name."""
        return self._get(CertificateProfile, name)

    def end_entity_profile(self, name: str) -> EndEntityProfile | None:
        """The end entity profile of that name."""
        return self._get(EndEntityProfile, name)

    def digest(self, kind: type[CertificateProfile | EndEntityProfile], name: str) -> str | None:
        """SHA-256 over the profile's document, None where there is none of that name."""
        if not self._digests:  # one statement for all of them: there are few
            self._digests = {(row.kind, row.name): row.digest for row in self._connection.execute(_DIGESTS)}
        return self._digests.get((_KINDS[kind], name))

    def put(self, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        """Add or replace."""
        kind, document = _KINDS[type(profile)], write_profile(profile)
        self.remove(type(profile), name)
        digest = hashlib.sha256(document).hexdigest()
        self._connection.execute(insert(_table).values(kind=kind, name=name, digest=digest, document=document.decode()))

    def remove(self, kind: type[CertificateProfile | EndEntityProfile], name: str) -> None:
        """Remove the profile, if it is there."""
        self._connection.execute(delete(_table).where(_table.c.kind == _KINDS[kind], _table.c.name == name))
        self._digests.clear()
        self._pairs.clear()

    def all(self) -> ProfileSet:
        """Every profile, by name."""
        rows = self._connection.execute(select(_table).order_by(_table.c.name)).all()
        documents = [(row.kind, row.name, row.document.encode()) for row in rows]
        kinds = {kind: [document[1:] for document in documents if document[0] == kind] for kind in _KINDS.values()}
        return ProfileSet(
            {name: read_profile(CertificateProfile, document) for name, document in kinds["certificate"]},
            {name: read_profile(EndEntityProfile, document) for name, document in kinds["endentity"]},
        )

    def _pair(
        self, end_entity_profile: str, certificate_profile: str
    ) -> tuple[EndEntityProfile, CertificateProfile] | str:
        first = self._get(EndEntityProfile, end_entity_profile)
        second = self._get(CertificateProfile, certificate_profile)
        if first is None:
            return end_entity_profile
        return certificate_profile if second is None else (first, second)

    def _get(self, kind: type[Profile], name: str) -> Profile | None:
        digest = self.digest(kind, name)
        if digest is None:
            return None
        cache = self._cache.of(kind)
        if digest not in cache:
            query = select(_table.c.document).where(_table.c.kind == _KINDS[kind], _table.c.name == name)
            cache[digest] = read_profile(kind, self._connection.execute(query).scalar_one().encode())
        return cache[digest]
