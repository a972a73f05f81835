"""What signed decisions come to, and what they are about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lockgate.rights.approval import (
    ApprovalRequest,
    ApprovalStatus,
    Decision,
    Verdict,
    Vote,
    is_remembered,
    judge_approval,
)

OPENED = datetime(2026, 6, 1, 12, tzinfo=UTC)
APPROVAL = ApprovalRequest(requester="ra", action=b"{}", quorum=2, opened=OPENED, expires=OPENED + timedelta(hours=1))


def vote(voter: str, verdict: Verdict = Verdict.APPROVE, **changes: Any) -> Vote:
    decision = Decision(
        approval=APPROVAL.id,
        action=APPROVAL.action,
        verdict=verdict,
        reason="mistyped" if verdict is Verdict.REJECT else "",
        opened=APPROVAL.opened,
        expires=APPROVAL.expires,
        created=OPENED + timedelta(minutes=5),
    )
    return Vote(replace(decision, **changes), voter, voter)


def status(*votes: Vote, minutes: int = 10, approval: ApprovalRequest = APPROVAL) -> ApprovalStatus:
    return judge_approval(approval, votes, {"ra"}, OPENED + timedelta(minutes=minutes)).status


def test_a_quorum_of_distinct_administrators_approves() -> None:
    assert status(vote("ann")) is ApprovalStatus.PENDING
    assert status(vote("ann"), vote("ann")) is ApprovalStatus.PENDING
    assert status(vote("ann"), vote("ben")) is ApprovalStatus.APPROVED


def test_the_requester_does_not_count() -> None:
    assert status(vote("ann"), vote("ra")) is ApprovalStatus.PENDING


@pytest.mark.parametrize(
    "changes",
    [
        {"approval": "0" * 32},
        {"action": b"{ }"},
        {"opened": OPENED - timedelta(seconds=1)},
        {"expires": OPENED + timedelta(days=1)},
        {"created": OPENED + timedelta(hours=2)},
        {"created": OPENED - timedelta(seconds=1)},
    ],
)
def test_decisions_about_something_else_do_not_count(changes: dict[str, Any]) -> None:
    assert status(vote("ann"), vote("ben", **changes)) is ApprovalStatus.PENDING
    assert status(vote("ben", Verdict.REJECT, **changes)) is ApprovalStatus.PENDING


def test_one_rejection_rejects_with_its_reason() -> None:
    standing = judge_approval(APPROVAL, [vote("ann"), vote("ben", Verdict.REJECT)], {"ra"}, OPENED)
    assert (standing.status, standing.reason) == (ApprovalStatus.REJECTED, "mistyped")


def test_an_approval_expires_also_when_it_was_approved() -> None:
    assert status(vote("ann"), vote("ben"), minutes=59) is ApprovalStatus.APPROVED
    assert status(vote("ann"), vote("ben"), minutes=60) is ApprovalStatus.EXPIRED


def test_an_approval_is_used_once() -> None:
    used = replace(APPROVAL, settled=OPENED + timedelta(minutes=7), succeeded=True)
    assert status(vote("ann"), vote("ben"), approval=used) is ApprovalStatus.EXECUTED
    assert status(approval=replace(used, succeeded=False)) is ApprovalStatus.FAILED


def test_a_rejection_is_remembered_for_a_while() -> None:
    rejected = judge_approval(APPROVAL, [vote("ben", Verdict.REJECT)], {"ra"}, OPENED)
    assert is_remembered(rejected, OPENED + timedelta(minutes=34))
    assert not is_remembered(rejected, OPENED + timedelta(minutes=35))
