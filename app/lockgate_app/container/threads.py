"""Threads for what may take long outside, and is never waited for."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


class DaemonThreads:
    """Carries out each task in a thread of its own, which does not keep the process from ending.

    Who submits bounds how many there are, also of those that hang.

    Args:
        name: of the threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def submit(self, task: Callable[[], Result], /) -> "Future[Result]":
        """Begin the task."""
        future: Future[Result] = Future()
        Thread(target=_carry_out, args=(task, future), name=self._name, daemon=True).start()
        return future


def _carry_out(task: Callable[[], Result], future: "Future[Result]") -> None:
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001  (who submitted judges whatever a task ends with)
        future.set_exception(error)
