"""Workers among each other: each runs in one place at a time, only the newest holder can commit, and none takes the
other's signature for a request."""

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

LONGEST = timedelta(hours=2)
"""No lease ends later: twice the longest that a worker's settings allow, as the clocks of a cluster's servers differ.
One that does was taken while the clock of the CA's database was ahead, and is free."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a worker's lease: only the holder of the newest token can commit."""

    worker: str
    token: int


class Coordinator(Protocol):
    """Leases of workers, in the CA's database and by its clock: each worker runs in one place at a time. And the
    certificates of the workers of all nodes."""

    @abstractmethod
    def introduce(self, worker: str, certificates: Collection[str]) -> None:
        """Record the certificates of a worker before it signs anything; they are never forgotten.

        From then on each has the standing `worker's` (`Certificates.standing`), whoever may have it in a role.

        Args:
            certificates: SHA-256 fingerprints, lower-case hexadecimal; those that are recorded already stay so.
        """

    @abstractmethod
    def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
        """Take the worker's lease if it is free, expired or already `holder`'s; every acquisition has a new token.

        Args:
            lease: `LONGEST` at most.
        """

    @abstractmethod
    def renew(self, fence: Fence, lease: timedelta) -> bool:
        """Let the lease run for `lease` from now; false if `fence` is no longer the newest."""

    @abstractmethod
    def release(self, fence: Fence) -> None:
        """Give the lease up if it is still held."""
