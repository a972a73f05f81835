"""Approvals: actions that administrators are asked to approve, and the result of their signed decisions.

An approval belongs to one requester and one exact action, whose canonical bytes every decision signs. A stored row
proves nothing: the worker that carries the action out computes its bytes anew, verifies the signatures of the
decisions, and judges by `judge_approval`. An approval is used once (docs/threat-model.md, rule 9).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from lockgate.rights.authorization import Action, action_right, ca_right, profile_right

APPROVAL_VALIDITY = timedelta(hours=1)
"""How long after it was opened an approval can be decided and used, unless configured otherwise."""
REJECTION_MEMORY = timedelta(minutes=30)
"""How long the same request fails at once after a rejection or a failure, unless configured otherwise."""
MAX_OPEN_APPROVALS = 100
"""How many approvals of one requester may be open at a time, unless configured otherwise."""
MAX_QUORUM = 20
MAX_DECISIONS = 100
"""Decisions on one approval at most."""
MAX_DECISION_REASON = 500
"""Characters in an administrator's reason at most."""


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """How long approvals live, how long failures are remembered, and how many approvals a requester may have open."""

    validity: timedelta = APPROVAL_VALIDITY
    rejection_memory: timedelta = REJECTION_MEMORY
    max_open: int = MAX_OPEN_APPROVALS


class ApprovalKind(StrEnum):
    """The kinds of action that may need approval; profiles and CAs define for each how many administrators must
    approve."""

    END_ENTITY = "endentity"
    ISSUE = "issue"
    KEY_RECOVERY = "keyrecovery"
    REVOCATION = "revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The action that administrators are asked about.

    Attributes:
        kinds: what of it may need approval.
        ca_names, certificate_profiles, end_entity_profiles: every object concerned, by name.
    """

    kinds: frozenset[ApprovalKind] = frozenset()
    ca_names: frozenset[str] = frozenset()
    certificate_profiles: frozenset[str] = frozenset()
    end_entity_profiles: frozenset[str] = frozenset()


NOTHING_TO_APPROVE = Proposal()


@dataclass(frozen=True, slots=True)
class Requirement:
    """The requirement of the CAs and profiles of a proposal.

    Attributes:
        quorum: how many administrators must approve; 0 for none. The highest that any of them asks for.
        revisions: the digest of each profile concerned, by kind and name; part of what is approved.
    """

    quorum: int
    revisions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def approver_rights(action: bytes) -> frozenset[str]:
    """The rights that deciding about `action` takes: approve, and every CA and end entity profile it concerns."""
    said = json.loads(action)
    concerned = {*map(ca_right, said["ca_names"]), *map(profile_right, said["end_entity_profiles"])}
    return frozenset({action_right(Action.APPROVE), *concerned})


def shown_password_of(action: bytes) -> str:
    """The end entity that asks for `action` with its own password; empty where none does."""
    return str(json.loads(action).get("own_password_of", ""))


def approval_id(action: bytes, opened: datetime) -> str:
    """The id of the approval of this action, opened at this time: 32 hexadecimal digits.

    Args:
        action: canonical bytes.
        opened: UTC.
    """
    return hashlib.sha256(action + opened.isoformat().encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """An action that waits, or waited, for administrators.

    Attributes:
        requester: SHA-256 fingerprint of the requester's certificate.
        action: canonical bytes.
        opened, expires: UTC, by the CA database's clock.
        settled: when it was carried out or failed; None before.
        outcome: the encoded response it led to, if that holds no secret; a repeated request gets the same.
        operation: of the request that used it; None before.
        rejected: when an administrator's rejection was accepted; None before. It stays valid even if the administrator
            loses the right to approve.
        rejection: the administrator's reason.
    """

    requester: str
    action: bytes
    quorum: int
    opened: datetime
    expires: datetime
    settled: datetime | None = None
    succeeded: bool = False
    outcome: bytes | None = None
    operation: str | None = None
    rejected: datetime | None = None
    rejection: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the action, lower-case hexadecimal."""
        return hashlib.sha256(self.action).hexdigest()

    @property
    def id(self) -> str:
        """As `approval_id` makes it."""
        return approval_id(self.action, self.opened)


class Verdict(StrEnum):
    """An administrator's verdict."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The content that an administrator signs: everything that is decided, not a reference to it.

    Attributes:
        approval: the approval's id.
        reason: for the requester where it is rejected; may be empty where it is approved.
        opened, expires: the approval's.
        created: UTC.
    """

    approval: str
    action: bytes
    verdict: Verdict
    reason: str
    opened: datetime
    expires: datetime
    created: datetime

    def is_about(self, approval: ApprovalRequest) -> bool:
        """Whether this decides `approval` and was made while it could be decided."""
        about = (self.approval, self.action, self.opened, self.expires)
        theirs = (approval.id, approval.action, approval.opened, approval.expires)
        return about == theirs and approval.opened <= self.created <= approval.expires


@dataclass(frozen=True, slots=True)
class Vote:
    """A decision whose signature was verified and whose signer may approve, now.

    Attributes:
        voter: the administrator: the end entity's username at the CA, or the fingerprint where there is none.
        name: for the audit log.
    """

    decision: Decision
    voter: str
    name: str


class ApprovalStatus(StrEnum):
    """The status of an approval."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    EXECUTED = "executed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an approval stands.

    Attributes:
        since: UTC: when it was rejected, failed or was executed; otherwise when it was opened.
        reason: the administrator's, where it was rejected.
    """

    status: ApprovalStatus
    since: datetime
    reason: str = ""


def judge_approval(
    approval: ApprovalRequest, votes: Iterable[Vote], requesters: Collection[str], now: datetime
) -> Standing:
    """Where `approval` stands at `now`. One rejection rejects; each administrator counts once, the requester never.

    Args:
        votes: on any approval; those on other approvals do not count.
        requesters: who has asked, in the terms of `Vote.voter`: the sender of the request, and the end entity whose
            password it shows.
    """
    if approval.settled is not None:
        status = ApprovalStatus.EXECUTED if approval.succeeded else ApprovalStatus.FAILED
        return Standing(status, approval.settled)
    if approval.rejected is not None:
        return Standing(ApprovalStatus.REJECTED, approval.rejected, approval.rejection)
    counted = [vote for vote in votes if vote.decision.is_about(approval) and vote.voter not in requesters]
    rejections = [vote.decision for vote in counted if vote.decision.verdict is Verdict.REJECT]
    if rejections:
        first = min(rejections, key=lambda decision: decision.created)
        return Standing(ApprovalStatus.REJECTED, first.created, first.reason)
    if now >= approval.expires:
        return Standing(ApprovalStatus.EXPIRED, approval.opened)
    if len({vote.voter for vote in counted}) >= approval.quorum:
        return Standing(ApprovalStatus.APPROVED, approval.opened)
    return Standing(ApprovalStatus.PENDING, approval.opened)


def is_remembered(standing: Standing, now: datetime, memory: timedelta = REJECTION_MEMORY) -> bool:
    """Whether a rejection or failure still makes the same request fail at once."""
    failed = standing.status in (ApprovalStatus.REJECTED, ApprovalStatus.FAILED)
    return failed and now < standing.since + memory
