"""Rules of a unit of work: its fence, its clock, the audit log, and counts of requests."""

import hashlib
from datetime import timedelta

import pytest

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict, FenceLost
from lockgate.ports import Fence, RegistryTransaction
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, entry, fingerprint
from lockgate_testing.contracts.registry.work import run


class FenceRules:
    """Fences."""

    def test_only_the_newest_holder_enters(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
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


class UnitOfWorkRules:
    """All or nothing."""

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
        assert list(subject.audited()[before:]) == [Event.REQUEST_REFUSED]


class RequestCountRules:
    """Requests of each signer."""

    def test_requests_are_counted_for_each_signer(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        first, second = (fingerprint(f"{username}{name}") for name in ("first", "second"))
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (first, first, second)] == [1, 2, 1]
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (second, first)] == [2, 3]

    def test_what_is_rolled_back_was_not_counted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        signer = fingerprint(username)

        def fail(work: RegistryTransaction) -> None:
            work.count_request(signer)
            raise Conflict("for the test")

        with pytest.raises(Conflict):
            run(subject, fence, fail)
        with subject.ca.transaction(fence) as work:
            assert work.count_request(signer) == 1


class SecretMarkRules:
    """Marks in place of secrets."""

    def test_a_mark_tells_secrets_apart_and_none_of_them(self, subject: RegistrySubject, fence: Fence) -> None:
        said = ("a" * 64, "alice", "password", b"a secret")
        others = [("b" * 64, *said[1:]), ("a" * 64, "alic", "epassword", b"a secret"), (*said[:3], b"another")]
        with subject.ca.transaction(fence) as work:
            marks = [work.secret_mark(*secret) for secret in (said, *others)]
        with subject.ca.transaction(fence) as work:
            assert work.secret_mark(*said) == marks[0]
        assert len(set(marks)) == len(marks)
        assert all(len(bytes.fromhex(mark)) == 32 for mark in marks)
        assert hashlib.sha256(b"a secret").hexdigest() not in marks
