"""How many transactions of a protocol are open, those included whose changes are not written yet."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, case, func, select

from lockgate.ports import ProtocolTransaction
from lockgate_ca_backend.store import protocol_tables
from lockgate_ca_backend.store.clock import to_milliseconds

_table = protocol_tables.protocol_transaction
Change = tuple[ProtocolTransaction | None, ProtocolTransaction]
"""A transaction as it is stored, and as it will be."""
_OPEN = (
    select(func.count(), func.sum(case((_table.c.authenticator == bindparam("authenticator_"), 1), else_=0)))
    .select_from(_table)
    .where(_table.c.protocol == bindparam("protocol_"), _table.c.open == 1, _table.c.expires > bindparam("now_"))
)


class OpenCount:
    """Counts the stored ones of a protocol once, and once for each authenticator.

    Args:
        now: milliseconds: those that have expired do not count.
    """

    def __init__(self, connection: Connection, now: int, protocol: str) -> None:
        self._connection = connection
        self._now = now
        self._protocol = protocol
        self._stored: dict[str | None, int] = {}

    def number(self, authenticator: str | None, changes: Iterable[Change]) -> int:
        """Those of one authenticator, or all; `changes` are not stored yet."""
        if authenticator not in self._stored:
            self._count(authenticator)
        more = sum(
            self._counts(after, authenticator) - (before is not None and self._counts(before, authenticator))
            for before, after in changes
        )
        return self._stored[authenticator] + more

    def _count(self, authenticator: str | None) -> None:
        wanted = {"protocol_": self._protocol, "authenticator_": authenticator, "now_": self._now}
        every, of_one = self._connection.execute(_OPEN, wanted).one()
        self._stored[None] = every
        if authenticator is not None:
            self._stored[authenticator] = int(of_one or 0)

    def _counts(self, transaction: ProtocolTransaction, authenticator: str | None) -> bool:
        return (
            transaction.key.protocol == self._protocol
            and transaction.open
            and to_milliseconds(transaction.expires) > self._now
            and authenticator in (None, transaction.authenticator)
        )
