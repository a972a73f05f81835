"""Transactions of protocols whose messages the CA itself answers, inside one unit of work.

A transaction is found by the protocol and the id that the client chose: all addresses of a service have the ids in
common, so that a message that was recorded at one of them is no new one at another. Its row is locked from `find` to
the end of the unit of work, so that two messages of one transaction are answered one after another, on whichever node.
The answer to each message is kept by the digest of its octets: the same octets again bring the same answer.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

MAX_KEPT_ANSWER = 1024 * 1024
"""Octets in an answer that is kept."""


@dataclass(frozen=True, slots=True)
class TransactionKey:
    """What identifies a transaction.

    Attributes:
        protocol: its name, 1 to 16 of a-z and 0-9.
        id: lower-case hexadecimal of the id that the client chose, at most 64 octets.
    """

    protocol: str
    id: str


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What identifies a message of a transaction.

    Attributes:
        digest: the message's SHA-256, 64 lower-case hexadecimal digits.
    """

    transaction: TransactionKey
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolTransaction:
    """A transaction as it is stored.

    Attributes:
        authenticator: who sent the first message, and how that was shown: 64 lower-case hexadecimal digits. Every later
            message must show the same.
        state: a word of the protocol's own state table, at most 32 characters.
        content: what the protocol's service keeps, octets of its own form; no secrets.
        secret: shared with the client, where the first message was protected by one; or what else of it is secret, as
            long as it waits. Stored encrypted.
        due: UTC: when the service must act by itself; None where it need not.
        expires: UTC: the transaction is forgotten after this.
        open: whether it counts as open.
        revision: counts changes; 0 for one that is not stored yet.
    """

    key: TransactionKey
    authenticator: str
    state: str
    content: bytes
    secret: bytes | None = field(default=None, repr=False)
    due: datetime | None = None
    expires: datetime
    open: bool = True
    revision: int = 0


class ProtocolTransactions(Protocol):
    """The stored transactions."""

    @abstractmethod
    def find(self, key: TransactionKey) -> ProtocolTransaction | None:
        """The transaction, locked until the unit of work ends; None where there is none. One that has expired counts as
        none once it is purged, and not before.

        Nothing locks a transaction that is not there: of two units of work that begin the same one at once, one
        commits. Asked again, it may be there.
        """

    @abstractmethod
    def save(self, transaction: ProtocolTransaction) -> ProtocolTransaction:
        """Add it (revision 0), or replace the stored one of the same revision; as it is stored now: its revision one
        higher, its times in whole milliseconds, rounded down.

        Raises:
            Conflict: another unit of work was faster; at the latest when this one ends. Nothing of it is committed.
        """

    @abstractmethod
    def answer(self, key: TransactionKey, digest: str) -> bytes | None:
        """The answer that was kept for a message of the transaction; None where none was.

        Args:
            digest: the message's SHA-256, 64 lower-case hexadecimal digits.
        """

    @abstractmethod
    def keep_answer(self, key: TransactionKey, digest: str, answer: bytes) -> None:
        """Keep the answer to a message of a stored transaction; the one kept before under `digest` is replaced. It is
        deleted with the transaction.

        Args:
            digest: as `answer` takes it.
            answer: at most 1 MiB.

        Raises:
            Defect: the answer is larger, or there is no such transaction.
        """

    @abstractmethod
    def count_answers(self, key: TransactionKey) -> int:
        """How many answers are kept for the transaction."""

    @abstractmethod
    def count_open(self, protocol: str, authenticator: str | None = None) -> int:
        """How many transactions of `protocol` are open and have not expired: those of one authenticator, or all."""

    @abstractmethod
    def due(self, protocol: str, limit: int) -> Sequence[ProtocolTransaction]:
        """Up to `limit` transactions of `protocol` that are due by the database's clock, longest due first, locked.
        Those that another unit of work has locked are passed over where the database can do that: they are due again
        later."""

    @abstractmethod
    def purge(self, limit: int) -> int:
        """Delete up to `limit` transactions that have expired, with their answers; how many there were. One whose
        `due` is not None stays: the service has still to act."""

    @abstractmethod
    def forget_answers(self, key: TransactionKey) -> None:
        """Delete the answers that are kept for the transaction."""


class SharedSecrets(Protocol):
    """Secrets that the CA shares with the clients of a protocol, and what it remembers of them. They are read outside
    the unit of work that acts by them, since what they protect is verified before it begins: whether they still count
    is judged again there.

    Each method raises `KeystoreError` if what is stored was changed, or stands under another installation's secret.
    """

    @abstractmethod
    def of_transaction(self, key: TransactionKey) -> bytes | None:
        """The secret that is stored with the transaction, open or not, since answers are protected again whenever they
        are asked for; None where there is none."""

    @abstractmethod
    def content_of(self, key: TransactionKey) -> bytes | None:
        """The transaction's content, open or not, for a message that leaves out what an earlier one has shown; None
        where there is no such transaction. It is no secret."""

    @abstractmethod
    def of_end_entity(self, username: str) -> str | None:
        """The end entity's one-time password, made by the CA, as long as it is neither spent nor expired; None for
        every other password, which is kept as a hash only."""
