"""Approvals, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from lockgate.reasons import Rejected
from lockgate.rights.approval import ApprovalRequest, Proposal, Requirement


class Approvals(Protocol):
    """The stored approvals. A stored row alone approves nothing: `lockgate.rights.votes` verifies decisions."""

    @abstractmethod
    def requirement(self, proposal: Proposal) -> Requirement | Rejected:
        """The number of administrators that the CAs and profiles of `proposal` ask for: the highest for any of its
        kinds.

        Rejections: `unknown_ca`, `unknown_profile`: one of them does not exist, so its requirement is not known.
        """

    @abstractmethod
    def get(self, approval_id: str) -> ApprovalRequest | None:
        """The approval of that id."""

    @abstractmethod
    def latest(self, requester: str, digest: str) -> ApprovalRequest | None:
        """The newest approval of that requester for the action with that digest."""

    @abstractmethod
    def count_open(self, requester: str) -> int:
        """How many approvals of that requester are open: neither used nor rejected nor expired."""

    @abstractmethod
    def open(self, approval: ApprovalRequest) -> None:
        """Store a new approval.

        Raises:
            Conflict: another transaction opened one for the same action since `latest` was asked; at once or
                when this transaction commits.
        """

    @abstractmethod
    def settle(self, approval: ApprovalRequest) -> None:
        """Store that `approval` was used: `settled`, `succeeded`, `outcome` and `operation`.

        Raises:
            Conflict: it was used or rejected meanwhile; at once or when this transaction commits.
        """

    @abstractmethod
    def conclude(self, operation: str, outcome: bytes | None, *, succeeded: bool) -> None:
        """Store how the request ended that used an approval under that operation key; nothing where it used none."""

    @abstractmethod
    def decisions(self, approval_id: str) -> Sequence[bytes]:
        """Every decision on the approval: CMS SignedData, unverified, in the order of arrival; 100 at most."""

    @abstractmethod
    def purge(self, age: timedelta, limit: int) -> int:
        """Delete up to `limit` requests that wait for an approval that expired `age` ago or more, or is gone; and up to
        `limit` of the approvals that expired so long ago, led to nothing and that nothing waits for any more, with
        their decisions. Tells how many requests and approvals.

        Approvals that were used stay: they say why the CA did something. A request that is not known to wait any more
        has had no effect; played again, it is judged like a new one.

        Raises:
            Defect: `age` is negative.
        """
