"""The rules of the ports Registry and RegistryTransaction that hold for all their parts, on every database."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import (
    KeystoreRules,
)
from lockgate.errors import Conflict, FenceLost
from lockgate.line.journal import JournalKey
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import Fence, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from tests.contract.registries import RegistrySubject, issued, run
from tests.support.registry_values import NOBODY, described, entry, trusted


class TestFence:
    def test_only_the_newest_enters(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        newer = subject.fence("another host")
        entered: list[RegistryTransaction] = []
        with pytest.raises(FenceLost):
            run(subject, fence, entered.append)
        assert entered == []
        with subject.ca.transaction(newer) as work:
            assert work.end_entities.get(username) is None

    def test_an_unknown_worker_does_not_enter(self, subject: RegistrySubject) -> None:
        with pytest.raises(FenceLost), subject.ca.transaction(Fence("nobody", 1)):
            pass

    def test_a_released_lease_commits_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        subject.coordinator.release(fence)
        with pytest.raises(FenceLost), subject.ca.transaction(fence):
            pass


class TestJournal:
    def test_an_entry_comes_back_as_it_was(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded, other = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key, other.key]) == {recorded.key: recorded}

    def test_hints_change_no_answer(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_it_is_read_in_the_transaction_that_records_it(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key]) == {}
            work.journal.record(recorded)
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_signer_and_nonce_together_are_the_key(self, subject: RegistrySubject, fence: Fence) -> None:
        first = entry()
        second = replace(first, key=JournalKey("", first.key.nonce), digest="e" * 64)
        with subject.ca.transaction(fence) as work:
            work.journal.record(first)
            work.journal.record(second)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([first.key, second.key]) == {first.key: first, second.key: second}

    def test_a_second_entry_fails_the_whole_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        recorded, bystander = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)

        def record_again(work: RegistryTransaction) -> None:
            work.end_entities.save(described(username))
            work.journal.record(bystander)
            work.journal.record(replace(recorded, digest="f" * 64))

        with pytest.raises(Conflict):
            run(subject, fence, record_again)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key, bystander.key]) == {recorded.key: recorded}
            assert work.end_entities.get(username) is None


class TestUnitOfWork:
    def test_a_body_that_fails_leaves_nothing(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        recorded, audited = entry(), len(subject.audited())

        def fail(work: RegistryTransaction) -> None:
            work.end_entities.save(described(username))
            work.journal.record(recorded)
            work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra", username))
            raise KeyError

        with pytest.raises(KeyError):
            run(subject, fence, fail)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None
            assert work.journal.recall([recorded.key]) == {}
        assert len(subject.audited()) == audited

    def test_the_clock_stands_still(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.now() == work.now()
            assert work.now().utcoffset() == timedelta(0)

    def test_the_audit_log_grows(self, subject: RegistrySubject, fence: Fence) -> None:
        before = len(subject.audited())
        with subject.ca.transaction(fence) as work:
            work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra é", "message", {"reason": "expired"}))
        assert subject.audited()[before:] == [Event.REQUEST_REFUSED]


class TestRoles:
    def test_a_member_is_one_certificate(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        this = frozenset({Member(own.fingerprint)})
        first = Role(f"first {username}", frozenset({ADMINISTRATOR}), this)
        second = Role(f"second {username}", frozenset({"/ca/*"}), this)
        subject.put_role(first)
        subject.put_role(second)
        with subject.ca.transaction(fence) as work:
            assert set(work.roles.of(own)) == {first, second}
            assert work.roles.of(replace(own, fingerprint=NOBODY)) == ()

    def test_memberships_are_carried_over(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        joining = hashlib.sha256(username.encode()).hexdigest()
        this = frozenset({Member(own.fingerprint)})
        roles = [Role(f"{name} {username}", frozenset({ADMINISTRATOR}), this) for name in "ab"]
        for role in roles:
            subject.put_role(role)
        with subject.ca.transaction(fence) as work:
            assert work.roles.of(replace(own, fingerprint=joining)) == ()
            assert set(work.roles.carry_over(own.fingerprint, joining)) == {role.name for role in roles}
            within = work.roles.of(replace(own, fingerprint=joining))
            assert work.roles.carry_over(NOBODY, joining) == []
        with subject.ca.transaction(fence) as work:
            for found in (within, work.roles.of(replace(own, fingerprint=joining))):
                assert {role.name for role in found} == {role.name for role in roles}
            assert len(work.roles.of(own)) == 2


def test_a_profile_says_how_keystores_are_made(subject: RegistrySubject) -> None:
    with subject.ca.transaction(subject.fence()) as work:
        assert work.profiles.keystore_rules("ENDUSER") == KeystoreRules(KeySpecification.RSA_3072, legacy=False)


def test_keystores_under_an_unknown_profile_are_not_made(subject: RegistrySubject) -> None:
    with subject.ca.transaction(subject.fence()) as work:
        refused = work.profiles.keystore_rules("NONE")
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.UNKNOWN_PROFILE


class TestRequestCounts:
    def test_requests_are_counted_for_each_signer(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        first, second = (hashlib.sha256(f"{username}{name}".encode()).hexdigest() for name in ("first", "second"))
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (first, first, second)] == [1, 2, 1]
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (second, first)] == [2, 3]

    def test_what_is_rolled_back_was_not_counted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        signer = hashlib.sha256(username.encode()).hexdigest()

        def fail(work: RegistryTransaction) -> None:
            work.count_request(signer)
            raise Conflict("for the test")

        with pytest.raises(Conflict):
            run(subject, fence, fail)
        with subject.ca.transaction(fence) as work:
            assert work.count_request(signer) == 1
