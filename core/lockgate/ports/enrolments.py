"""The state that an RA's enrolment servers share in the message database.

Others can write to that database, so the servers seal the state: what they have not written themselves is refused.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from lockgate.enrolment.clients import Client, Side
from lockgate.enrolment.transactions import Transaction

HOUR = timedelta(hours=1)
"""For how long an opening counts in the hourly ones of `Bounds`."""


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction as it stands in the message database.

    Attributes:
        version: counts its changes.
        opened: milliseconds since 1970-01-01 UTC, by the servers' clock. With the version it tells whether the
            transaction under that id still is the one that was found.
        sealed: what only the servers themselves can have written.
    """

    version: int
    opened: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """A transaction to be opened.

    Attributes:
        message_id: of the message that stands for it.
        client: who is counted for it.
        opened: UTC, by the servers' clock: now.
        expires: UTC; it is as if it had never been then.
    """

    transaction_id: str
    message_id: str
    client: Client
    opened: datetime
    expires: datetime
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many transactions there may be on each side.

    Attributes:
        per_client, in_all: open at a time: not expired, and not known to be answered by the CA.
        hourly_per_client, hourly_in_all: opened within an hour, whatever became of them.
        hourly_per_holder: the same of a client that is known by its certificate: one device, not a network of them.
    """

    per_client: int
    in_all: int
    hourly_per_client: int
    hourly_per_holder: int
    hourly_in_all: int

    def hourly_of(self, client: Client) -> int:
        """How many that client may open within an hour."""
        return self.hourly_per_client if client.side is Side.STRANGERS else self.hourly_per_holder


class Opening(Enum):
    """What came of opening a transaction."""

    OPENED = "opened"
    TAKEN = "there is one with that id"
    FULL = "too many are open"
    SPENT = "too many were opened in this hour"


class EnrolmentTransactions(Protocol):
    """The transactions of one enrolment protocol by their id; another protocol's with the same id are others.

    An owner of the database can change and remove them, but not make them. Bounds, sweeping and purging concern those
    of all protocols together. The bounds are on load: servers that open at the same instant do not see each other's
    transactions, so there may be one too many for each of them. Nothing rests on exact numbers.
    """

    @abstractmethod
    def find(self, transaction_id: str) -> StoredTransaction | None:
        """The transaction with that id, None if there is none.

        Raises:
            PeerError: the row holds what this product never writes.
        """

    @abstractmethod
    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        """Store a new transaction.

        Args:
            over: what was found under its id and may be replaced; if it is still there. It counts in its hour all the
                same. If nothing is there any more, the new one is opened; if it is another one, the id is taken.
        """

    @abstractmethod
    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        """Replace what is sealed, if `found` is still there; it counts as open no more. Tells whether it did."""

    @abstractmethod
    def sweep(self) -> None:
        """Count those as open no more whose messages the CA has answered, some hundreds at a time.

        Version and what is sealed stay as they are: only whoever looks at a transaction verifies its answer.
        """

    @abstractmethod
    def purge(self, now: datetime) -> None:
        """Remove what has expired at `now`, UTC, and counts in no hour any more."""


class TransactionSealer(Protocol):
    """Seals a transaction, so that it may be stored where others can write, and opens it again."""

    @abstractmethod
    def seal(self, transaction_id: str, transaction: Transaction) -> bytes:
        """What may stand in the message database for `transaction`."""

    @abstractmethod
    def open(self, transaction_id: str, sealed: bytes) -> Transaction:
        """The transaction in `sealed`.

        Raises:
            PeerError: this RA has not sealed it for this protocol and id.
        """
