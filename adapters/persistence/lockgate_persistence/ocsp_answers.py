"""The `OcspAnswers` port on the table `ocsp_answer` of the message database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from lockgate.errors import PeerError
from lockgate.ports import OcspAnswers
from lockgate.publishing.answers import PublishedAnswer
from lockgate_persistence.bounded import Columns, row_of
from lockgate_persistence.dialects import dialect_of, execute_many
from lockgate_persistence.schema import ocsp_answer as table
from lockgate_persistence.transactions import Transactions

MAX_ANSWER = 16 * 1024
"""Octets of an answer at most; what is longer is not loaded."""
_THIS = table.c.certificate == bindparam("certificate_")
_ENDED = delete(table).where(table.c.nextupdate <= bindparam("now_"))
_INSERT = insert(table)


class SqlOcspAnswers(OcspAnswers):
    """Answers in the table `ocsp_answer`; its schema must be current.

    Publishing deletes and inserts: it reads no row, so that the CA's side takes nothing from this database. A later
    answer is not deleted, and then the insert in its place fails.
    """

    def __init__(self, engine: Engine) -> None:
        self._transactions = Transactions(engine)
        dialect = dialect_of(engine)
        named = dialect.among(table.c.certificate, "certificates_")
        self._no_later = delete(table).where(named, table.c.thisupdate <= bindparam("thisupdate_"))
        self._find = select(Columns(dialect).octets(table.c.answer, MAX_ANSWER)).where(_THIS)

    def publish(self, answers: Sequence[PublishedAnswer]) -> None:
        """See `OcspAnswers.publish`."""
        signed = (answer for answer in answers if answer.octets is not None)
        rows = [_values(answer) for answer in sorted(signed, key=lambda answer: answer.id)]
        former: dict[int, list[bytes]] = defaultdict(list)
        for answer in answers:
            former[_milliseconds(answer.this_update)].append(answer.id)

        def replace(connection: Connection) -> None:
            for this_update, ids in former.items():
                connection.execute(self._no_later, {"certificates_": ids, "thisupdate_": this_update})
            if rows:
                execute_many(connection, _INSERT, rows)

        if answers:
            self._transactions.write(replace)

    def find(self, certificate: bytes) -> bytes | None:
        """See `OcspAnswers.find`."""
        wanted = {"certificate_": certificate}
        row = self._transactions.read(lambda connection: row_of(connection, self._find, wanted))
        if row is None:
            return None
        if not isinstance(row.answer, bytes):
            raise PeerError("the row of an OCSP answer holds what this product never writes")
        return row.answer

    def purge(self, now: datetime) -> None:
        """See `OcspAnswers.purge`."""
        self._transactions.write(lambda connection: connection.execute(_ENDED, {"now_": _milliseconds(now)}))

    def clear(self) -> None:
        """See `OcspAnswers.clear`."""
        self._transactions.write(lambda connection: connection.execute(delete(table)))


def _values(answer: PublishedAnswer) -> dict[str, object]:
    return {
        "certificate": answer.id,
        "thisupdate": _milliseconds(answer.this_update),
        "nextupdate": _milliseconds(answer.next_update),
        "answer": answer.octets,
    }


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
