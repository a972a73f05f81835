"""Processes that die, and CAs at one point of whose next answering transaction something happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lockgate.ports import Registry, RegistryTransaction


class Death(BaseException):
    """The process is gone: nothing may handle this."""


class InterruptedCa(Registry):
    """A CA at one point of whose next answering transaction something happens."""

    def __init__(self, ca: Registry) -> None:
        self._ca = ca

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[RegistryTransaction]:
        with self._ca.transaction(*arguments, **named) as work:
            yield work
            if "keys" in named:
                self.before_commit()
        if "keys" in named:
            self.after_commit()

    def before_commit(self) -> None:
        """Nothing."""

    def after_commit(self) -> None:
        """Nothing."""


class DyingBefore(InterruptedCa):
    """The process is gone before the effect is committed."""

    def before_commit(self) -> None:
        raise Death


class DyingAfter(InterruptedCa):
    """The process is gone after the effect was committed."""

    def after_commit(self) -> None:
        raise Death


class Overtaken(Registry):
    """Something happens between a worker's claim and the transaction that answers."""

    def __init__(self, ca: Registry, happen: Callable[[], object]) -> None:
        self._ca, self._happen = ca, happen
        self._happened = False

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[RegistryTransaction]:
        if "keys" in named and not self._happened:
            self._happened = True
            self._happen()
        with self._ca.transaction(*arguments, **named) as work:
            yield work


class Slow(InterruptedCa):
    """Something happens after a worker's first commit and before it writes back."""

    def __init__(self, ca: Registry, happen: Callable[[], object]) -> None:
        super().__init__(ca)
        self._happen = happen
        self._happened = False

    def after_commit(self) -> None:
        if not self._happened:
            self._happened = True
            self._happen()
