"""Every rule of the port Registry on the CRLs of CAs outside, on every database; and of the port CrlReader."""

import pytest

from lockgate_testing.contracts.registry import OutsideCrlsContract, RegistrySubject
from tests.contract.registries import SqlRegistrySubject


class TestSqlOutsideCrls(OutsideCrlsContract):
    @pytest.fixture
    def subject(self, registry: SqlRegistrySubject) -> RegistrySubject:
        return registry
