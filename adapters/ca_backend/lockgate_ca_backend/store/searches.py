"""Searches: end entities and certificates by what operators know of them, page by page, and CAs in outline.

A page ends with the key of its last row, from where the next one goes on; so each page costs the same, and nothing is
skipped or shown twice because of what was added meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from lockgate.endentity import EndEntityStatus
from lockgate.errors import CallerError
from lockgate.revocation import RevocationReason
from lockgate.signer import CertificateStanding
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.authorities import CaStatus
from lockgate_ca_backend.store.certificates import serial_digits
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.end_entities import EndEntityRecord, record_of
from lockgate_persistence.dialects import Dialect

MAX_PAGE = 1000
_ca, _crl, _user, _certificate = tables.certification_authority, tables.crl, tables.end_entity, tables.certificate
_journal = tables.journal
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntityQuery:
    """What the end entities looked for have in common; None asks nothing.

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
    """What the certificates looked for have in common; None asks nothing.

    Attributes:
        username, subject: patterns, as for end entities.
        exact_username: the same without patterns: a name may hold `*` itself.
        requester_fingerprint: of the RA certificate behind them.
        ends_before: UTC.
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
    ends_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of what was found.

    Attributes:
        limit: items at most, 1 to `MAX_PAGE`.
        after: `Found.next` of the page before; None for the first one.
    """

    limit: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_PAGE:
            raise CallerError(f"a page has 1 to {MAX_PAGE} entries")


@dataclass(frozen=True, slots=True)
class Found(Generic[Item]):
    """A page.

    Attributes:
        next: where the next page goes on; None after the last one.
    """

    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class EndEntityListing:
    """A stored end entity; the record's password hash is for nobody's eyes."""

    record: EndEntityRecord
    modified: datetime


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
class CaListing:
    """A CA, without its key.

    Attributes:
        certificate: DER; `chain`: DER, from its issuer up to the root, empty for a root.
        crl_number, crl_issued, crl_ends: of its last CRL; 0 and None before the first.
    """

    name: str
    status: CaStatus
    fingerprint: str
    created: datetime
    certificate: bytes
    chain: tuple[bytes, ...]
    crl_number: int
    crl_issued: datetime | None
    crl_ends: datetime | None


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


class Searches:
    """Searches in one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def verdicts(self, message_id: str) -> Sequence[VerdictListing]:
        """What the journal says of the parts of messages of that id, the oldest first; `MAX_PAGE` at most."""
        columns = _journal.c.part, _journal.c.verdict, _journal.c.keepuntil
        query = select(*columns).where(_journal.c.messageid == message_id).order_by(_journal.c.sequence).limit(MAX_PAGE)
        rows = self._connection.execute(query)
        return [VerdictListing(row.part, row.verdict, from_milliseconds(row.keepuntil)) for row in rows]

    def authorities(self) -> Sequence[CaListing]:
        """Every CA, by name."""
        last = and_(_crl.c.caname == _ca.c.name, _crl.c.number == _ca.c.crlnumber)
        columns = [column for column in _ca.c if column.name != "sealedkey"]
        query: Select[Any] = select(*columns, _crl.c.thisupdate, _crl.c.nextupdate).join_from(
            _ca, _crl, last, isouter=True
        )
        return [_as_authority(row) for row in self._connection.execute(query.order_by(_ca.c.name))]

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
        items = [EndEntityListing(record_of(row), from_milliseconds(row.modified)) for row in rows[: page.limit]]
        return Found(items, items[-1].record.end_entity.username if len(rows) > page.limit else None)

    def end_entity(self, username: str) -> EndEntityListing | None:
        """The end entity of exactly that name."""
        row = self._connection.execute(select(_user).where(_user.c.username == username)).one_or_none()
        return None if row is None else EndEntityListing(record_of(row), from_milliseconds(row.modified))

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
        ]
        if query.ends_before is not None:
            conditions.append(_certificate.c.notafter < to_milliseconds(query.ends_before))
        if page.after is not None:
            conditions.append(_certificate.c.sequence < _sequence(page.after))
        rows = self._rows(select(_certificate).where(*conditions).order_by(_certificate.c.sequence.desc()), page)
        items = [_as_certificate(row) for row in rows[: page.limit]]
        return Found(items, str(items[-1].sequence) if len(rows) > page.limit else None)

    def _patterns(self, *wanted: tuple[ColumnElement[Any], str | None]) -> list[ColumnElement[bool]]:
        return [self._dialect.alike(column, pattern) for column, pattern in wanted if pattern is not None]

    def _rows(self, query: Select[Any], page: Page) -> Sequence[Row[Any]]:
        """One more than the page holds, where there is one."""
        return self._connection.execute(query.limit(page.limit + 1)).all()


def _equal(*wanted: tuple[ColumnElement[Any], Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted if value is not None]


def _sequence(after: str) -> int:
    if not (after.isascii() and after.isdigit()) or len(after) > 18:
        raise CallerError("no page goes on there: give what the page before named")
    return int(after)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)


def _as_authority(row: Row[Any]) -> CaListing:
    return CaListing(
        name=row.name,
        status=CaStatus(row.status),
        fingerprint=row.fingerprint,
        created=from_milliseconds(row.created),
        certificate=bytes(row.certificate),
        chain=tuple(msgspec.json.decode(bytes(row.chain), type=list[bytes])),
        crl_number=row.crlnumber,
        crl_issued=_moment(row.thisupdate),
        crl_ends=_moment(row.nextupdate),
    )


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
