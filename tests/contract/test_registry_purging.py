"""The registry's rules on deleting by age, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Defect, FenceLost
from lockgate.line.journal import JournalEntry, PendingRequest
from lockgate.ports import Fence, RegistryTransaction
from lockgate.rights.approval import ApprovalRequest
from tests.contract.registries import RegistrySubject
from tests.support.registry_values import asked, entry, pending


class TestPurging:
    """What is deleted by age."""

    AGE = timedelta(days=2)
    MOMENT = timedelta(minutes=1)

    @pytest.fixture(autouse=True)
    def swept(self, subject: RegistrySubject, fence: Fence) -> None:
        """Nothing is left to purge of what other tests stored."""
        with subject.ca.transaction(fence) as work:
            work.journal.purge(timedelta(), 1000)
            work.approvals.purge(timedelta(), 1000)

    def ended(self, work: RegistryTransaction, before: timedelta) -> JournalEntry:
        return replace(entry(), keep_until=work.now().replace(microsecond=0) - before)

    def expired(self, work: RegistryTransaction, before: timedelta) -> ApprovalRequest:
        expires = work.now().replace(microsecond=0) - before
        return replace(asked(), opened=expires - timedelta(hours=1), expires=expires)

    def test_a_verdict_goes_once_its_time_is_past_by_the_age(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = self.ended(work, self.AGE + self.MOMENT)
            recent = self.ended(work, self.AGE - self.MOMENT)
            guarding = self.ended(work, -self.MOMENT)
            for recorded in (old, recent, guarding):
                work.journal.record(recorded)
        keys = [recorded.key for recorded in (old, recent, guarding)]
        with subject.ca.transaction(fence) as work:
            assert work.journal.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {recent.key, guarding.key}
            assert work.journal.purge(timedelta(), 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {guarding.key}
            assert work.journal.purge(timedelta(), 10) == 0

    def test_no_more_verdicts_than_asked_for(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.journal.record(self.ended(work, self.AGE))
        for expected in (2, 2, 1, 0):
            with subject.ca.transaction(fence) as work:
                assert work.journal.purge(self.AGE, 2) == expected

    def test_approvals_that_led_to_nothing_go_with_their_decisions(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        with subject.ca.transaction(fence) as work:
            old, failed = (self.expired(work, self.AGE + self.MOMENT) for _ in range(2))
            recent = self.expired(work, self.AGE - self.MOMENT)
            for approval in (old, failed, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(failed, settled=failed.opened, operation="failed"))
        subject.put_decision(old.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 2
        with subject.ca.transaction(fence) as work:
            assert [work.approvals.get(approval.id) for approval in (old, failed, recent)] == [None, None, recent]
            assert list(work.approvals.decisions(old.id)) == []

    def test_a_used_approval_stays_and_nobody_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            used, recent = self.expired(work, self.AGE + self.MOMENT), self.expired(work, self.AGE - self.MOMENT)
            for approval in (used, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(used, settled=used.opened, succeeded=True, operation=used.id))
            forgotten, waiting = pending(used), pending(recent)
            work.journal.defer(forgotten)
            work.journal.defer(waiting)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall([forgotten.key, waiting.key])) == {waiting.key}
            kept = work.approvals.get(used.id)
            assert kept is not None
            assert kept.succeeded

    def test_no_approval_goes_before_what_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        """Whatever the order of either, and however many wait for one."""
        with subject.ca.transaction(fence) as work:
            approvals = [self.expired(work, self.AGE + minutes * self.MOMENT) for minutes in range(1, 6)]
            for approval in approvals:
                work.approvals.open(approval)
            keys = [pending(approval).key for approval in approvals for _ in range(2)]
            for number, key in enumerate(keys):
                work.journal.defer(pending(approvals[number // 2], key=key))
        counts: list[int] = []
        while not counts or counts[-1]:
            with subject.ca.transaction(fence) as work:
                counts.append(work.approvals.purge(self.AGE, 3))
            with subject.ca.transaction(fence) as work:
                waiting = [
                    recorded for recorded in work.journal.recall(keys).values() if isinstance(recorded, PendingRequest)
                ]
                assert all(work.approvals.get(request.approval) for request in waiting)
        assert sum(counts) == len(approvals) + len(keys)
        assert max(counts) <= 2 * 3
        assert min(counts[:-2]) >= 3

    def test_what_waits_for_nothing_goes(self, subject: RegistrySubject, fence: Fence) -> None:
        orphan = pending(asked())
        with subject.ca.transaction(fence) as work:
            work.journal.defer(orphan)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([orphan.key]) == {}

    @pytest.mark.parametrize("part", ["journal", "approvals"])
    def test_nothing_is_purged_ahead_of_time(self, subject: RegistrySubject, fence: Fence, part: str) -> None:
        with pytest.raises(Defect), subject.ca.transaction(fence) as work:
            getattr(work, part).purge(-self.MOMENT, 10)

    def test_only_the_newest_holder_purges(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = self.ended(work, self.AGE)
            work.journal.record(old)
        subject.fence("another host")
        with pytest.raises(FenceLost), subject.ca.transaction(fence) as work:
            work.journal.purge(self.AGE, 10)
        with subject.ca.transaction(subject.fence()) as work:
            assert set(work.journal.recall([old.key])) == {old.key}
            work.journal.purge(self.AGE, 10)
