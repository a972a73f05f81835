"""Every rule of the port Registry, on every database."""

from functools import partial

import pytest
from sqlalchemy import select

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Defect
from lockgate.ports import Fence
from lockgate.reasons import Rejected
from lockgate_ca_backend.store import protocol_tables, tables
from lockgate_testing.contracts.registry import RegistryContract, RegistrySubject
from lockgate_testing.contracts.registry.protocols import MOMENT, begun, beside
from lockgate_testing.contracts.registry.values import described, order
from tests.contract.registries import SqlRegistrySubject


class TestSqlRegistry(RegistryContract):
    @pytest.fixture
    def subject(self, registry: SqlRegistrySubject) -> RegistrySubject:
        return registry

    def test_no_answer_outlives_its_transaction(self, registry: SqlRegistrySubject, fence: Fence) -> None:
        saved = begun(registry, fence, expires_in=-MOMENT)
        with registry.ca.transaction(fence) as work:
            work.protocol_transactions.keep_answer(saved.key, "d" * 64, b"answer")
        with registry.ca.transaction(fence) as work:
            work.protocol_transactions.purge(1000)
        table = protocol_tables.protocol_answer
        with registry.engine.begin() as connection:
            assert not connection.execute(select(table.c.answer).where(table.c.digest == "d" * 64)).all()

    def test_what_another_works_on_is_passed_over_at_once(self, registry: SqlRegistrySubject, fence: Fence) -> None:
        key = begun(registry, fence, due_in=-MOMENT).key
        second = beside(
            partial(registry.ca.transaction, fence),
            lambda work: work.protocol_transactions.find(key),
            lambda work: len(work.protocol_transactions.due(key.protocol, 9)),
            lambda _: None,
        )
        one_writer = registry.engine.dialect.name == "sqlite"
        assert (second.overtook, second.result) == ((False, 1) if one_writer else (True, 0))

    def test_the_entries_of_direct_work_are_the_services(self, registry: SqlRegistrySubject) -> None:
        for _ in range(2):
            with registry.direct.direct("a service é") as work:
                work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra", "direct"))
        query = select(tables.audit.c.writer, tables.audit.c.number).where(tables.audit.c.target == "direct")
        with registry.engine.begin() as connection:
            written = [tuple(row) for row in connection.execute(query.order_by(tables.audit.c.sequence))]
        assert written == [("a service é", 1), ("a service é", 2)]

    def test_the_defect_says_that_there_is_no_order(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            orders = work.issuance.order_all((order(described(username)),))
            assert not isinstance(orders, Rejected)
            (made,) = subject.issuer.issue(orders)
        with (
            subject.ca.transaction(fence) as work,
            pytest.raises(Defect, match="a certificate without an order of this transaction"),
        ):
            work.issuance.record_issued(orders[0], made)
