"""Searches: end entities and certificates by what operators know of them, page by page, and CAs in outline.

A page ends with the key of its last row, from where the next one goes on; so each page costs the same, and nothing is
skipped or shown twice because of what was added meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, func, select

from lockgate.administration.audit import AuditEntry, AuditQuery
from lockgate.administration.authorities import CaListing, CaStatus, GenerationListing, GenerationState
from lockgate.administration.listings import (
    CertificateListing,
    CertificateQuery,
    EndEntityListing,
    EndEntityQuery,
    VerdictListing,
)
from lockgate.administration.pages import MAX_PAGE, Found, Page
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.certificates import serial_digits
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.end_entities import record_of
from lockgate_persistence.dialects import Dialect

_ca, _generation, _crl = tables.certification_authority, tables.ca_generation, tables.crl
_user, _certificate, _journal = tables.end_entity, tables.certificate, tables.journal
_audit, _ENTRY = tables.audit, tuple(AuditEntry.__dataclass_fields__)
Item = TypeVar("Item")


class Searches:
    """Searches in one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def verdicts(self, message_id: str) -> Sequence[VerdictListing]:
        """The journal's verdicts on the parts of messages of that id, the oldest first; `MAX_PAGE` at most."""
        columns = _journal.c.part, _journal.c.verdict, _journal.c.keepuntil
        query = select(*columns).where(_journal.c.messageid == message_id).order_by(_journal.c.sequence).limit(MAX_PAGE)
        rows = self._connection.execute(query)
        return [VerdictListing(row.part, row.verdict, from_milliseconds(row.keepuntil)) for row in rows]

    def authorities(self) -> Sequence[CaListing]:
        """Every CA, by name."""
        number = select(func.max(_crl.c.number)).where(
            _crl.c.caname == _ca.c.name, _crl.c.generation == _ca.c.generation, _crl.c.base.is_(None)
        )
        last = and_(_crl.c.caname == _ca.c.name, _crl.c.number == number.correlate(_ca).scalar_subquery())
        current = and_(_generation.c.caname == _ca.c.name, _generation.c.number == _ca.c.generation)
        query: Select[Any] = (
            select(
                _ca.c.name,
                _ca.c.status,
                _ca.c.generation,
                _ca.c.created,
                _ca.c.issuer,
                *(_generation.c[column] for column in ("fingerprint", "certificate", "chain")),
                *(_crl.c[column] for column in ("number", "thisupdate", "nextupdate")),
            )
            .join_from(_ca, _generation, current)
            .join(_crl, last, isouter=True)
        )
        return [_as_authority(row) for row in self._connection.execute(query.order_by(_ca.c.name))]

    def generations(self, ca_name: str | None) -> Sequence[GenerationListing]:
        """The generations of that CA, or of every one; the newest first."""
        columns = [column for column in _generation.c if column.name != "sealedkey"]
        query: Select[Any] = select(*columns, _ca.c.generation).join_from(
            _generation, _ca, _ca.c.name == _generation.c.caname
        )
        if ca_name is not None:
            query = query.where(_ca.c.name == ca_name)
        query = query.order_by(_ca.c.name, _generation.c.number.desc())
        return [_as_generation(row) for row in self._connection.execute(query)]

    def end_entities(self, query: EndEntityQuery, page: Page) -> Found[EndEntityListing]:
        """The end entities that `query` asks for, by username."""
        conditions = [
            *self._patterns((_user.c.username, query.username), (_user.c.subjectdn, query.subject)),
            *_equal(
                (_user.c.status, None if query.status is None else int(query.status)),
                (_user.c.endentityprofile, query.end_entity_profile),
                (_user.c.certificateprofile, query.certificate_profile),
                (_user.c.caname, query.ca_name),
            ),
        ]
        if page.after is not None:
            conditions.append(_user.c.username > page.after)
        rows = self._rows(select(_user).where(*conditions).order_by(_user.c.username), page)
        items = [_as_end_entity(row) for row in rows[: page.limit]]
        return Found(items, items[-1].end_entity.username if len(rows) > page.limit else None)

    def end_entity(self, username: str) -> EndEntityListing | None:
        """The end entity of exactly that name."""
        row = self._connection.execute(select(_user).where(_user.c.username == username)).one_or_none()
        return None if row is None else _as_end_entity(row)

    def certificates(self, query: CertificateQuery, page: Page) -> Found[CertificateListing]:
        """The certificates that `query` asks for, the latest first."""
        serial = None if query.serial_number is None else serial_digits(query.serial_number)
        conditions = [
            *self._patterns((_certificate.c.username, query.username), (_certificate.c.subjectdn, query.subject)),
            *_equal(
                (_certificate.c.fingerprint, query.fingerprint),
                (_certificate.c.username, query.exact_username),
                (_certificate.c.caname, query.ca_name),
                (_certificate.c.serial, serial),
                (_certificate.c.status, query.standing),
                (_certificate.c.certificateprofile, query.certificate_profile),
                (_certificate.c.requesterfingerprint, query.requester_fingerprint),
            ),
            *_between(_certificate.c.notbefore, query.begins_since, query.begins_before),
            *_between(_certificate.c.notafter, query.ends_since, query.ends_before),
        ]
        if page.after is not None:
            conditions.append(_certificate.c.sequence < _sequence(page.after))
        rows = self._rows(select(_certificate).where(*conditions).order_by(_certificate.c.sequence.desc()), page)
        items = [_as_certificate(row) for row in rows[: page.limit]]
        return Found(items, str(items[-1].sequence) if len(rows) > page.limit else None)

    def audit_entries(self, query: AuditQuery, page: Page) -> Found[AuditEntry]:
        """The entries of the audit log that `query` asks for, the latest first."""
        conditions = [
            *self._patterns((_audit.c.who, query.who), (_audit.c.target, query.target)),
            *_equal((_audit.c.event, query.event), (_audit.c.writer, query.writer)),
            *_between(_audit.c.time, query.since, query.until),
        ]
        if page.after is not None:
            conditions.append(_audit.c.sequence < _sequence(page.after))
        rows = self._rows(select(_audit).where(*conditions).order_by(_audit.c.sequence.desc()), page)
        items = [AuditEntry(**{name: getattr(row, name) for name in _ENTRY}) for row in rows[: page.limit]]
        return Found(items, str(rows[page.limit - 1].sequence) if len(rows) > page.limit else None)

    def _patterns(self, *wanted: tuple[ColumnElement[Any], str | None]) -> list[ColumnElement[bool]]:
        return [self._dialect.alike(column, pattern) for column, pattern in wanted if pattern is not None]

    def _rows(self, query: Select[Any], page: Page) -> Sequence[Row[Any]]:
        """One more than the page holds, where there is one."""
        return self._connection.execute(query.limit(page.limit + 1)).all()


