"""Approvals as the console shows them and takes decisions about them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lockgate.administration.approvals import ApprovalView
from lockgate.administration.console import Approvals, Field, Sheet
from lockgate.effects.outline import outlined_end_entity
from lockgate.errors import CallerError
from lockgate.rights.approval import ApprovalStatus
from lockgate_app.approval_documents import write_document
from lockgate_app.approval_facts import Action, approval_details, approval_outline, changes, read_action, told_facts
from lockgate_app.container.ca_host import CaHost

OPEN = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)


class ShownApprovals(Approvals):
    """The approvals of a CA.

    Args:
        ring: lets workers look at once.
    """

    def __init__(self, host: CaHost, ring: Callable[[], None]) -> None:
        self._host, self._ring = host, ring

    def sheet(self, approval: str) -> Sheet:
        """All about an approval; the end entities as they are stored now."""
        view = self._host.approvals.approval(approval)
        action = read_action(view.approval.action)
        facts = approval_outline(view)
        details = {
            name: value for name, value in approval_details(view).items() if name != "effects" and name not in facts
        }
        effects = changes(action, dict(self._stored(action)))
        shown = [
            (effect.title, [Field(one.name, one.stored, one.asked, one.differs) for one in effect.fields])
            for effect in effects
        ]
        return Sheet(told_facts(facts), told_facts(details), shown, view.standing.status in OPEN)

    def document(self, approval: str) -> bytes:
        """The document for `lockgate approvals sign`."""
        return write_document(self._host.approvals.approval(approval))

    def decide(self, approval: str, decision: bytes) -> str:
        """By the same rules as a decision that is given on the CA's host."""
        return _said(self._host.approvals.decide(approval, decision))

    def announce(self) -> None:
        """By what their message databases have for that."""
        self._ring()

    def _stored(self, action: Action) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        for username in action["end_entities"]:
            try:
                listing = self._host.inspection.end_entity(username)
            except CallerError:
                yield username, None
            else:
                yield username, outlined_end_entity(listing.end_entity)


def _said(view: ApprovalView) -> str:
    facts = approval_outline(view)
    return f"The approval is {facts['status']} ({facts['approved']})."
