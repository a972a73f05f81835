"""Which OCSP answers were published in which data source, and about which certificates one is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.publishing.answers import AnswerTerms, DueAnswer
from lockgate_ca_backend.store import ocsp_tables, tables
from lockgate_ca_backend.store.ca_certificates import signing_cas
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_persistence.dialects import execute_many
from lockgate_persistence.dialects.choices import when

_ca, _generation = tables.certification_authority, tables.ca_generation
_certificate, _answer, _round = tables.certificate, ocsp_tables.published_answer, ocsp_tables.answer_round
_GOOD = literal_column("-1", Integer)
_FIRST, _LAST = literal_column("0", Integer), literal_column("1", Integer)
_REVOKED = func.coalesce(_certificate.c.revoked, _GOOD)
_REASON = func.coalesce(_certificate.c.reason, _GOOD)
_CHANGED = or_(_answer.c.revoked != _REVOKED, _answer.c.reason != _REASON)
_UNCHANGED = and_(_answer.c.revoked == _REVOKED, _answer.c.reason == _REASON)
_MILLISECOND = timedelta(milliseconds=1)
_UNSIGNED = _answer.c.nextupdate == literal_column("0", Integer)
_NONE = _answer.c.certificate.is_(None)
_NEXT = (
    select(_generation.c.fingerprint)
    .join_from(_generation, _ca, _generation.c.caname == _ca.c.name)
    .where(_ca.c.name == _certificate.c.caname, _generation.c.number > _ca.c.generation)
)
"""Next certificates of roots: no key that signs answers has signed them until they have taken over."""


@dataclass(frozen=True, slots=True)
class DueCertificate:
    """A certificate about which an answer is due.

    Attributes:
        number: its `sequence`.
        revoked: None where it is good.
        ends: UTC.
        octets: DER.
        published: This Update of the last answer in the data source; None where there is none.
    """

    number: int
    serial_number: int
    revoked: RevokedCertificate | None
    ends: datetime
    octets: bytes
    published: datetime | None


class PublishedAnswerTable:
    """The table in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def due(self, source: str, ca_name: str, limit: int, lifetime: timedelta) -> Sequence[DueCertificate]:
        """Up to `limit` certificates of the CA that have not ended: those whose standing has changed, the oldest answer
        first; then those without an answer, and those whose answer is to be renewed.

        The latter have half of `limit`, so that changes without end keep none of them from its answer; and a
        certificate that changes again and again keeps no other from the rest.

        Args:
            lifetime: of answers.
        """
        query = _about(source).where(_certificate.c.caname == ca_name, _certificate.c.notafter > self._now)
        changed = self._found(query.where(_CHANGED), (_answer.c.thisupdate, _certificate.c.sequence), limit)
        wanted = or_(_NONE, and_(_UNCHANGED, _renewable(self._now, self._now, lifetime)))
        order = when(_NONE, _FIRST, _LAST), _answer.c.due, _certificate.c.sequence
        others = self._found(query.where(wanted), order, max(limit - len(changed), limit // 2))
        return [*changed[: limit - len(others)], *others]

    def record(self, source: str, published: Sequence[DueAnswer], lifetime: timedelta) -> None:
        """Answers about these were published, which say what stood there when they were due."""
        numbers = _answer.c.certificate.in_([answer.number for answer in published])
        self._connection.execute(delete(_answer).where(_answer.c.datasource == source, numbers))
        rows = [{"datasource": source, **_values(answer, lifetime)} for answer in published]
        execute_many(self._connection, insert(_answer), rows)

    def forget(self, source: str) -> None:
        """An answer about every certificate is due."""
        self._connection.execute(delete(_answer).where(_answer.c.datasource == source))

    def finish(self, source: str) -> None:
        """A round has left nothing due. Answers of certificates that have ended are forgotten when they end, too."""
        over = _answer.c.nextupdate <= self._now, _answer.c.ends <= self._now
        self._connection.execute(delete(_answer).where(_answer.c.datasource == source, *over))
        this = _round.c.datasource == source
        if self._connection.execute(update(_round).where(this).values(finished=self._now)).rowcount == 0:
            self._connection.execute(insert(_round).values(datasource=source, finished=self._now))

    def _found(self, query: Select[Any], order: Sequence[ColumnElement[Any]], limit: int) -> Sequence[DueCertificate]:
        if limit == 0:
            return []
        return [_due(row) for row in self._connection.execute(query.order_by(*order).limit(limit)).all()]


def tally(connection: Connection, source: str, now: int, terms: AnswerTerms, late: timedelta) -> tuple[int, int]:
    """How many certificates of the CAs that sign at `now` (milliseconds) have had an answer due for longer than `late`
    in the data source, and how many have none because none of their CA's keys has signed them."""
    names = signing_cas(connection, from_milliseconds(now))
    query = _about(source).where(_certificate.c.caname.in_(names), _certificate.c.notafter > now)
    since = now - round(late / _MILLISECOND)
    changed = and_(_CHANGED, since >= _REVOKED, _answer.c.thisupdate <= since)
    overdue = or_(and_(_NONE, _certificate.c.notbefore <= since), changed, _renewable(since, now, terms.lifetime))
    counted = [select(func.count()).select_from(query.where(one).subquery()) for one in (overdue, _UNSIGNED)]
    found, unsigned = (int(connection.execute(count).scalar_one()) for count in counted)
    return found, unsigned


def _about(source: str) -> Select[Any]:
    """Certificates with their answers in the data source."""
    published = and_(_answer.c.certificate == _certificate.c.sequence, _answer.c.datasource == source)
    columns = (
        _certificate.c.sequence,
        _certificate.c.serial,
        _certificate.c.revoked,
        _certificate.c.reason,
        _certificate.c.notafter,
        _certificate.c.certificate,
        _answer.c.thisupdate,
    )
    query = select(*columns).join_from(_certificate, _answer, published, isouter=True)
    return query.where(_certificate.c.fingerprint.not_in(_NEXT))


def _renewable(since: int, now: int, lifetime: timedelta) -> ColumnElement[bool]:
    """Answers that were to be renewed at `since`; besides, those of the future and those of a longer lifetime."""
    longest = now + round(lifetime / 2 / _MILLISECOND)
    return or_(_answer.c.due <= since, _answer.c.thisupdate > now, _answer.c.due > longest)


def _due(row: Row[Any]) -> DueCertificate:
    serial_number, revoked = int(row.serial, 16), None
    if row.revoked is not None:
        revoked = RevokedCertificate(serial_number, from_milliseconds(row.revoked), RevocationReason(row.reason))
    published = None if row.thisupdate is None else from_milliseconds(row.thisupdate)
    ends, octets = from_milliseconds(row.notafter), bytes(row.certificate)
    return DueCertificate(row.sequence, serial_number, revoked, ends, octets, published)


def _values(answer: DueAnswer, lifetime: timedelta) -> dict[str, int]:
    revoked, signed = answer.revoked, answer.ca_certificate is not None
    return {
        "certificate": answer.number,
        "revoked": -1 if revoked is None else to_milliseconds(revoked.revoked_at),
        "reason": -1 if revoked is None else int(revoked.reason),
        "thisupdate": to_milliseconds(answer.at),
        "due": to_milliseconds(answer.at + lifetime / 2),
        "nextupdate": to_milliseconds(answer.at + lifetime) if signed else 0,
        "ends": to_milliseconds(answer.ends),
    }
