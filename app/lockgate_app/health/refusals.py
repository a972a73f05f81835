"""Refusals by reason: which reasons are labels, and the refusals of a host's servers, counted as they are logged."""

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from structlog.types import EventDict, Processor, WrappedLogger

from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_app.health.measuring import measures, write_as
from lockgate_app.settings import CaZone, RaZone

OTHER = "other"
"""In place of a reason that this version does not know."""
REASONS = frozenset({*map(str, Reason), *map(str, Refusal)})
_LINE = "refused"
"""The event of the line that each refusal of a server has (threat model, rule 26)."""


def reason_label(reason: str) -> str:
    """The reason of a refusal as a label: a code of this version, or `OTHER`."""
    return reason if reason in REASONS else OTHER


def counting(server: str, zone: CaZone | RaZone) -> tuple[Processor, ...]:
    """What counts the refusals of this server among its log lines; nothing where the host tells nobody how it does.

    Args:
        server: the kind of the server, a label.
    """
    return (RefusalCount(_Counter(server)),) if measures(zone) else ()


class RefusalCount:
    """A step of structlog's that counts the lines about refusals, and changes none.

    Args:
        count: takes the label of a reason.
    """

    def __init__(self, count: Callable[[str], None]) -> None:
        self._count = count

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        """Count it."""
        if line.get("event") == _LINE:
            with suppress(OSError):  # no room for its file: the server answers without
                self._count(reason_label(str(line.get("reason", ""))))
        return line


class _Counter:
    """Refusals of a server, in a file of this process: it answers beside its successor.

    The first refusal opens the file, and each one tries again while there is no room for it.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._lock = Lock()  # a server logs in several threads
        self._refusals: Any = None

    def __call__(self, reason: str) -> None:
        with self._lock:
            self._refusals = self._refusals or _opened(f"{self._server} {os.getpid()}")
        self._refusals.labels(self._server, reason).inc()


def _opened(process: str) -> Any:
    from prometheus_client import Counter  # noqa: PLC0415  (the extra `health` brings it)

    write_as("counter", process)
    text = "What an enrolment server of this host has refused."
    return Counter("lockgate_enrolment_refusals", text, ["server", "reason"], registry=None)
