"""Approvals as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
