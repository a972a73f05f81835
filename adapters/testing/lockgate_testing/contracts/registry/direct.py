"""Rules of units of work without a worker's lease."""

from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict
from lockgate.ports import Fence, ProtocolTransaction, RegistryTransaction
from lockgate_testing.contracts.registry.protocols import begin, beside, new_key
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, order
from lockgate_testing.contracts.registry.work import must_issue

SERVICE = "a service"


class DirectWorkRules:
    """The port DirectWork."""

    def test_it_commits_without_a_lease(self, subject: RegistrySubject, username: str) -> None:
        with subject.direct.direct(SERVICE) as work:
            must_issue(subject, work, order(described(username)))
            saved = begin(work)
        with subject.ca.transaction(subject.fence()) as fenced:
            assert len(fenced.certificates.of(username)) == 1
            assert fenced.protocol_transactions.find(saved.key) == saved
        with subject.direct.direct(SERVICE, usernames=[username, "nobody"]) as work:
            assert work.end_entities.get(username) is not None
            assert work.end_entities.get("nobody") is None

    def test_a_body_that_fails_leaves_nothing_of_direct_work(self, subject: RegistrySubject, username: str) -> None:
        audited, key = len(subject.audited()), new_key()

        def fail() -> None:
            with subject.direct.direct(SERVICE) as work:
                work.end_entities.save(described(username))
                begin(work, key=key)
                work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra", username))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with subject.direct.direct(SERVICE) as work:
            assert work.end_entities.get(username) is None
            assert work.protocol_transactions.find(key) is None
        assert len(subject.audited()) == audited

    def test_it_is_audited_and_has_the_databases_clock(self, subject: RegistrySubject, fence: Fence) -> None:
        before = len(subject.audited())
        with subject.ca.transaction(fence) as fenced:
            earlier = fenced.now()
        for _ in range(2):
            with subject.direct.direct(SERVICE) as work:
                assert timedelta() <= work.now() - earlier < timedelta(minutes=1)
                work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra é", "message"))
        assert list(subject.audited()[before:]) == [Event.REQUEST_REFUSED] * 2

    def test_what_reads_sees_what_was_committed(self, subject: RegistrySubject, username: str) -> None:
        with subject.direct.reading(SERVICE) as earlier:
            assert earlier.end_entities.get(username) is None
        with subject.direct.direct(SERVICE) as work:
            work.end_entities.save(described(username))
        with subject.direct.reading(SERVICE) as later, subject.direct.reading(SERVICE) as beside_it:
            assert later.end_entities.get(username) == beside_it.end_entities.get(username) is not None

    @pytest.mark.parametrize("fenced", [False, True])
    def test_what_it_has_locked_others_wait_for(self, subject: RegistrySubject, fence: Fence, fenced: bool) -> None:
        with subject.direct.direct(SERVICE) as work:
            saved = begin(work)
        ways = [partial(subject.direct.direct, SERVICE)]
        ways.append(partial(subject.ca.transaction, fence) if fenced else ways[0])

        def enter() -> AbstractContextManager[RegistryTransaction]:
            return ways.pop(0)()

        second = beside(
            enter,
            lambda work: work.protocol_transactions.find(saved.key),
            lambda work: work.protocol_transactions.find(saved.key),
            lambda work: work.protocol_transactions.save(replace(saved, state="changed")),
        )
        assert not second.overtook
        assert isinstance(second.result, ProtocolTransaction)
        assert second.result.state == "changed"

    def test_of_two_that_change_the_same_at_once_one_loses(self, subject: RegistrySubject, username: str) -> None:
        """Where a database lets nobody read beside a writer, the second one waits and sees what the first has done."""
        with subject.direct.direct(SERVICE) as work:
            work.end_entities.save(described(username))
        seen: list[str | None] = []

        def look(work: RegistryTransaction) -> None:
            stored = work.end_entities.get(username)
            assert stored is not None
            seen.append(stored.email)

        def add(work: RegistryTransaction, email: str) -> None:
            work.end_entities.save(described(username, email=email))

        def second(work: RegistryTransaction) -> None:
            look(work)
            add(work, "second@example.org")

        with suppress(Conflict):
            beside(partial(subject.direct.direct, SERVICE), look, second, partial(add, email="first@example.org"))
        with subject.direct.direct(SERVICE) as work:
            look(work)
        assert seen in (
            ["user@example.org", "user@example.org", "second@example.org"],
            ["user@example.org", "first@example.org", "second@example.org"],
        )
