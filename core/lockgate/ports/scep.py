"""The state that an RA's SCEP servers share in the message database: hostile ground, so what stands there is sealed."""

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction as it stands in the message database.

    Attributes:
        version: counts its changes.
        sealed: what only the servers themselves can have written.
    """

    version: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many transactions may be open, without an answer, at a time."""

    per_client: int
    in_all: int


class Opening(Enum):
    """What came of opening a transaction."""

    OPENED = "opened"
    TAKEN = "there is one with that id"
    FULL = "too many are open"


class ScepTransactions(Protocol):
    """SCEP transactions by their id. Whoever owns the database can change and remove them, but not make them."""

    @abstractmethod
    def find(self, transaction_id: str) -> StoredTransaction | None:
        """The transaction with that id, None if there is none.

        Raises:
            PeerError: the row holds what this product never writes.
        """

    @abstractmethod
    def open(
        self, transaction_id: str, client: str, sealed: bytes, now: datetime, expires: datetime, bounds: Bounds
    ) -> Opening:
        """Store a new transaction.

        Args:
            client: who is counted for it, at most 64 ASCII characters.
            now: UTC, by the servers' clock; what has expired is not counted.
            expires: UTC; it may be removed then.
        """

    @abstractmethod
    def change(
        self, transaction_id: str, version: int, sealed: bytes, *, settled: bool, expires: datetime | None = None
    ) -> bool:
        """Replace what is sealed where the version still is `version`; tells whether it did.

        Args:
            settled: whether it has its answer, so that it counts as open no more.
            expires: a new end; None leaves it.
        """

    @abstractmethod
    def purge(self, now: datetime) -> None:
        """Remove what has expired at `now`, UTC."""
