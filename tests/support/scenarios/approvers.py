"""The administrators who approve, and what they do."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import text

from lockgate.requests.content import ContentKind
from lockgate.requests.submessages import Request
from lockgate.rights.approval import ApprovalRequest, Decision, Verdict
from lockgate.rights.authorization import Member, Role
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.identities import Identity
from tests.support.scenarios.world import World

APPROVER = "/administrator, /ca/*, /endentityprofile/*, /action/approve"


@dataclass
class Approvers:
    """The administrators, and what the scenario remembers."""

    members: dict[str, Identity] = field(default_factory=dict)
    request: Request | None = None
    octets: bytes = b""


def give_role(world: World, name: str, who: Identity, rules: str) -> None:
    listed = frozenset(rule.strip() for rule in rules.split(","))
    world.ca_side.add_role(Role(name, listed, frozenset({Member(hashlib.sha256(who.der).hexdigest())})))


def newest(world: World) -> ApprovalRequest:
    return world.ca_side.approvals.approvals().items[0].approval


def decision(
    approval: ApprovalRequest, verdict: Verdict = Verdict.APPROVE, reason: str = "", **changes: Any
) -> Decision:
    made = Decision(
        approval=approval.id,
        action=approval.action,
        verdict=verdict,
        reason=reason,
        opened=approval.opened,
        expires=approval.expires,
        created=approval.opened,
    )
    return replace(made, **changes)


def signed(who: Identity, to_sign: Decision, kind: ContentKind = ContentKind.APPROVAL) -> bytes:
    content = JsonContents().encode_decision(to_sign)
    return CmsEnvelopes(who.keystore).seal(content, kind, sign=True, encrypt_to=None)


def decide(world: World, who: Identity, verdict: Verdict = Verdict.APPROVE, reason: str = "") -> None:
    view = world.ca_side.approvals.approvals().items[0]
    octets = signed(who, decision(view.approval, verdict, reason, created=view.now))
    world.ca_side.approvals.decide(view.approval.id, octets)


def hold(world: World, octets: bytes) -> None:
    """Write a decision into the database, as the database's owner can."""
    values = {"id": newest(world).id, "octets": octets}
    with world.ca_side.engine.begin() as connection:
        query = "insert into approval_decision values (:id, (select count(*) + 1 from approval_decision), 0, :octets)"
        connection.execute(text(query), values)
