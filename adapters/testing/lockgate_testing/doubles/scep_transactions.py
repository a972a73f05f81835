"""SCEP transactions as a dictionary."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from lockgate.ports import Bounds, MessageStore, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.ports.scep import HOUR
from lockgate.queue.message import MessageStatus, MessageType


@dataclass
class _Row:
    new: NewTransaction
    settled: bool = False
    version: int = 1

    @property
    def stored(self) -> StoredTransaction:
        return StoredTransaction(self.version, round(self.new.opened.timestamp() * 1000), self.new.sealed)


class MemoryScepTransactions(ScepTransactions):
    """Transactions in memory.

    Args:
        messages: the store that their messages are in.
    """

    def __init__(self, messages: MessageStore) -> None:
        self._messages = messages
        self._rows: dict[str, _Row] = {}
        self._numbers = count(1)

    def find(self, transaction_id: str) -> StoredTransaction | None:
        row = self._rows.get(transaction_id)
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
            row = self._rows.pop(new.transaction_id)
            kept = replace(row.new, expires=new.opened, sealed=b"")
            self._rows[f"{new.transaction_id}#{next(self._numbers)}"] = _Row(kept, True)
        self._rows[new.transaction_id] = _Row(new)
        return Opening.OPENED

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        row = self._rows.get(transaction_id)
        if row is None or row.stored != found:
            return False
        self._rows[transaction_id] = _Row(replace(row.new, sealed=sealed), True, row.version + 1)
        return True

    def sweep(self) -> None:
        for row in self._rows.values():
            message = self._messages.fetch(MessageType.SCEP, row.new.message_id)
            row.settled |= message is not None and message.status is MessageStatus.PROCESSED

    def purge(self, now: datetime) -> None:
        kept = {key: row for key, row in self._rows.items() if row.new.expires > now or row.new.opened > now - HOUR}
        self._rows = kept
