"""Approvals as administrators see them: which ones wait, their status, and storing signed decisions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from lockgate.administration.approvals import ApprovalPage, ApprovalView, RefusedDecision
from lockgate.administration.pages import Page
from lockgate.audit import AuditEvent, Event
from lockgate.errors import CallerError
from lockgate.reasons import Rejected
from lockgate.rights.approval import ApprovalRequest, ApprovalStatus, Verdict, Vote
from lockgate.rights.votes import Votes, requesters_of
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.store.approvals import ApprovalQuery
from lockgate_persistence.transactions import RETRYING

SHOWN = timedelta(days=30)
"""How long back approvals are listed, unless told otherwise."""
FIRST_PAGE = Page()
JUDGED = 500
"""Approvals that are judged for one page at most."""


class ApprovalAdministration(AdministrativeWork):
    """Approvals.

    Args:
        votes: reads decisions.
        options: as for `AdministrativeWork`.
    """

    def __init__(self, engine: Engine, facilities: Facilities, *, votes: Votes, **options: Any) -> None:
        super().__init__(engine, facilities, **options)
        self._votes = votes

    def approvals(
        self, status: ApprovalStatus | None = None, page: Page = FIRST_PAGE, shown: timedelta = SHOWN
    ) -> ApprovalPage:
        """Those opened within `shown`, the newest first; all, or those of one status.

        A page may hold fewer than its limit, and even none, although others follow: see `JUDGED`.

        Raises:
            CallerError: the page shall begin after an approval that does not exist.
        """
        return RETRYING(self._approvals, status, page, shown)

    def _approvals(self, status: ApprovalStatus | None, page: Page, shown: timedelta) -> ApprovalPage:
        views: list[ApprovalView] = []
        after, judged = page.after, 0
        with self._reading() as work:
            query = ApprovalQuery(work.now() - shown, status)
            while found := work.store.approvals.listed(query, after, min(page.limit - len(views), JUDGED - judged)):
                seen = [self._view(approval, work) for approval in found]
                views += [view for view in seen if status in (None, view.standing.status)]
                after, judged = found[-1].id, judged + len(found)
            more = work.store.approvals.count(query, after)
        return ApprovalPage(views, after if more else None, more)

    def approval(self, approval_id: str) -> ApprovalView:
        """One approval.

        Raises:
            CallerError: there is none of that id.
        """
        return RETRYING(self._approval, approval_id)

    def _approval(self, approval_id: str) -> ApprovalView:
        with self._reading() as work:
            return self._view(_existing(approval_id, work.approvals.get(approval_id)), work)

    def behind(self, operation: str) -> ApprovalView | None:
        """The approval that the operation consumed."""
        return RETRYING(self._behind, operation)

    def _behind(self, operation: str) -> ApprovalView | None:
        with self._reading() as work:
            found = work.store.approvals.by_operation(operation)
            return None if found is None else self._view(found, work)

    def decide(self, approval_id: str, decision: bytes) -> ApprovalView:
        """Store an administrator's decision, and return the approval with its new status.

        A decision that conflicts with another one, or with the execution of the request, is stored in a new attempt.

        Args:
            decision: CMS SignedData.

        Raises:
            CallerError: there is no such approval, or it waits for no decision.
            RefusedDecision: the signature or its signer is not good, or the signer may not decide this.
            StandingUntold: a CA outside does not say how the signer's certificate stands now.
            Conflict: there were too many conflicts; nothing was stored, and the same decision can be given again.
        """
        return RETRYING(self._decide, approval_id, decision)

    def _decide(self, approval_id: str, decision: bytes) -> ApprovalView:
        with self._work() as work:
            approval = _existing(approval_id, work.store.approvals.get_locked(approval_id))
            self._check_open(approval, work)
            vote = self._votes.read(decision, approval, work)
            if isinstance(vote, Rejected):
                raise RefusedDecision(vote)
            self._check_voter(vote, approval, work)
            work.store.approvals.decide(approval_id, decision)
            if vote.decision.verdict is Verdict.REJECT:
                approval = replace(approval, rejected=work.now(), rejection=vote.decision.reason)
                work.store.approvals.reject(approval)
            details = {"verdict": vote.decision.verdict, "reason": vote.decision.reason}
            work.audit(AuditEvent(Event.APPROVAL_DECIDED, vote.name, approval_id, details))
            return self._view(approval, work)

    def _check_open(self, approval: ApprovalRequest, work: UnitOfWork) -> None:
        status = self._votes.judge(approval, work).standing.status
        if status not in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED):
            raise CallerError(f"the approval {approval.id} is {status}: there is nothing to decide")

    def _check_voter(self, vote: Vote, approval: ApprovalRequest, work: UnitOfWork) -> None:
        if vote.voter in requesters_of(approval, work):
            raise CallerError("nobody decides about a request of their own")
        same = [earlier for earlier in self._votes.judge(approval, work).votes if earlier.voter == vote.voter]
        if any(earlier.decision.verdict is vote.decision.verdict for earlier in same):
            raise CallerError(f"{vote.name} has decided the same before")

    def _view(self, approval: ApprovalRequest, work: UnitOfWork) -> ApprovalView:
        requester = work.store.certificates.name(approval.requester)
        judged = self._votes.judge(approval, work)
        return ApprovalView(
            approval,
            requester or f"certificate or CMP sender {approval.requester}",
            judged.standing,
            tuple(judged.votes),
            tuple(self._votes.signers(approval, work)),
            work.now(),
        )


def _existing(approval_id: str, found: ApprovalRequest | None) -> ApprovalRequest:
    if found is None:
        raise CallerError(f"there is no approval {approval_id}")
    return found
