"""Which OCSP answers were published in which data source, and about which certificates one is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, and_, delete, func, insert, literal_column, or_, select, update

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.publishing.answers import DueAnswer
from lockgate_ca_backend.store import ocsp_tables, tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_persistence.dialects import execute_many
from lockgate_persistence.dialects.choices import when

_certificate, _answer, _round = tables.certificate, ocsp_tables.published_answer, ocsp_tables.answer_round
_GOOD = literal_column("-1", Integer)
_FIRST, _LAST = literal_column("0", Integer), literal_column("1", Integer)
_REVOKED = func.coalesce(_certificate.c.revoked, _GOOD)
_REASON = func.coalesce(_certificate.c.reason, _GOOD)
_CHANGED = or_(_answer.c.revoked != _REVOKED, _answer.c.reason != _REASON)


@dataclass(frozen=True, slots=True)
class DueCertificate:
    """A certificate about which an answer is due.

    Attributes:
        number: its `sequence`.
        revoked: None where it is good.
        ends: UTC.
        octets: DER.
    """

    number: int
    serial_number: int
    revoked: RevokedCertificate | None
    ends: datetime
    octets: bytes


class PublishedAnswerTable:
    """The table in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def due(self, source: str, ca_name: str, limit: int) -> Sequence[DueCertificate]:
        """Up to `limit` certificates of the CA that have not ended. Those whose standing has changed come first, then
        those without an answer, and with one that is to be renewed."""
        published = and_(_answer.c.certificate == _certificate.c.sequence, _answer.c.datasource == source)
        wanted = or_(_answer.c.certificate.is_(None), _CHANGED, _answer.c.due <= self._now)
        query: Select[Any] = (
            select(
                _certificate.c.sequence,
                _certificate.c.serial,
                _certificate.c.revoked,
                _certificate.c.reason,
                _certificate.c.notafter,
                _certificate.c.certificate,
            )
            .join_from(_certificate, _answer, published, isouter=True)
            .where(_certificate.c.caname == ca_name, _certificate.c.notafter > self._now, wanted)
            .order_by(when(_CHANGED, _FIRST, _LAST), _certificate.c.sequence)
            .limit(limit)
        )
        return [_due(row) for row in self._connection.execute(query).all()]

    def record(self, source: str, published: Sequence[DueAnswer], due: datetime, next_update: datetime) -> None:
        """Answers about these were published, which say what stood there when they were due."""
        numbers = _answer.c.certificate.in_([answer.number for answer in published])
        self._connection.execute(delete(_answer).where(_answer.c.datasource == source, numbers))
        times = {"due": to_milliseconds(due), "nextupdate": to_milliseconds(next_update)}
        rows = [{"datasource": source, **_values(answer), **times} for answer in published]
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


def _due(row: Row[Any]) -> DueCertificate:
    serial_number, revoked = int(row.serial, 16), None
    if row.revoked is not None:
        revoked = RevokedCertificate(serial_number, from_milliseconds(row.revoked), RevocationReason(row.reason))
    return DueCertificate(row.sequence, serial_number, revoked, from_milliseconds(row.notafter), bytes(row.certificate))


def _values(answer: DueAnswer) -> dict[str, int]:
    revoked = answer.revoked
    return {
        "certificate": answer.number,
        "revoked": -1 if revoked is None else to_milliseconds(revoked.revoked_at),
        "reason": -1 if revoked is None else int(revoked.reason),
        "ends": to_milliseconds(answer.ends),
    }
