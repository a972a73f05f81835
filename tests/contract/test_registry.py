"""Every rule of the port Registry, on every database."""

import pytest

from lockgate.errors import Defect
from lockgate.ports import Fence
from lockgate.reasons import Rejected
from lockgate_testing.contracts.registry import RegistryContract, RegistrySubject
from lockgate_testing.contracts.registry.values import described, order
from tests.contract.registries import SqlRegistrySubject


class TestSqlRegistry(RegistryContract):
    @pytest.fixture
    def subject(self, registry: SqlRegistrySubject) -> RegistrySubject:
        return registry

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
