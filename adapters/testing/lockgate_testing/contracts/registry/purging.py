"""Rules of deleting by age."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Defect, FenceLost
from lockgate.line.journal import JournalEntry, PendingRequest
from lockgate.ports import Fence, RegistryTransaction
from lockgate.rights.approval import ApprovalRequest
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import asked, entry, pending

AGE = timedelta(days=2)
MOMENT = timedelta(minutes=1)
SWEPT = pytest.mark.usefixtures("swept")


def ended(work: RegistryTransaction, before: timedelta) -> JournalEntry:
    """A verdict whose time was past so long ago."""
    return replace(entry(), keep_until=work.now().replace(microsecond=0) - before)


def expired(work: RegistryTransaction, before: timedelta) -> ApprovalRequest:
    """An approval that expired so long ago."""
    expires = work.now().replace(microsecond=0) - before
    return replace(asked(), opened=expires - timedelta(hours=1), expires=expires)


class PurgingRules:
    """What is deleted by age."""

    @pytest.fixture
    def swept(self, subject: RegistrySubject, fence: Fence) -> None:
        """Nothing is left to purge of what other tests stored."""
        with subject.ca.transaction(fence) as work:
            work.journal.purge(timedelta(), 1000)
            work.approvals.purge(timedelta(), 1000)

    @SWEPT
    def test_a_verdict_goes_once_its_time_is_past_by_the_age(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = ended(work, AGE + MOMENT)
            recent = ended(work, AGE - MOMENT)
            guarding = ended(work, -MOMENT)
            for recorded in (old, recent, guarding):
                work.journal.record(recorded)
        keys = [recorded.key for recorded in (old, recent, guarding)]
        with subject.ca.transaction(fence) as work:
            assert work.journal.purge(AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {recent.key, guarding.key}
            assert work.journal.purge(timedelta(), 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {guarding.key}
            assert work.journal.purge(timedelta(), 10) == 0

    @SWEPT
    def test_no_more_verdicts_than_asked_for(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.journal.record(ended(work, AGE))
        for expected in (2, 2, 1, 0):
            with subject.ca.transaction(fence) as work:
                assert work.journal.purge(AGE, 2) == expected

    @SWEPT
    def test_approvals_that_led_to_nothing_go_with_their_decisions(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        with subject.ca.transaction(fence) as work:
            old, failed = (expired(work, AGE + MOMENT) for _ in range(2))
            recent = expired(work, AGE - MOMENT)
            for approval in (old, failed, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(failed, settled=failed.opened, operation="failed"))
        subject.put_decision(old.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(AGE, 10) == 2
        with subject.ca.transaction(fence) as work:
            assert [work.approvals.get(approval.id) for approval in (old, failed, recent)] == [None, None, recent]
            assert list(work.approvals.decisions(old.id)) == []

    @SWEPT
    def test_a_used_approval_stays_and_nobody_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            used, recent = expired(work, AGE + MOMENT), expired(work, AGE - MOMENT)
            for approval in (used, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(used, settled=used.opened, succeeded=True, operation=used.id))
            forgotten, waiting = pending(used), pending(recent)
            work.journal.defer(forgotten)
            work.journal.defer(waiting)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall([forgotten.key, waiting.key])) == {waiting.key}
            kept = work.approvals.get(used.id)
            assert kept is not None
            assert kept.succeeded

    @SWEPT
    def test_no_approval_goes_before_what_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        """Whatever the order of either, and however many wait for one."""
        with subject.ca.transaction(fence) as work:
            approvals = [expired(work, AGE + minutes * MOMENT) for minutes in range(1, 6)]
            for approval in approvals:
                work.approvals.open(approval)
            keys = [pending(approval).key for approval in approvals for _ in range(2)]
            for number, key in enumerate(keys):
                work.journal.defer(pending(approvals[number // 2], key=key))
        counts: list[int] = []
        while not counts or counts[-1]:
            with subject.ca.transaction(fence) as work:
                counts.append(work.approvals.purge(AGE, 3))
            with subject.ca.transaction(fence) as work:
                waiting = [
                    recorded for recorded in work.journal.recall(keys).values() if isinstance(recorded, PendingRequest)
                ]
                assert all(work.approvals.get(request.approval) for request in waiting)
        assert sum(counts) == len(approvals) + len(keys)
        assert max(counts) <= 2 * 3
        assert min(counts[:-2]) >= 3

    @SWEPT
    def test_what_waits_for_nothing_goes(self, subject: RegistrySubject, fence: Fence) -> None:
        orphan = pending(asked())
        with subject.ca.transaction(fence) as work:
            work.journal.defer(orphan)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([orphan.key]) == {}

    @SWEPT
    @pytest.mark.parametrize("part", ["journal", "approvals"])
    def test_nothing_is_purged_ahead_of_time(self, subject: RegistrySubject, fence: Fence, part: str) -> None:
        with pytest.raises(Defect), subject.ca.transaction(fence) as work:
            getattr(work, part).purge(-MOMENT, 10)

    @SWEPT
    def test_only_the_newest_holder_purges(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = ended(work, AGE)
            work.journal.record(old)
        subject.fence("another host")
        with pytest.raises(FenceLost), subject.ca.transaction(fence) as work:
            work.journal.purge(AGE, 10)
        with subject.ca.transaction(subject.fence()) as work:
            assert set(work.journal.recall([old.key])) == {old.key}
            work.journal.purge(AGE, 10)
