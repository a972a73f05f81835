"""Refusals by reason: which reasons are labels, and the refusals of a host's servers, counted as they are logged."""

import os
from collections.abc import Callable
from contextlib import suppress
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
    return (RefusalCount(_counter(server)),) if measures(zone) else ()


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


def _counter(server: str) -> Callable[[str], None]:
    from prometheus_client import Counter  # noqa: PLC0415  (the extra `health` brings it)

    write_as(f"{server} {os.getpid()}")  # a server answers beside its successor
    text = "What an enrolment server of this host has refused."
    counter: Any = Counter("lockgate_enrolment_refusals", text, ["server", "reason"], registry=None)
    return lambda reason: counter.labels(server, reason).inc()
