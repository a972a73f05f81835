"""A CA whose certificates a remote issuer signs: the issuer's process, its runner, and what both hold."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

from cryptography import x509

from lockgate.operations.asking import Result, Task
from lockgate.operations.runner import IssuerRunner
from lockgate.ports import Fence, Operation, RemoteIssuer
from lockgate_app.container.issuer import IssuerContainer
from lockgate_testing.doubles.remote_ca import RemoteCa
from tests.support.scenarios.world import LEASE, World

ISSUER, REMOTE_CA = "backend", "RemoteCA"
TIMEOUT = timedelta(seconds=30)
MANY_ROUNDS = 100
PATIENCE = 0.3
"""Seconds after which a call that is held counts as unanswered."""


class RunnerDies(BaseException):
    """The runner's process ends here."""


class AtOnce:
    """Calls that have ended when they were begun."""

    def submit(self, task: Task, /) -> "Future[Result]":
        future: Future[Result] = Future()
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001  (whatever the call ends with)
            future.set_exception(error)
        return future


class Dying:
    """Calls whose result nobody hears of: the process ends before it is committed."""

    def submit(self, task: Task, /) -> "Future[Result]":
        AtOnce().submit(task)
        raise RunnerDies


class Held:
    """Calls that have begun, and end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[Task, Future[Result]]] = []

    def submit(self, task: Task, /) -> "Future[Result]":
        future: Future[Result] = Future()
        self.begun.append((task, future))
        return future


class RemoteSite:
    """The remote issuer of a scenario."""

    ca: RemoteCa

    def __init__(self, world: World, ca: RemoteCa) -> None:
        self.ca = ca
        self.set_up(world, ca.certificate)

    def set_up(self, world: World, certificate: bytes) -> None:
        """Register the CA with that DER certificate."""
        self.world = world
        self.traits: dict[str, Any] = {}
        self.adapter: Callable[[RemoteIssuer], RemoteIssuer] = lambda issuer: issuer
        self.sent = b""
        self.standing: Task | None = None
        self._passed = 0.0
        world.ca_side.configuration.put(f"ca.issuers.{ISSUER}", {"kind": "double"})
        world.ca_side.administration.register_ca(REMOTE_CA, ISSUER, certificate)
        world.grant(
            "/administrator, /ca/ManagementCA, /ca/RemoteCA, /endentityprofile/EMPTY, /action/create, /action/edit,"
            " /action/revocation, /action/view, /action/certifyunproven"
        )

    def promise(self, **traits: Any) -> None:
        """What the issuer promises from now on; the rest as by default."""
        self.traits = traits

    def issuer(self) -> RemoteIssuer:
        """The adapter, as it is after every start."""
        return self.adapter(self.ca.issuer(patience=PATIENCE, timeout=TIMEOUT, **self.traits))

    def runner(self, calls: object | None = None) -> IssuerRunner:
        """The runner, as it is after every start."""
        container = IssuerContainer(zone=self.world.ca_side.configuration.zone, name=ISSUER)
        container.ca.engine.override(self.world.ca_side.engine)
        container.ca.registry.override(self.world.ca)
        container.issuer.override(self.issuer())
        container.calls.override(calls or AtOnce())
        container.monotonic.override(lambda: time.monotonic() + self._passed)
        runner: IssuerRunner = container.runner()
        return runner

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass, for the databases and for runners."""
        self.world.ca_side.hours.pass_by(duration)
        self._passed += duration.total_seconds()

    def fence(self) -> Fence:
        """The runner's lease."""
        fence = self.world.ca_side.coordinator.acquire(ISSUER, "this host", LEASE)
        assert fence is not None
        return fence

    def run(self) -> None:
        """A new runner's rounds until nothing is due."""
        runner, fence = self.runner(), self.fence()
        for _ in range(MANY_ROUNDS):
            if not runner.round(fence).claimed:
                return
        raise AssertionError("the runner does not come to an end")

    def die(self) -> None:
        """A runner dies after its call has left."""
        try:
            self.runner(Dying()).round(self.fence())
        except RunnerDies:
            return
        raise AssertionError("nothing was called")

    def operations(self) -> list[Operation]:
        """Those that have not ended."""
        return list(self.world.ca_side.administration.open_operations())

    def certificates(self) -> list[x509.Certificate]:
        """Every certificate that counts at the issuer."""
        return [x509.load_der_x509_certificate(der) for der in self.ca.issued()]
