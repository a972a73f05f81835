"""Enrolment transactions as a dictionary."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.ports import Bounds, EnrolmentTransactions, MessageStore, NewTransaction, Opening, StoredTransaction
from lockgate.ports.enrolments import HOUR
from lockgate.queue.message import MessageStatus


@dataclass
class _Row:
    new: NewTransaction
    message_type: int
    settled: bool = False
    version: int = 1

    @property
    def stored(self) -> StoredTransaction:
        return StoredTransaction(self.version, round(self.new.opened.timestamp() * 1000), self.new.sealed)


class MemoryEnrolmentTransactions(EnrolmentTransactions):
    """Transactions in memory.

    Args:
        messages: the store that their messages are in.
        protocol: whose transactions.
    """

    def __init__(self, messages: MessageStore, protocol: EnrolmentProtocol) -> None:
        self._messages = messages
        self._protocol = protocol
        self._rows: dict[tuple[str, str], _Row] = {}
        self._numbers = count(1)

    def beside(self, protocol: EnrolmentProtocol) -> "MemoryEnrolmentTransactions":
        """Those of another protocol in the same table."""
        other = MemoryEnrolmentTransactions(self._messages, protocol)
        other._rows, other._numbers = self._rows, self._numbers
        return other

    def _key(self, transaction_id: str) -> tuple[str, str]:
        return self._protocol.name, transaction_id

    def _row(self, new: NewTransaction, *, settled: bool = False, version: int = 1) -> _Row:
        return _Row(new, self._protocol.message_type, settled, version)

    def find(self, transaction_id: str) -> StoredTransaction | None:
        row = self._rows.get(self._key(transaction_id))
        return None if row is None else row.stored

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        standing = self.find(new.transaction_id)
        if standing is not None and standing != over:
            return Opening.TAKEN
        side = [row for row in self._rows.values() if row.new.client.side == new.client.side]
        opened = [row.new.client for row in side if not row.settled and row.new.expires > new.opened]
        if len(opened) >= bounds.in_all or opened.count(new.client) >= bounds.per_client:
            return Opening.FULL
        in_hour = [row.new.client for row in side if row.new.opened > new.opened - HOUR]
        if len(in_hour) >= bounds.hourly_in_all or in_hour.count(new.client) >= bounds.hourly_of(new.client):
            return Opening.SPENT
        if standing is not None:
            row = self._rows.pop(self._key(new.transaction_id))
            kept = replace(row.new, expires=new.opened, sealed=b"")
            self._rows[self._key(f"{new.transaction_id}#{next(self._numbers)}")] = self._row(kept, settled=True)
        self._rows[self._key(new.transaction_id)] = self._row(new)
        return Opening.OPENED

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        row = self._rows.get(self._key(transaction_id))
        if row is None or row.stored != found:
            return False
        settled = replace(row.new, sealed=sealed)
        self._rows[self._key(transaction_id)] = self._row(settled, settled=True, version=row.version + 1)
        return True

    def sweep(self) -> None:
        for row in self._rows.values():
            message = self._messages.fetch(row.message_type, row.new.message_id)
            row.settled |= message is not None and message.status is MessageStatus.PROCESSED

    def purge(self, now: datetime) -> None:
        for key, row in list(self._rows.items()):
            if row.new.expires <= now and row.new.opened <= now - HOUR:
                del self._rows[key]
