"""End entities of another system, with the certificates that were imported with their CA: all of them, or none."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from lockgate.administration.authorities import RefusedByCa
from lockgate.administration.imported import ImportedCounts, ImportedEndEntity
from lockgate.audit import Event
from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.errors import CallerError
from lockgate.names.dn import DistinguishedName, parse_dn
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork

MAX_NAMED = 20
"""The maximum number of end entities that an error names."""
_NOT_IMPORTED = frozenset({EndEntityStatus.KEY_RECOVERY})


class _OnTrial(Exception):
    """Ends a transaction that was a trial, and undoes it."""


def _end(*, trial: bool) -> None:
    if trial:
        raise _OnTrial


class EndEntityImport(AdministrativeWork):
    """End entities, many at a time."""

    def import_end_entities(
        self, found: Sequence[ImportedEndEntity], *, trial: bool = False, other_subjects: bool = False
    ) -> ImportedCounts:
        """Add them, without passwords, and give them their certificates, which must have no owner.

        One that is there with the same values is left as it is, so the import can be repeated.

        Args:
            trial: change nothing.
            other_subjects: give an end entity certificates for other names than its own, too.

        Raises:
            CallerError: some cannot be added; the text names them. Nothing was imported.
        """
        with suppress(_OnTrial), self._work() as work:
            counts = self._import_all(work, found, other_subjects=other_subjects)
            _end(trial=trial)
        return counts

    def _import_all(
        self, work: UnitOfWork, found: Sequence[ImportedEndEntity], *, other_subjects: bool
    ) -> ImportedCounts:
        end_entities = certificates = 0
        unfit: list[str] = []
        for one in found:
            try:
                end_entities += self._add(work, one.end_entity)
                for fingerprint in one.fingerprints:
                    certificates += self._give(work, one.end_entity, fingerprint, other_subjects=other_subjects)
            except (CallerError, RefusedByCa) as error:
                unfit.append(f"{one.where}: {one.end_entity.username}: {error}")
        if unfit:
            more = [f"and {len(unfit) - MAX_NAMED} more"] if len(unfit) > MAX_NAMED else []
            raise CallerError("\n".join(["nothing was imported:", *unfit[:MAX_NAMED], *more]))
        return ImportedCounts(end_entities, certificates)

    def _add(self, work: UnitOfWork, end_entity: EndEntity) -> bool:
        if end_entity.status in _NOT_IMPORTED:
            raise CallerError("its status lets a kept key be handed out, and keys are not imported")
        before = work.end_entities.get(end_entity.username)
        if before == end_entity:
            return False
        if before is not None:
            raise CallerError("there is an end entity of that name already, with other values")
        self._known(work, end_entity.ca_name)
        if rejected := work.end_entities.save(end_entity):
            raise RefusedByCa(rejected)
        self._audit(work, Event.END_ENTITY_ADDED, end_entity.username, imported="yes")
        return True

    def _give(self, work: UnitOfWork, owner: EndEntity, fingerprint: str, *, other_subjects: bool) -> bool:
        """Make the certificate the end entity's, with its profiles; false if it is so already."""
        certificates = work.store.certificates
        found = certificates.ownership(fingerprint)
        if found is None:
            raise CallerError(
                f"certificate {fingerprint} is not here: import it with its CA (`ca import --certificates`)"
            )
        if found.username == owner.username:
            return False
        if found.username:
            raise CallerError(f"certificate {fingerprint} belongs to the end entity {found.username}")
        if not other_subjects and not _alike(parse_dn(found.subject_dn), owner.subject_dn):
            raise CallerError(f"certificate {fingerprint} is for {found.subject_dn}, not for {owner.subject_dn}")
        certificates.give(fingerprint, owner.username, owner.end_entity_profile, owner.certificate_profile)
        self._audit(work, Event.CERTIFICATE_GIVEN, owner.username, fingerprint=fingerprint)
        return True


def _alike(one: DistinguishedName, other: DistinguishedName) -> bool:
    """The same RDNs by meaning, in any order: systems write names from either end."""
    return Counter(one.comparable) == Counter(other.comparable)
