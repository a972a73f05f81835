"""What a worker, or the runner of a remote issuer, needs before it runs, from its container."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from dependency_injector import providers

from lockgate.errors import LockgateError, Unavailable
from lockgate.line.worker import RoundReport
from lockgate.ports import Fence, PublishedCrls
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.workers.housekeeping import DUE_PAUSE, HousekeepingTurns
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.outside import OutsideTurns
from lockgate_app.workers.preflight import require_sound
from lockgate_app.workers.record import ServiceRecord
from lockgate_app.workers.service import Service, Timetable
from lockgate_app.workers.stops import STOP_LIMIT, EventRest

if TYPE_CHECKING:
    from lockgate_app.container.issuer import IssuerContainer

_log = Lines("lockgate.workers")
ISSUER_LEASE = timedelta(seconds=60)
"""How long the lease of a remote issuer's runner outlives its last sign of life."""
FINISH_LIMIT = STOP_LIMIT / 2
"""Seconds that a runner waits for calls in flight before it ends."""
ISSUER_PERIOD = timedelta(seconds=10)


@contextmanager
def runner_service(
    container: "IssuerContainer", rest: EventRest, record: ServiceRecord | None = None
) -> Iterator[Service]:
    """The runner of the container's remote issuer; its database is let go at the end.

    Raises:
        LockgateError: it cannot start.
    """
    issuer = container.issuer()  # what is wrong in the configuration itself shows now
    try:
        yield Service(
            container.name(),
            _holder(),
            container.ca.coordinator,
            lambda: container.runner().round,
            Timetable(ISSUER_PERIOD, ISSUER_LEASE),
            rest,
            container.wake_up(sleep=rest.rest, monotonic=rest.monotonic),
            _fetching(container, rest) if isinstance(issuer, PublishedCrls) else (),
            _fetching_once(container, rest) if isinstance(issuer, PublishedCrls) else (),
            finish=lambda fence: container.runner().finish(fence, FINISH_LIMIT),
            record=record,
        )
    finally:
        with suppress(LockgateError):  # then nothing was opened
            container.ca.engine().dispose()


def _holder() -> str:
    """Names this process, unlike any other."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(8)}"


@contextmanager
def worker_service(
    container: WorkerContainer, rest: EventRest, record: ServiceRecord | None = None
) -> Iterator[Service]:
    """The container's worker, its keystore loaded and its configuration found good; its databases are let go at the
    end.

    Raises:
        LockgateError: it cannot start.
    """
    name, properties = container.name(), container.properties()
    for required, key in zip(properties.requirements, ("signature.required", "encryption.required"), strict=True):
        if not required:
            _log.warning("insecure setting", worker=name, setting=f"{key} = false")
    if properties.legacy_devices:
        _log.warning("insecure setting", worker=name, setting="legacy_devices = true")
    try:
        yield _prepared(container, rest, record)
    finally:
        with suppress(LockgateError):  # then nothing is traced
            container.tracer().close()
        for engines in (container.message_engines, providers.List(container.ca.engine)):
            with suppress(LockgateError):  # then nothing was opened
                for engine in engines():
                    engine.dispose()


def _prepared(container: WorkerContainer, rest: EventRest, record: ServiceRecord | None) -> Service:
    name, properties = container.name(), container.properties()
    if not properties.signature_required:
        _warn_of_unsigned(container)
    for part in (container.policy, container.tracer, container.store, container.ca.registry, container.ca.coordinator):
        part()  # what is wrong in the configuration itself shows now
    rounds = _when_sound(container)
    with suppress(Unavailable):  # the worker itself says so, waits, and finds out before its first message
        rounds()
    expiry = container.expiry()
    expiry.remind()
    return Service(
        name,
        _holder(),
        container.ca.coordinator,
        rounds,
        Timetable(timedelta(seconds=properties.period), timedelta(seconds=properties.lease)),
        rest,
        container.wake_up(sleep=rest.rest, monotonic=rest.monotonic),
        (
            HousekeepingTurns(name, lambda: container.housekeeping().due_actions, rest.monotonic, DUE_PAUSE),
            *(_fetching(container, rest) if container.zone().ca.outside else ()),
            *(_asking(container, rest) if container.zone().ca.outside else ()),
            HousekeepingTurns(name, lambda: container.housekeeping().round, rest.monotonic, reminder=expiry.remind),
        ),
        (*_fetching_once(container, rest), *_asking_once(container, rest)) if container.zone().ca.outside else (),
        record=record,
    )


def _warn_of_unsigned(container: WorkerContainer) -> None:
    with suppress(Unavailable):  # the worker itself says so, and waits
        if asking := container.ca.inspection().asking_for_approvals():
            _log.warning(
                "unsigned requests that need an approval are refused", worker=container.name(), asking=", ".join(asking)
            )


def _when_sound(container: WorkerContainer) -> Callable[[], Callable[[Fence], RoundReport]]:
    """The worker's round, once everything was found sound; where a database is absent, that is asked again."""
    found = False

    def rounds() -> Callable[[Fence], RoundReport]:
        nonlocal found
        if not found:
            require_sound(container)
            found = True
        return container.worker().round

    return rounds


def _fetching(container: "WorkerContainer | IssuerContainer", rest: EventRest) -> tuple[HousekeepingTurns, ...]:
    """The fetches of CRLs, which are looked after often: most of that time they are under way elsewhere."""
    return (HousekeepingTurns(container.name(), lambda: container.crl_fetching().round, rest.monotonic, DUE_PAUSE),)


def _asking(container: WorkerContainer, rest: EventRest) -> tuple[HousekeepingTurns, ...]:
    """The questions to CAs outside, which are looked after as often: a request may wait for the answer."""
    return (HousekeepingTurns(container.name(), lambda: container.ocsp_asking().round, rest.monotonic, DUE_PAUSE),)


def _fetching_once(container: "WorkerContainer | IssuerContainer", rest: EventRest) -> tuple[OutsideTurns, ...]:
    return (OutsideTurns(container.name(), container.crl_fetching, rest.monotonic),)


def _asking_once(container: WorkerContainer, rest: EventRest) -> tuple[OutsideTurns, ...]:
    return (OutsideTurns(container.name(), container.ocsp_asking, rest.monotonic),)
