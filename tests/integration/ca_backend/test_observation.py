"""What those who watch a CA node read, on every database."""

import pytest
from sqlalchemy import text

from lockgate.administration.observations import Recorded
from lockgate.audit import AuditEvent, Event
from lockgate.reasons import Reason
from lockgate_ca_backend import observation
from lockgate_ca_backend.observation import Observation
from tests.integration.ca_backend.conftest import LEASE, USER, Deployment


def refuse(deployment: Deployment, reason: str) -> None:
    with deployment.ca.transaction(deployment.fence()) as work:
        work.audit(AuditEvent(Event.REQUEST_REFUSED, "worker", "message", {"reason": reason}))


def test_a_lease_is_held_until_it_ends_and_each_change_is_counted(shared: Deployment) -> None:
    observed = Observation(shared.engine)
    for changes, holder in ((1, "first"), (2, "first")):
        fence = shared.coordinator.acquire("some worker", holder, LEASE)
        (lease,) = (lease for lease in observed.leases() if lease.worker == "some worker")
        assert (lease.held, lease.changes) == (True, changes)
    assert fence is not None
    shared.coordinator.release(fence)
    (lease,) = (lease for lease in observed.leases() if lease.worker == "some worker")
    assert (lease.held, lease.changes) == (False, 3)


def test_entries_of_the_audit_log_are_read_once_each(shared: Deployment, username: str) -> None:
    observed = Observation(shared.engine)
    ends = observed.chain_ends()
    assert observed.entries_after(ends).entries == ()
    shared.issue(username=username, subject_dn=USER.subject_dn)
    refuse(shared, Reason.WEAK_KEY)
    new = observed.entries_after(ends)
    assert Recorded(Event.REQUEST_REFUSED, Reason.WEAK_KEY) in new.entries
    assert [entry.event for entry in new.entries].count(Event.CERTIFICATE_ISSUED) == 1
    assert observed.entries_after(new.ends).entries == ()


def test_more_entries_than_one_reading_counts_are_read_by_the_next(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observation, "ENTRIES", 2)
    observed = Observation(deployment.engine)
    ends = observed.chain_ends()
    for reason in (Reason.WEAK_KEY, Reason.BAD_NAME, Reason.EXPIRED):
        refuse(deployment, reason)
    first = observed.entries_after(ends)
    second = observed.entries_after(first.ends)
    assert [entry.reason for entry in (*first.entries, *second.entries)] == ["weak_key", "bad_name", "expired"]


def test_the_database_and_its_journal_have_a_size(shared: Deployment) -> None:
    size = Observation(shared.engine).size()
    assert size.octets is not None
    assert size.octets > 10_000
    with shared.engine.begin() as connection:
        assert size.journal == connection.execute(text("select count(*) from journal")).scalar_one()


def test_an_issuer_without_open_operations_has_no_tally(shared: Deployment) -> None:
    assert Observation(shared.engine).operations() == {}
