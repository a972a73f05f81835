"""Registries with one mistake each. `test_contract_suites.py` runs the contract suites on them: each must fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lockgate.ports import Fence, Operation
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_testing.contracts.registry import OperationsContract, RegistryContract, RegistrySubject
from tests.contract.registries import SqlRegistrySubject, new_engine


class OnWrongRegistry:
    """A suite on a registry of that kind, which its tests share."""

    kind: type[SqlRegistry]

    @pytest.fixture
    def subject(self, registry: RegistrySubject) -> RegistrySubject:
        return registry


@pytest.fixture(scope="class")
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySubject]:
    engine = new_engine(f"sqlite:///{tmp_path_factory.mktemp('registry') / 'ca.db'}")
    subject = SqlRegistrySubject(engine, request.cls.kind)
    subject.prepare()
    yield subject
    engine.dispose()


class Hasty(SqlRegistry):
    """It commits what a body has done before it failed."""

    @contextmanager
    def transaction(self, fence: Fence, **hints: Any) -> Iterator[UnitOfWork]:
        failure: Exception | None = None
        with super().transaction(fence, **hints) as work:
            try:
                yield work
            except Exception as error:  # noqa: BLE001
                failure = error
        if failure is not None:
            raise failure


class TestRegistryThatCommitsWhatHasFailed(OnWrongRegistry, RegistryContract):
    kind = Hasty


class Disorderly(SqlRegistry):
    """It gives the newest operations first."""

    @contextmanager
    def transaction(self, fence: Fence, **hints: Any) -> Iterator[UnitOfWork]:
        with super().transaction(fence, **hints) as work:
            due = work.operations.due

            def newest_first(*arguments: Any, **named: Any) -> list[Operation]:
                return list(due(*arguments, **named))[::-1]

            work.operations.due = newest_first  # type: ignore[method-assign]
            yield work


class TestOperationsInDisorder(OnWrongRegistry, OperationsContract):
    kind = Disorderly
