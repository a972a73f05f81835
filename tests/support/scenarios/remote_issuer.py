"""A CA whose certificates a remote issuer signs: the issuer's process, its runner, and what both hold."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

from cryptography import x509

from lockgate.operations.asking import Result, Task
from lockgate.operations.runner import IssuerRunner
from lockgate.ports import Fence, IssuerAnswer, Operation, RemoteIssuer
from lockgate_testing.doubles.remote_ca import RemoteCa
from tests.support.scenarios.faulty_adapters import Adapter
from tests.support.scenarios.turns import MANY_ROUNDS, AtOnce, runner
from tests.support.scenarios.world import LEASE, World

ISSUER, REMOTE_CA = "backend", "RemoteCA"
RIGHTS = (
    "/administrator, /ca/*, /endentityprofile/EMPTY, /action/create, /action/edit, /action/revocation, /action/view,"
    " /action/certifyunproven"
)
TIMEOUT = timedelta(seconds=30)
PATIENCE = 60.0
"""Seconds for which an answer is waited for that will come; none where the CA will send none."""


class RunnerDies(BaseException):
    """The runner's process ends here."""


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


class Hasty(Adapter):
    """Waits for no answer to a call, but for those to all other questions."""

    def __init__(self, issuer: RemoteIssuer, calling: RemoteIssuer) -> None:
        super().__init__(issuer)
        self._calling = calling

    def call(self, draft: bytes) -> IssuerAnswer:
        return self._calling.call(draft)


class RemoteSite:
    """A remote issuer of a scenario, and the CA that it signs for."""

    ca: RemoteCa

    def __init__(self, world: World, ca: RemoteCa, issuer: str = ISSUER, name: str = REMOTE_CA) -> None:
        self.ca = ca
        self.set_up(world, ca.certificate, issuer, name)

    def set_up(self, world: World, certificate: bytes, issuer: str = ISSUER, name: str = REMOTE_CA) -> None:
        """Register the CA with that DER certificate."""
        self.world, self.issuer, self.name = world, issuer, name
        self.traits: dict[str, Any] = {}
        self.adapter: Callable[[RemoteIssuer], RemoteIssuer] = lambda issuer: issuer
        self.sent = b""
        self.standing: Task | None = None
        self._passed = 0.0
        world.ca_side.configuration.put(f"ca.issuers.{issuer}", {"kind": "double"})
        world.ca_side.administration.register_ca(name, issuer, certificate)
        world.grant(RIGHTS)

    def promise(self, **traits: Any) -> None:
        """What the issuer promises from now on; the rest as by default."""
        self.traits = traits

    def made(self) -> RemoteIssuer:
        """The adapter, as it is after every start."""
        hasty, patient = (
            self.ca.issuer(patience=patience, timeout=TIMEOUT, **self.traits) for patience in (0.0, PATIENCE)
        )
        behaviour = self.ca.behaviour
        answering = hasty if behaviour.silent else patient
        return self.adapter(Hasty(answering, hasty) if behaviour.holds else answering)

    def runner(self, calls: object | None = None) -> IssuerRunner:
        """The runner, as it is after every start."""
        return runner(self.world, self.issuer, self.made(), calls, lambda: time.monotonic() + self._passed)

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass, for the databases and for runners."""
        self.world.ca_side.hours.pass_by(duration)
        self._passed += duration.total_seconds()

    def fence(self) -> Fence:
        """The runner's lease."""
        fence = self.world.ca_side.coordinator.acquire(self.issuer, "this host", LEASE)
        assert fence is not None
        return fence

    def run(self) -> None:
        """A new runner's rounds until nothing is due."""
        made, fence = self.runner(), self.fence()
        for _ in range(MANY_ROUNDS):
            if not made.round(fence).claimed:
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
