"""The audit log: rows are added, never changed."""

import logging
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from lockgate.audit import REFUSALS, AuditEvent
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import execute_many

_INSERT = insert(tables.audit)

_log = logging.getLogger(__name__)


class AuditLog:
    """The audit log in one transaction.

    Args:
        now: milliseconds, by the database's clock.
        writer: the worker, or the administration.
    """

    def __init__(self, connection: Connection, now: int, writer: str) -> None:
        self._connection = connection
        self._now = now
        self._writer = writer
        self._new: list[dict[str, Any]] = []
        self._refusals: list[AuditEvent] = []

    def add(self, event: AuditEvent) -> None:
        """Keep `event` to be written."""
        if event.event in REFUSALS:
            self._refusals.append(event)
        self._new.append(
            {
                "time": self._now,
                "writer": self._writer,
                "event": str(event.event),
                "who": event.who,
                "target": event.target,
                "details": msgspec.json.encode(dict(event.details)).decode(),
            }
        )

    def flush(self) -> None:
        """Write what was added."""
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []

    def announce(self) -> None:
        """Tell the process's log of refusals; after the commit, so that each is told once."""
        for refusal in self._refusals:
            facts = [f"{name}={str(value)!r}" for name, value in refusal.details.items() if name != "internal"]
            _log.warning("%s message=%r %s", refusal.event, refusal.target, " ".join(facts))
