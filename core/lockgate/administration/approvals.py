"""Approvals as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lockgate.rights.approval import ApprovalRequest, Decision, Standing, Vote


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """An approval, judged.

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
    """Some of the approvals that were looked for.

    Attributes:
        next: after which approval the next page goes on; None after the last one.
        more: how many come behind the page; where one status is looked for, how many of them may have it.
    """

    items: Sequence[ApprovalView]
    next: str | None
    more: int
