"""Approvals as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lockgate.errors import CallerError
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalRequest, Decision, Standing, Vote


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """An approval and the result of judging it.

    Attributes:
        requester: whose request it is.
        votes: the decisions that count now.
        decided: who signed which decision, whether or not it still counts.
        now: UTC, by the CA database's clock.
    """

    approval: ApprovalRequest
    requester: str
    standing: Standing
    votes: tuple[Vote, ...]
    decided: tuple[tuple[str, Decision], ...]
    now: datetime


class RefusedDecision(CallerError):
    """A signed decision that does not count.

    Attributes:
        rejected: why.
    """

    def __init__(self, rejected: Rejected) -> None:
        why = _SAID.get(rejected.reason, rejected.reason.sentence)
        super().__init__(f"the decision is refused: {why} {rejected.detail}".rstrip())
        self.rejected = rejected


_NONE = "This is no signed decision, as `lockgate approvals sign` writes it."
_SAID = {
    Reason.UNREADABLE: _NONE,
    Reason.MALFORMED_REQUEST: _NONE,
    Reason.MISPLACED: "It is about another approval, or was signed while this one could not be decided.",
    Reason.SIGNER_UNTRUSTED: "Its signer's certificate was issued by no CA that this installation knows.",
    Reason.NOT_AUTHORIZED: "Its signer may not decide about this request.",
}
"""What is said of a decision, where the code's sentence speaks of a request."""


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """A page of the approvals that a search found.

    Attributes:
        items: may be fewer than asked for, and none, although others follow.
        next: the approval after which the next page begins; None on the last page.
        more: how many approvals follow this page. In a search for one status, how many of them may have it.
    """

    items: Sequence[ApprovalView]
    next: str | None
    more: int
