"""Decisions that no administrator has made, or not about this."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from lockgate.requests.content import ContentKind
from lockgate.rights.approval import ApprovalRequest, Verdict
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import decision, signed
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.world import World


def changed(world: World, ann: Identity, approval: ApprovalRequest) -> bytes:
    octets = bytearray(signed(ann, decision(approval, Verdict.REJECT, "rejected")))
    place = octets.index(b'"reject"')
    octets[place : place + 9] = b'"approve"'
    return bytes(octets)


def stranger() -> Identity:
    """A signer whom another CA of the same name has certified."""
    return other_authority().issue("ann", rsa_key(61))


FORGERIES: Mapping[str, Callable[[World, Identity, ApprovalRequest], bytes]] = {
    "garbage": lambda *_: b"garbage",
    "unsigned": lambda _, __, approval: JsonContents().encode_decision(decision(approval)),
    "signed by a stranger": lambda _, __, approval: signed(stranger(), decision(approval)),
    "signed as a request": lambda _, ann, approval: signed(ann, decision(approval), ContentKind.REQUEST),
    "changed after it was signed": changed,
    "about another approval": lambda _, ann, approval: signed(ann, replace(decision(approval), approval="0" * 32)),
    "about another action": lambda _, ann, approval: signed(
        ann, decision(approval, action=approval.action.replace(b"alice", b"mallo"))
    ),
    "dated before the approval was opened": lambda _, ann, approval: signed(
        ann, decision(approval, created=approval.opened - timedelta(minutes=1))
    ),
    "dated after the approval has expired": lambda _, ann, approval: signed(
        ann, decision(approval, created=approval.expires + timedelta(minutes=1))
    ),
}
