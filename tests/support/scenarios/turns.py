"""Runners of remote issuers, and the turns that they and the workers take, as in `lockgate worker --once`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from lockgate.operations.asking import Result, Task
from lockgate.operations.runner import IssuerRunner
from lockgate.ports import RemoteIssuer
from lockgate_app.container.issuer import IssuerContainer
from tests.support.scenarios.ca_side import SITE
from tests.support.scenarios.issuer_sites import adapter

if TYPE_CHECKING:
    from tests.support.scenarios.world import World

MANY_ROUNDS = 100


class AtOnce:
    """Calls that have ended when they were begun."""

    def submit(self, task: Task, /) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001  (whatever the call ends with)
            future.set_exception(error)
        return future


def runner(
    world: World,
    name: str,
    issuer: RemoteIssuer,
    calls: object | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> IssuerRunner:
    """The runner of the issuer of that name, as it is after every start."""
    container = IssuerContainer(zone=world.ca_side.configuration.zone, name=name)
    container.ca.engine.override(world.ca_side.engine)
    container.ca.registry.override(world.ca_side.ca)
    container.issuer.override(issuer)
    container.calls.override(calls or AtOnce())
    container.monotonic.override(monotonic)
    made: IssuerRunner = container.runner()
    return made


def run_site(world: World) -> bool:
    """Let the runner of the issuer that the features run over work until nothing is due; whether something was."""
    zone = world.ca_side.configuration.zone
    if SITE not in zone.ca.issuers:
        return False
    made, fence = runner(world, SITE, adapter(world.ca_side, SITE)), world.fence(SITE)
    for rounds in range(MANY_ROUNDS):
        if not made.round(fence).claimed:
            return rounds > 0
    raise AssertionError("the runner does not come to an end")
