"""Approvals, and the requests that wait for them, inside one unit of work of the CA."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from lockgate.line.journal import PendingRequest
from lockgate.reasons import Rejected
from lockgate.rights.approval import ApprovalRequest, Proposal, Requirement


class ApprovalBook(Protocol):
    """What is stored of approvals. Nothing in it approves anything: `lockgate.rights.votes` verifies decisions."""

    @abstractmethod
    def approval_requirement(self, proposal: Proposal) -> Requirement | Rejected:
        """What the CAs and profiles of `proposal` ask for: the highest number for any of its kinds.

        Rejections: `unknown_ca`, `unknown_profile`: one of them does not exist, and so nobody knows what it asks for.
        """

    @abstractmethod
    def approval(self, approval_id: str) -> ApprovalRequest | None:
        """The approval of that id."""

    @abstractmethod
    def latest_approval(self, requester: str, digest: str) -> ApprovalRequest | None:
        """The newest approval of that requester for the action with that digest."""

    @abstractmethod
    def open_approvals(self, requester: str) -> int:
        """How many approvals of that requester are open: neither used nor rejected nor expired."""

    @abstractmethod
    def open_approval(self, approval: ApprovalRequest) -> None:
        """Store a new approval.

        Raises:
            Conflict: another transaction opened one for the same action since `latest_approval` was asked; at once or
                when this transaction commits.
        """

    @abstractmethod
    def settle_approval(self, approval: ApprovalRequest) -> None:
        """Store that `approval` was used: `settled`, `succeeded`, `outcome` and `operation`.

        Raises:
            Conflict: it was used or rejected meanwhile; at once or when this transaction commits.
        """

    @abstractmethod
    def decisions(self, approval_id: str) -> Sequence[bytes]:
        """Every decision on the approval: CMS SignedData, unverified, in the order of arrival; 100 at most."""

    @abstractmethod
    def holder(self, fingerprint: str) -> str | None:
        """The end entity that the certificate was issued to; None where it was not issued here."""

    @abstractmethod
    def secret_mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        """64 hexadecimal digits that stand for the secret `value` where it must not be told.

        The same for the same arguments, others for others; made under a secret of the installation, so that nobody
        who lacks it can try values against a mark.

        Args:
            signer: SHA-256 fingerprint of the requester's certificate.
            username: the end entity whose secret it is; empty where there is none.
            field: the request's field that holds it.
        """

    @abstractmethod
    def defer(self, pending: PendingRequest) -> None:
        """Keep that a request waits, or that it still does; recording its journal entry ends that.

        Raises:
            Conflict: another transaction was faster; at once or when this transaction commits.
        """

    @abstractmethod
    def decided_messages(self, data_source: str, limit: int, after: str = "") -> Sequence[str]:
        """Up to `limit` ids of messages of `data_source` that wait for an approval on which there are new decisions.

        Args:
            after: an id; those that follow it, by code points.
        """
