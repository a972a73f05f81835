"""The port `ProtocolTransactions`."""

from collections.abc import Sequence

from lockgate.errors import Defect
from lockgate.ports import ProtocolTransaction, ProtocolTransactions, TransactionKey
from lockgate.ports.protocol_transactions import MAX_KEPT_ANSWER
from lockgate_ca_backend.registry.store import Store


class SqlProtocolTransactions(ProtocolTransactions):
    """Transactions of protocols in one transaction of the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, key: TransactionKey) -> ProtocolTransaction | None:
        """Its row locked."""
        return self._store.protocol_transactions.get_locked(key)

    def save(self, transaction: ProtocolTransaction) -> ProtocolTransaction:
        """With the revision in the statement; a new one by the unique key."""
        return self._store.protocol_transactions.save(transaction)

    def answer(self, key: TransactionKey, digest: str) -> bytes | None:
        """By the digest of the message."""
        return self._store.protocol_transactions.answer(key, digest)

    def keep_answer(self, key: TransactionKey, digest: str, answer: bytes) -> None:
        """In place of an earlier one."""
        if len(answer) > MAX_KEPT_ANSWER:
            raise Defect(f"an answer of {len(answer)} octets is too large to be kept")
        self._store.protocol_transactions.keep_answer(key, digest, answer)

    def count_answers(self, key: TransactionKey) -> int:
        """Of one transaction."""
        return self._store.protocol_transactions.count_answers(key)

    def count_open(self, protocol: str, authenticator: str | None = None) -> int:
        """Those of this unit of work included."""
        return self._store.protocol_transactions.count_open(protocol, authenticator)

    def due(self, protocol: str, limit: int) -> Sequence[ProtocolTransaction]:
        """Their rows locked."""
        return self._store.protocol_transactions.due_locked(protocol, limit)

    def purge(self, limit: int) -> int:
        """At once."""
        self._store.protocol_transactions.flush()
        return self._store.purging.protocol_transactions(limit)

    def forget_answers(self, key: TransactionKey) -> None:
        """At once."""
        self._store.protocol_transactions.forget_answers(key)
