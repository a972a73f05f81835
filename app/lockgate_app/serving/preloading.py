"""The server that the processes of a host are forked from: it has imported what they need, so that they share it.

It has one thread, no connection to a database, and has drawn no random number: a process that was forked from it opens
its own connections, and OpenSSL's and Python's generators are seeded anew after a fork.
"""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import resource_tracker
from multiprocessing.context import ForkServerContext

from sqlalchemy import make_url

from lockgate.errors import ConfigurationError
from lockgate_app.serving.jobs import Job, Kind
from lockgate_app.workers.stops import STOPS

_CHILD = ("lockgate_app.cli.main", "lockgate_app.serving.child", "structlog", "rich.traceback")
_MODULES = {
    Kind.WORKER: ("lockgate_app.workers.running", "lockgate_app.container.worker"),
    Kind.RUNNER: ("lockgate_app.workers.running", "lockgate_app.container.issuer"),
    Kind.CRLS: ("lockgate_app.serving.crls",),
    Kind.NOTICES: ("lockgate_app.serving.notices",),
    Kind.OCSP_ANSWERS: ("lockgate_app.serving.ocsp",),
    Kind.CMP_SERVICE: ("lockgate_app.container.cmp_direct", "lockgate_transport.cmp.web"),
    Kind.CONSOLE: ("lockgate_app.container.console", "lockgate_transport.console.web"),
    Kind.SCEP_SERVER: ("lockgate_app.container.scep", "lockgate_transport.scep.web"),
    Kind.CMP_PROXY: ("lockgate_app.container.cmp_proxy", "lockgate_transport.cmp.web"),
    Kind.OCSP_RESPONDER: ("lockgate_app.container.ocsp_responder", "lockgate_transport.responder.web"),
    Kind.WEB_SERVER: ("lockgate_app.container.web", "lockgate_transport.web.server"),
    Kind.HEALTH: ("lockgate_app.container.health_web", "lockgate_transport.health", "prometheus_client"),
}
_CMP = {Kind.WORKER: ("lockgate_app.container.cmp",)}
"""What processes import beside that where CMP is configured."""
_DRIVERS = {
    "sqlite": ("sqlite3", "sqlalchemy.dialects.sqlite"),
    "postgresql": ("psycopg", "sqlalchemy.dialects.postgresql.psycopg"),
    "mariadb": ("pymysql", "sqlalchemy.dialects.mysql.pymysql"),
}
"""By the name in a URL. The processes load the drivers of DB2 and Oracle themselves: what those libraries begin may not
outlive a fork."""
_TRACING = ("opentelemetry.sdk.trace.export", "opentelemetry.exporter.otlp.proto.common.trace_encoder")
_FROZEN = "lockgate_app.serving.frozen"
_LARGE = 256 * 1024
"""Octets from which the C library maps memory by itself, and gives it back at once: what unlocks a CA's key takes 20 MB
once. Left to itself the library raises this as it goes."""
_LONGEST = 107 - len("/pymp-xxxxxxxx/listener-xxxxxxxx")
"""Octets that the name of the directory of temporary files may have: Linux allows 107 for the server's socket in it."""


def modules(jobs: Iterable[Job]) -> list[str]:
    """What the processes of these jobs import, as far as it is installed; the last one ends the collection of
    garbage in what was imported."""
    found = dict.fromkeys(_CHILD)
    for job in jobs:
        tracing = _TRACING if job.zone.tracing else ()
        found |= dict.fromkeys((*_MODULES[job.kind], *_cmp(job), *_drivers(job), *tracing))
    return [*(name for name in found if _is_installed(name)), _FROZEN]


def _cmp(job: Job) -> Iterable[str]:
    return () if job.zone.cmp is None else _CMP.get(job.kind, ())


def _drivers(job: Job) -> Iterator[str]:
    urls = [source.url for source in job.zone.data_sources.values()]
    if (ca := getattr(job.zone, "ca", None)) is not None:
        urls.append(ca.database.url)
    for url in urls:
        yield from _DRIVERS.get(make_url(url).get_backend_name(), ())


def _is_installed(name: str) -> bool:
    return find_spec(name.partition(".")[0]) is not None


def server(jobs: Iterable[Job]) -> ForkServerContext:
    """What starts processes. The server itself starts with the first of them, and again with the next one if it has
    died.

    Raises:
        ConfigurationError: the name of the directory of temporary files is too long for its socket.
    """
    directory = tempfile.gettempdir()
    if len(os.fsencode(directory)) > _LONGEST:
        raise ConfigurationError(
            f"TMPDIR {directory} is too long for the name of a socket: it may have {_LONGEST} octets;"
            " set TMPDIR to a directory with a shorter name"
        )
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(_LARGE))  # read when the server's program starts
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(modules(jobs))
    return context


@contextmanager
def signals_kept_waiting() -> Iterator[None]:
    """A block whose child processes hear of signals when they unblock them: not while they import. The server never
    does, so that a signal to the whole group of processes does not end it before its children."""
    resource_tracker.ensure_running()  # would unblock them, if it started inside the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
