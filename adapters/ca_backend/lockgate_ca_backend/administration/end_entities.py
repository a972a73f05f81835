"""End entities: added, edited, and those behind the keystores of RAs and workers."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from lockgate.administration.authorities import RefusedByCa
from lockgate.audit import Event
from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    Possession,
    Recovery,
)
from lockgate.certification.statuses import clears_password
from lockgate.effects.issuing import issue
from lockgate.errors import CallerError
from lockgate.names.dn import parse_dn
from lockgate.ports import IssuanceRequest
from lockgate.rights.approval import MAX_QUORUM
from lockgate_ca_backend.administration.work import AdministrativeWork, accepted
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork

SERVICE_PROFILE = "SERVICE"


class EndEntityAdministration(AdministrativeWork):
    """End entities."""

    def add_end_entity(
        self, end_entity: EndEntity, password: str | None = None, lifetime: timedelta | None = None
    ) -> None:
        """Add an end entity.

        Args:
            lifetime: of a one-time password, which the end entity's next certificate spends; None for one that stays.

        Raises:
            CallerError: there is one of that name.
            RefusedByCa: its profiles do not allow it.
        """
        with self._work() as work:
            if work.end_entities.get(end_entity.username) is not None:
                raise CallerError(f"there is an end entity {end_entity.username} already")
            self._put_end_entity(work, end_entity, password, lifetime)

    def edit_end_entity(
        self,
        username: str,
        change: Callable[[EndEntity], EndEntity],
        password: str | None = None,
        lifetime: timedelta | None = None,
    ) -> EndEntity:
        """Replace an end entity by the return value of `change`; with a password, the password and the number of
        attempts are set anew.

        Args:
            lifetime: as in `add_end_entity`.

        Raises:
            CallerError: there is none of that name.
            RefusedByCa: its profiles do not allow it.
            Conflict: another transaction changed it meanwhile.
        """
        with self._work() as work:
            stored = work.end_entities.get(username)
            if stored is None:
                raise CallerError(f"there is no end entity {username}")
            changed = change(stored)
            self._put_end_entity(work, changed, password, lifetime)
        return changed

    def put_end_entity(
        self, end_entity: EndEntity, password: str | None = None, lifetime: timedelta | None = None
    ) -> None:
        """Add or replace an end entity; with a password, the password and the number of attempts are set anew.

        Args:
            lifetime: as in `add_end_entity`.

        Raises:
            RefusedByCa: its profiles do not allow it.
        """
        with self._work() as work:
            self._put_end_entity(work, end_entity, password, lifetime)

    def issue_keystore_certificate(
        self,
        username: str,
        subject_dn: str,
        public_key: bytes,
        *,
        ca_name: str,
        certificate_profile: str,
        possession: Possession = Possession.MADE,
    ) -> IssuedCertificate:
        """Certify the key of an RA's or worker's keystore, by the same rules as any other certificate.

        Args:
            public_key: DER SubjectPublicKeyInfo.
            certificate_profile: RA or WORKER, or another one that the end entity profile SERVICE allows.
            possession: how it was shown; made on this host unless told otherwise.

        Raises:
            InvalidName: the subject cannot be read.
            RefusedByCa: as `Issuance.order_all` rejects.
        """
        end_entity = EndEntity(
            username=username,
            subject_dn=parse_dn(subject_dn),
            subject_alt_name=(),
            email=None,
            end_entity_profile=SERVICE_PROFILE,
            certificate_profile=certificate_profile,
            ca_name=ca_name,
            status=EndEntityStatus.NEW,
        )
        wanted = IssuanceRequest(
            operation=secrets.token_hex(16),
            end_entity=end_entity,
            request=CertificationRequest(public_key=public_key, possession=possession),
            requester=self._administrator,
            requester_fingerprint=None,
        )
        with self._work() as work:
            return accepted(issue(wanted, work, self._issuer))

    def _put_end_entity(
        self, work: UnitOfWork, end_entity: EndEntity, password: str | None, lifetime: timedelta | None
    ) -> None:
        if busy := work.operations.open_on({end_entity.username}):
            raise CallerError(
                f"the end entity {end_entity.username} waits for a remote issuer (request {busy}):"
                " see `lockgate operation list`"
            )
        before = work.end_entities.get(end_entity.username)
        if rejected := work.end_entities.save(_with_recovery(work, end_entity)):
            raise RefusedByCa(rejected)
        if password is not None:
            work.end_entities.set_password(
                end_entity.username, password, None if lifetime is None else work.now() + lifetime
            )
            said = "set" if lifetime is None else "set for one time"
        elif before is not None and clears_password(before.status, end_entity.status):
            work.end_entities.clear_password(end_entity.username)
            said = "cleared"
        else:
            said = "unchanged"
        event = Event.END_ENTITY_ADDED if before is None else Event.END_ENTITY_EDITED
        self._audit(work, event, end_entity.username, password=said)


def _with_recovery(work: UnitOfWork, end_entity: EndEntity) -> EndEntity:
    """With the status KEYRECOVERY it may fetch its last kept key; on this host an administrator decides that alone."""
    if end_entity.status is not EndEntityStatus.KEY_RECOVERY:
        return replace(end_entity, recovery=None)
    kept = work.kept_keys.latest_of(end_entity.username)
    return replace(end_entity, recovery=None if kept is None else Recovery(kept.fingerprint, MAX_QUORUM))
