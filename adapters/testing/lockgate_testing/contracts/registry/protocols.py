"""Transactions of protocols that the tests store, and two units of work at once."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any, Generic, TypeVar

from lockgate.ports import Fence, ProtocolTransaction, RegistryTransaction, TransactionKey
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS, fingerprint

MOMENT, HOUR = timedelta(minutes=1), timedelta(hours=1)
PATIENCE = 0.3
"""Seconds that the first of two units of work gives the second one to be faster."""
T = TypeVar("T")


def new_protocol() -> str:
    """The name of a protocol that no other test has."""
    return f"p{next(NUMBERS)}"


def new_key() -> TransactionKey:
    """The key of a transaction, of a protocol that no other test has."""
    return TransactionKey(new_protocol(), f"{next(NUMBERS):032x}")


def digest(message: str) -> str:
    """What the answer to `message` is kept by."""
    return hashlib.sha256(message.encode()).hexdigest()


def transaction(
    work: RegistryTransaction, expires_in: timedelta = HOUR, due_in: timedelta | None = None, **changes: Any
) -> ProtocolTransaction:
    """An open transaction that is not stored; its times are relative to the database's clock."""
    now = work.now().replace(microsecond=0)
    plain = ProtocolTransaction(
        key=new_key(),
        authenticator=fingerprint("somebody"),
        state="begun",
        content=b"content",
        due=None if due_in is None else now + due_in,
        expires=now + expires_in,
    )
    return replace(plain, **changes)


def begin(work: RegistryTransaction, **said: Any) -> ProtocolTransaction:
    """One that is stored; `said` is what `transaction` takes."""
    return work.protocol_transactions.save(transaction(work, **said))


def begun(subject: RegistrySubject, fence: Fence, **said: Any) -> ProtocolTransaction:
    """The same, committed."""
    with subject.ca.transaction(fence) as work:
        return begin(work, **said)


def found(subject: RegistrySubject, fence: Fence, key: TransactionKey) -> ProtocolTransaction | None:
    """What a unit of work of its own finds."""
    with subject.ca.transaction(fence) as work:
        return work.protocol_transactions.find(key)


@dataclass(frozen=True, slots=True)
class Beside(Generic[T]):
    """What became of the second of two units of work.

    Attributes:
        overtook: whether it had ended before the first one went on.
        result: what it returned, or the error that it ended with.
    """

    overtook: bool
    result: T | Exception


def beside(
    enter: Callable[[], AbstractContextManager[RegistryTransaction]],
    first: Callable[[RegistryTransaction], Any],
    second: Callable[[RegistryTransaction], T],
    then: Callable[[RegistryTransaction], Any],
) -> Beside[T]:
    """Begin a unit of work with `first`, give another one that does `second` time to be faster, and end with `then`.

    Args:
        enter: gives a unit of work.
    """
    begun, ended = Event(), Event()

    def run() -> T | Exception:
        begun.wait()
        try:
            with enter() as work:
                result = second(work)
        except Exception as error:  # noqa: BLE001
            return error
        finally:
            ended.set()
        return result

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(run)
        try:
            with enter() as work:
                first(work)
                begun.set()
                overtook = ended.wait(PATIENCE)
                then(work)
        finally:
            begun.set()
        return Beside(overtook, other.result())