def _equal(*wanted: tuple[ColumnElement[Any], Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted if value is not None]


def _between(column: Column[int], since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """At `since` or later, and before `until`; None is no condition."""
    begun = [] if since is None else [column >= to_milliseconds(since)]
    return begun if until is None else [*begun, column < to_milliseconds(until)]


def _sequence(after: str) -> int:
    if not (after.isascii() and after.isdigit()) or len(after) > 18:
        raise CallerError("no page goes on there: give what the page before named")
    return int(after)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)


def _as_end_entity(row: Row[Any]) -> EndEntityListing:
    record = record_of(row)
    return EndEntityListing(
        end_entity=record.end_entity,
        modified=from_milliseconds(row.modified),
        attempts=None if record.password_hash is None else record.attempts,
        password_expires=_moment(record.password_expires),
    )


def _as_authority(row: Row[Any]) -> CaListing:
    return CaListing(
        name=row.name,
        status=CaStatus(row.status),
        generation=row.generation,
        fingerprint=row.fingerprint,
        created=from_milliseconds(row.created),
        certificate=bytes(row.certificate),
        chain=_chain(row),
        crl_number=row.number or 0,
        crl_issued=_moment(row.thisupdate),
        crl_ends=_moment(row.nextupdate),
        issuer=row.issuer,
    )


def _as_generation(row: Row[Any]) -> GenerationListing:
    states = {0: GenerationState.CURRENT, 1: GenerationState.NEXT}
    return GenerationListing(
        ca_name=row.caname,
        number=row.number,
        state=states.get(row.number - row.generation, GenerationState.PREVIOUS),
        fingerprint=row.fingerprint,
        created=from_milliseconds(row.created),
        certificate=bytes(row.certificate),
        chain=_chain(row),
        old_with_new=None if row.oldwithnew is None else bytes(row.oldwithnew),
        new_with_old=None if row.newwithold is None else bytes(row.newwithold),
    )


def _chain(row: Row[Any]) -> tuple[bytes, ...]:
    return tuple(msgspec.json.decode(bytes(row.chain), type=list[bytes]))


def _as_certificate(row: Row[Any]) -> CertificateListing:
    return CertificateListing(
        sequence=row.sequence,
        fingerprint=row.fingerprint,
        ca_name=row.caname,
        serial_number=int(row.serial, 16),
        username=row.username,
        end_entity_profile=row.endentityprofile,
        certificate_profile=row.certificateprofile,
        subject_dn=row.subjectdn,
        not_before=from_milliseconds(row.notbefore),
        not_after=from_milliseconds(row.notafter),
        standing=CertificateStanding(row.status),
        revoked_at=_moment(row.revoked),
        reason=None if row.reason is None else RevocationReason(row.reason),
        requester=row.requester,
        requester_fingerprint=row.requesterfingerprint,
        operation=row.operation,
        certificate=bytes(row.certificate),
    )
