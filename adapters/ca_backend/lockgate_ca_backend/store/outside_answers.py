"""What CAs outside have said by OCSP in one transaction, and what they are to be asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.outside.answers import CertificateStatus, OcspQuestion
from lockgate.ports import KeptAnswer
from lockgate_ca_backend.store import outside_tables as tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds

_answer = tables.outside_answer
WISH_NOTED = timedelta(days=1)
"""How exactly the time is kept at which an answer was last wished for: to write it for each request would be slow."""
WISH_AGAIN = timedelta(minutes=5)
"""A wish that is repeated is due so much later at most."""


class OutsideAnswerTable:
    """The table in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def wish(self, question: OcspQuestion) -> None:
        """A new one is due now."""
        query = select(_answer.c.due).where(_by(question)).with_for_update()
        due = self._connection.execute(query).scalar_one_or_none()
        if due is not None:
            self._change(question, wished=self._now, due=min(due, self._after(WISH_AGAIN)))
            return
        number = f"{question.serial_number:x}"
        values = {"caname": question.ca_name, "keydigest": question.key, "serialnumber": number, "trouble": ""}
        self._connection.execute(insert(_answer).values(values | {"wished": self._now, "due": self._now}))

    def begin(self, ca_name: str, limit: int, again: timedelta) -> Sequence[KeptAnswer]:
        """Those that are due and that nobody else has begun. They are read without a lock, so that nobody waits."""
        query = select(_answer).where(_answer.c.caname == ca_name, _answer.c.due <= self._now)
        order = (_answer.c.due, _answer.c.keydigest, _answer.c.serialnumber)
        return [
            _kept(row)
            for row in self._connection.execute(query.order_by(*order).limit(limit)).all()
            if self._take(row, again)
        ]

    def last(self, question: OcspQuestion, *, shared: bool = False) -> KeptAnswer | None:
        """What is known, locked.

        Args:
            shared: others may read it meanwhile, too.
        """
        row = self._connection.execute(select(_answer).where(_by(question)).with_for_update(read=shared)).one_or_none()
        return None if row is None else _kept(row)

    def all(self, ca_name: str) -> Sequence[KeptAnswer]:
        """Every certificate of the CA about which it is asked."""
        return list(map(_kept, self._connection.execute(select(_answer).where(_answer.c.caname == ca_name))))

    def keep(self, question: OcspQuestion, status: CertificateStatus, again: timedelta) -> None:
        """Keep what an answer says."""
        revoked, ends = status.revoked, status.next_update
        self._change(
            question,
            due=self._after(again),
            trouble="",
            thisupdate=to_milliseconds(status.this_update),
            nextupdate=None if ends is None else to_milliseconds(ends),
            revokedat=None if revoked is None else to_milliseconds(revoked.revoked_at),
            reason=None if revoked is None else int(revoked.reason),
        )

    def fail(self, question: OcspQuestion, trouble: str, again: timedelta) -> None:
        """Note why there is no answer."""
        self._change(question, due=self._after(again), trouble=trouble)

    def note_wish(self, question: OcspQuestion) -> None:
        """Note that an answer which counts was wished for."""
        query = select(_answer.c.wished).where(_by(question))
        if self._connection.execute(query).scalar_one() < self._after(-WISH_NOTED):
            self._change(question, wished=self._now)

    def forget(self, after: timedelta) -> None:
        """Found without a lock, so that nobody waits."""
        before = self._after(-after)
        for row in self._connection.execute(select(_answer).where(_answer.c.wished < before)).all():
            self._connection.execute(delete(_answer).where(_same(row), _answer.c.wished < before))

    def _take(self, row: Row[Any], again: timedelta) -> bool:
        taken = update(_answer).where(_same(row), _answer.c.due == row.due).values(due=self._after(again))
        return self._connection.execute(taken).rowcount == 1

    def _change(self, question: OcspQuestion, **values: object) -> None:
        self._connection.execute(update(_answer).where(_by(question)).values(**values))

    def _after(self, pause: timedelta) -> int:
        return self._now + pause // timedelta(milliseconds=1)


def _by(question: OcspQuestion) -> ColumnElement[bool]:
    number = f"{question.serial_number:x}"
    return and_(
        _answer.c.caname == question.ca_name, _answer.c.keydigest == question.key, _answer.c.serialnumber == number
    )


def _same(row: Row[Any]) -> ColumnElement[bool]:
    return and_(
        _answer.c.caname == row.caname,
        _answer.c.keydigest == row.keydigest,
        _answer.c.serialnumber == row.serialnumber,
    )


def _kept(row: Row[Any]) -> KeptAnswer:
    serial_number = int(row.serialnumber, 16)
    return KeptAnswer(
        ca_name=row.caname,
        key=row.keydigest,
        serial_number=serial_number,
        status=None if row.thisupdate is None else _status(row, serial_number),
        due=from_milliseconds(row.due),
        trouble=row.trouble,
    )


def _status(row: Row[Any], serial_number: int) -> CertificateStatus:
    revoked = None
    if row.revokedat is not None:
        at, reason = from_milliseconds(row.revokedat), RevocationReason(row.reason)
        revoked = RevokedCertificate(serial_number, at, reason)
    ends = None if row.nextupdate is None else from_milliseconds(row.nextupdate)
    return CertificateStatus(this_update=from_milliseconds(row.thisupdate), next_update=ends, revoked=revoked)
