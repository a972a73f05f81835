"""The life of one process of a host: it prepares what its job needs, says so, and begins when it is told to.

Rule: what takes time to import is imported by the function that needs it, because the process that watches the others
needs none of it. The server that the processes are forked from has it all (`preloaded`).
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from socket import socket
from typing import TYPE_CHECKING

from lockgate.errors import LockgateError, Unavailable
from lockgate_app.logs import configure_logs
from lockgate_app.serving.jobs import Job, Kind
from lockgate_app.settings import CaZone, RaZone
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.stops import STOP_LIMIT, STOPPED_LATE, STOPS, EventRest, stopped_by_signals

if TYPE_CHECKING:
    from structlog.types import Processor

_log = Lines("lockgate.serve")
REFUSED = 2
"""The exit code of a process that cannot start as it is configured."""
NOT_THERE = 4
"""The exit code of a process that needs what is not there now, as a token: it is started again."""
PREPARED, GO = b"prepared", b"go"
MARGIN = 5.0
"""Seconds beyond `STOP_LIMIT` that a process has to end in."""


def live(job: Job, sockets: Sequence[socket], line: Connection, level: int) -> None:
    """A process's whole life.

    Args:
        sockets: that a server listens with.
        line: to the process that watches this one.
        level: of log lines, as in `configure_logs`.
    """
    configure_logs(level, *_counting(job))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for the process that watches this one
    _end_with_others()
    rest = EventRest()
    try:
        with stopped_by_signals(rest, signals=(signal.SIGTERM, signal.SIGINT)):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            with _prepared(job, tuple(sockets), rest) as run:
                if _told_to_go(line, rest):
                    run()
    except LockgateError as error:
        _log.error("not started", service=job.key, reason=str(error))
        sys.exit(NOT_THERE if isinstance(error, Unavailable) else REFUSED)


def _counting(job: Job) -> "tuple[Processor, ...]":
    """What counts the refusals of a server; nothing for other jobs."""
    if job.place is None or job.kind is Kind.HEALTH or job.zone.health is None:
        return ()
    from lockgate_app.health.refusals import counting  # noqa: PLC0415  (the module's rule)

    return counting(str(job.kind), job.zone)


def _told_to_go(line: Connection, rest: EventRest) -> bool:
    with suppress(OSError, EOFError):  # whoever watches is gone, and `_end_with_others` ends this process
        line.send_bytes(PREPARED)
        wait([line, rest.fileno()])
        return not rest.stopping() and line.recv_bytes() == GO
    return False


@contextmanager
def _prepared(job: Job, sockets: tuple[socket, ...], rest: EventRest) -> Iterator[Callable[[], None]]:
    """What does the job until it is stopped; everything that it needs was found good.

    Raises:
        LockgateError: something was not.
    """
    match job.zone:
        case zone if job.kind is Kind.HEALTH:
            with _health(zone, sockets, rest) as run:
                yield run
        case CaZone() if job.kind is Kind.CONSOLE:
            with _console(job.zone, sockets, rest) as run:
                yield run
        case CaZone() if job.kind is not Kind.CMP_SERVICE:
            with _on_ca_node(job.kind, job.zone, job.name, rest) as run:
                yield run
        case zone:
            yield _server(job.kind, zone, sockets, rest)


@contextmanager
def _on_ca_node(kind: Kind, zone: CaZone, name: str, rest: EventRest) -> Iterator[Callable[[], None]]:
    if kind is Kind.CRLS:
        from lockgate_app.serving.crls import crl_renewal  # noqa: PLC0415  (the module's rule)

        with crl_renewal(zone, rest) as renewal:
            yield renewal.run
        return
    if kind is Kind.NOTICES:
        from lockgate_app.serving.notices import notice_service  # noqa: PLC0415  (the module's rule)

        with notice_service(zone, rest) as notices:
            yield notices.run
        return
    if kind is Kind.OCSP_ANSWERS:
        from lockgate_app.serving.ocsp import ocsp_service  # noqa: PLC0415  (the module's rule)

        with ocsp_service(zone, name, rest) as answers:
            yield answers.run
        return
    from lockgate_app.workers.running import service  # noqa: PLC0415  (the module's rule)

    with service(zone, name, rest) as worker:
        yield worker.run


@contextmanager
def _health(zone: CaZone | RaZone, sockets: tuple[socket, ...], rest: EventRest) -> Iterator[Callable[[], None]]:
    from lockgate_app.container.health_web import health_service  # noqa: PLC0415  (the module's rule)
    from lockgate_app.container.http import Place  # noqa: PLC0415  (the module's rule)

    with health_service(zone) as serve:
        yield lambda: serve(Place(sockets=sockets, stopping=rest.stopping))


@contextmanager
def _console(zone: CaZone, sockets: tuple[socket, ...], rest: EventRest) -> Iterator[Callable[[], None]]:
    from lockgate_app.container.console import console_service  # noqa: PLC0415  (the module's rule)
    from lockgate_app.container.http import Place  # noqa: PLC0415  (the module's rule)

    with console_service(zone) as serve:
        yield lambda: serve(Place(sockets=sockets, stopping=rest.stopping))


def _server(kind: Kind, zone: CaZone | RaZone, sockets: tuple[socket, ...], rest: EventRest) -> Callable[[], None]:
    from lockgate_app.container.http import Place  # noqa: PLC0415  (the module's rule)

    if kind is Kind.SCEP_SERVER:
        from lockgate_app.container.scep import ScepContainer  # noqa: PLC0415  (the module's rule)

        serve = ScepContainer(zone=zone).service()
    elif kind is Kind.CMP_PROXY:
        from lockgate_app.container.cmp_proxy import CmpProxyContainer  # noqa: PLC0415  (the module's rule)

        serve = CmpProxyContainer(zone=zone).service()
    elif kind is Kind.OCSP_RESPONDER:
        from lockgate_app.container.ocsp_responder import OcspResponderContainer  # noqa: PLC0415  (the module's rule)

        serve = OcspResponderContainer(zone=zone).service()
    elif kind is Kind.WEB_SERVER:
        from lockgate_app.container.web import WebContainer  # noqa: PLC0415  (the module's rule)

        serve = WebContainer(zone=zone).service()
    else:
        from lockgate_app.container.cmp_direct import CmpDirectContainer  # noqa: PLC0415  (the module's rule)

        serve = CmpDirectContainer(zone=zone).service()
    return lambda: serve(Place(sockets=sockets, stopping=rest.stopping))


def _end_with_others() -> None:
    """Ask this process for its end when the process that watches it dies, or the server that it was forked from: then
    nobody could tell any more that this one has ended."""
    watched: list[int] = []
    if (parent := parent_process()) is not None:
        watched.append(parent.sentinel)
    if hasattr(os, "pidfd_open"):
        watched.append(os.pidfd_open(os.getppid()))
    threading.Thread(target=_end_after, args=(watched,), daemon=True).start()


def _end_after(watched: Sequence[int]) -> None:
    wait(watched)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(STOP_LIMIT + MARGIN)
    os._exit(STOPPED_LATE)
