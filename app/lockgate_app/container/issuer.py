"""The runner of one remote issuer."""

import time
from concurrent.futures import Future
from threading import Thread

from dependency_injector import containers, providers

from lockgate.operations.asking import Result, Task
from lockgate.operations.runner import IssuerRunner
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.container.ca import CaContainer
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone

RUNNER_BOUNDS = PollingBounds(floor=0.1, ceiling=2)
"""Seconds between two looks for operations that are due."""


class CallThreads:
    """Carries out each call in a thread of its own, which does not keep the process from ending.

    The runner bounds how many there are (`Traits.calls`).
    """

    def submit(self, task: Task, /) -> "Future[Result]":
        """Begin the call."""
        future: Future[Result] = Future()
        Thread(target=_carry_out, args=(task, future), name="issuer", daemon=True).start()
        return future


def _carry_out(task: Task, future: "Future[Result]") -> None:
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001  (the runner judges whatever a call ends with)
        future.set_exception(error)


class IssuerContainer(containers.DeclarativeContainer):
    """The runner of one remote issuer."""

    zone = providers.Dependency(instance_of=CaZone)
    name = providers.Dependency(instance_of=str)
    ca = providers.Container(CaContainer, zone=zone)
    issuer = providers.Singleton(remote_issuer, zone, name)
    calls = providers.Singleton(CallThreads)
    monotonic = providers.Object(time.monotonic)
    runner = providers.Singleton(IssuerRunner, name, issuer, ca.registry, calls, monotonic)
    wake_up = providers.Factory(Polling, RUNNER_BOUNDS)
