"""The audit log as it is stored and shown: entries, the head of each writer's chain, and places where somebody changed
it."""

from dataclasses import dataclass
from datetime import datetime

from lockgate.audit import Event

FIRST_SEAL = ""
"""The value used in place of the previous seal in a chain's first entry."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a writer's chain ends."""

    number: int = 0
    seal: str = FIRST_SEAL


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A stored entry.

    Attributes:
        number: in its writer's chain, from 1.
        time: milliseconds since 1970-01-01 UTC, by the CA database's clock.
        details: JSON.
        seal: hexadecimal.
    """

    writer: str
    number: int
    time: int
    event: str
    who: str
    target: str
    details: str
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Tampering:
    """One place where the log differs from what was written."""

    writer: str
    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A search for entries. They fulfil every condition; None is no condition.

    Attributes:
        writer: the worker, or `administration`.
        who, target: patterns: `*` for any characters, `?` for one; compared by code points.
        since, until: UTC; an entry of that very moment is found by `since` alone.
    """

    event: Event | None = None
    writer: str | None = None
    who: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
