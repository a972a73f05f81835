"""Every rule of the port Registry on the OCSP answers of CAs outside, on every database."""

import pytest

from lockgate_testing.contracts.registry import OutsideAnswersContract, RegistrySubject
from tests.contract.registries import SqlRegistrySubject


class TestSqlOutsideAnswers(OutsideAnswersContract):
    @pytest.fixture
    def subject(self, registry: SqlRegistrySubject) -> RegistrySubject:
        return registry
