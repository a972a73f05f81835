"""The `OcspAnswers` port on the table `ocsp_answer` of the message database."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Delete, Engine, bindparam, delete, insert, or_, select

from lockgate.errors import PeerError, Unavailable
from lockgate.ports import OcspAnswers
from lockgate.publishing.answers import PublishedAnswer
from lockgate_persistence.bounded import Columns, row_of
from lockgate_persistence.dialects import dialect_of, execute_many
from lockgate_persistence.schema import ocsp_answer as table
from lockgate_persistence.transactions import Transactions

MAX_ANSWER = 16 * 1024
"""Octets of an answer at most; what is longer is not loaded."""
TRANSACTION_SECONDS = 60.0
"""In which the last statement of a transaction begins, however often it is run again: with the seconds that a statement
may take, its transaction ends sooner than the lease of what publishes (`lockgate.publishing.rounds.LEASE`)."""
_THIS = table.c.certificate == bindparam("certificate_")
_ENDED = delete(table).where(table.c.nextupdate <= bindparam("now_"))
_OTHERS = delete(table).where(or_(table.c.thisupdate < bindparam("first_"), table.c.thisupdate > bindparam("last_")))
_INSERT = insert(table)


class SqlOcspAnswers(OcspAnswers):
    """Answers in the table `ocsp_answer`; its schema must be current.

    Publishing deletes and inserts: it reads no row, so that the CA's side takes nothing from this database. A later
    answer is not deleted, unless it is the one that is named or all are published anew, and then the insert in its
    place fails.

    Args:
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._transactions = Transactions(engine)
        self._monotonic = monotonic
        dialect = dialect_of(engine)
        named = dialect.among(table.c.certificate, "certificates_")
        no_later = table.c.thisupdate <= bindparam("thisupdate_"), table.c.thisupdate == bindparam("later_")
        self._no_later = delete(table).where(named, or_(*no_later))
        self._any = delete(table).where(named)
        self._find = select(Columns(dialect).octets(table.c.answer, MAX_ANSWER)).where(_THIS)

    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        """See `OcspAnswers.publish`."""
        signed = (answer for answer in answers if answer.octets is not None)
        rows = [_values(answer) for answer in sorted(signed, key=lambda answer: answer.id)]
        former: dict[tuple[int, int], list[bytes]] = defaultdict(list)
        for answer in answers:
            later = answer.later or answer.this_update
            former[_milliseconds(answer.this_update), _milliseconds(later)].append(answer.id)

        require_time = self._deadline()

        def replace(connection: Connection) -> None:
            for (this_update, later), ids in former.items():
                require_time()
                bounds = {} if anew else {"thisupdate_": this_update, "later_": later}
                connection.execute(self._any if anew else self._no_later, {"certificates_": ids, **bounds})
            require_time()
            if rows:
                execute_many(connection, _INSERT, rows)
            require_time()

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
        self._remove(_ENDED, {"now_": _milliseconds(now)})

    def remove_others(self, first: datetime, last: datetime) -> None:
        """See `OcspAnswers.remove_others`."""
        self._remove(_OTHERS, {"first_": _milliseconds(first), "last_": _milliseconds(last)})

    def _remove(self, statement: Delete, bounds: Mapping[str, int]) -> None:
        require_time = self._deadline()

        def remove(connection: Connection) -> None:
            require_time()
            connection.execute(statement, bounds)

        self._transactions.write(remove)

    def _deadline(self) -> Callable[[], None]:
        """What raises Unavailable once a transaction that begins now has had its time."""
        end = self._monotonic() + TRANSACTION_SECONDS

        def require_time() -> None:
            if self._monotonic() >= end:
                raise Unavailable(f"OCSP answers could not be written within {TRANSACTION_SECONDS:.0f} seconds")

        return require_time


def _values(answer: PublishedAnswer) -> dict[str, object]:
    return {
        "certificate": answer.id,
        "thisupdate": _milliseconds(answer.this_update),
        "nextupdate": _milliseconds(answer.next_update),
        "answer": answer.octets,
    }


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
