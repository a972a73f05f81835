"""The document by which an administrator decides on a machine of their own: what a decision covers, and what people
read beside it.

Only what a decision covers is believed when the document is read. The facts beside it are for people who open the file,
and anybody on the way may have changed them.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lockgate.administration.approvals import ApprovalView
from lockgate.errors import CallerError
from lockgate.rights.approval import Decision, Verdict, approval_id
from lockgate_app.approval_facts import approval_details
from lockgate_app.words import moment

VERSION = 1
MAX_DOCUMENT_OCTETS = 4 * 1024 * 1024


class _Covered(msgspec.Struct):
    """What a decision covers. `action` is the text of the octets, which are ASCII."""

    version: int
    approval: str
    opened: datetime
    expires: datetime
    action: str


@dataclass(frozen=True, slots=True)
class ApprovalDocument:
    """An approval as its document names it.

    Attributes:
        opened, expires: UTC.
        action: the octets that are decided about.
    """

    approval: str
    action: bytes
    opened: datetime
    expires: datetime

    def decision(self, verdict: Verdict, reason: str, now: datetime) -> Decision:
        """The decision to sign.

        Args:
            now: UTC, by this host's clock.

        Raises:
            CallerError: it cannot be decided at that time.
        """
        if not self.opened <= now <= self.expires:
            raise CallerError(
                f"the approval can be decided from {moment(self.opened)} to {moment(self.expires)};"
                f" the clock of this host says {moment(now)}"
            )
        return Decision(
            approval=self.approval,
            action=self.action,
            verdict=verdict,
            reason=reason,
            opened=self.opened,
            expires=self.expires,
            created=now,
        )


def write_document(view: ApprovalView) -> bytes:
    """The document of an approval: JSON, UTF-8."""
    approval = view.approval
    covered = _Covered(VERSION, approval.id, approval.opened, approval.expires, approval.action.decode("ascii"))
    document = msgspec.to_builtins(covered) | {"facts": approval_details(view)}
    return json.dumps(document, indent=2).encode() + b"\n"


def read_document(octets: bytes) -> ApprovalDocument:
    """The approval that a document names.

    Raises:
        CallerError: it is no such document, or its approval has another id than the action that it holds.
    """
    try:
        covered = msgspec.json.decode(octets, type=_Covered)
        action = covered.action.encode("ascii")
    except RecursionError:
        raise CallerError("this is no document of an approval: it is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise CallerError(f"this is no document of an approval: {error}") from None
    if covered.version != VERSION or covered.opened.tzinfo is None or covered.expires.tzinfo is None:
        raise CallerError(f"this is no document of an approval of version {VERSION}")
    if covered.approval != approval_id(action, covered.opened):
        raise CallerError("the document was altered: its action is not that of the approval that it names")
    return ApprovalDocument(covered.approval, action, covered.opened, covered.expires)
