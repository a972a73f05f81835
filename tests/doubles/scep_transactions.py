"""SCEP transactions as a dictionary."""

from dataclasses import dataclass
from datetime import datetime

from lockgate.ports import Bounds, Opening, ScepTransactions, StoredTransaction


@dataclass
class _Row:
    client: str
    expires: datetime
    settled: bool
    version: int
    sealed: bytes


class MemoryScepTransactions(ScepTransactions):
    """Transactions in memory."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}

    def find(self, transaction_id: str) -> StoredTransaction | None:
        row = self._rows.get(transaction_id)
        return None if row is None else StoredTransaction(row.version, row.sealed)

    def open(
        self, transaction_id: str, client: str, sealed: bytes, now: datetime, expires: datetime, bounds: Bounds
    ) -> Opening:
        if transaction_id in self._rows:
            return Opening.TAKEN
        counted = [its.client for its in self._rows.values() if not its.settled and its.expires > now]
        if len(counted) >= bounds.in_all or counted.count(client) >= bounds.per_client:
            return Opening.FULL
        self._rows[transaction_id] = _Row(client, expires, False, 1, sealed)
        return Opening.OPENED

    def change(
        self, transaction_id: str, version: int, sealed: bytes, *, settled: bool, expires: datetime | None = None
    ) -> bool:
        row = self._rows.get(transaction_id)
        if row is None or row.version != version:
            return False
        row.sealed, row.version, row.settled, row.expires = sealed, version + 1, settled, expires or row.expires
        return True

    def purge(self, now: datetime) -> None:
        self._rows = {name: row for name, row in self._rows.items() if row.expires > now}
