"""What those who watch a CA node see of the CA's database: leases, open operations, sizes, and what was done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from lockgate.audit import Event


@dataclass(frozen=True, slots=True)
class LeaseListing:
    """The lease of a worker, or of a remote issuer's runner.

    Attributes:
        held: whether a process holds it now.
        changes: how often it was taken or given back; this only grows.
    """

    worker: str
    held: bool
    changes: int


@dataclass(frozen=True, slots=True)
class OperationTally:
    """The open operations at a remote issuer, counted.

    Attributes:
        under_way: the runner works on them.
        in_doubt: they wait for an operator.
        overdue: how long the one under way that is due longest has been due; zero where none is due.
    """

    under_way: int = 0
    in_doubt: int = 0
    overdue: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """The OCSP answers that were published in a data source.

    Attributes:
        age: since the last round that has left nothing due; None where none has.
        overdue: certificates of CAs that sign whose answer has been due, or was missing, for long.
        unsigned: certificates of these without an answer, because none of their CA's keys has signed them.
    """

    age: timedelta | None
    overdue: int
    unsigned: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """How large the CA's database is.

    Attributes:
        octets: of the whole database; None where it cannot tell.
        journal: verdicts in the journal, by the numbers of the first and the last one: what was deleted between them
            counts, too.
    """

    octets: int | None
    journal: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the audit log, as far as it is counted.

    Attributes:
        event: None for one that this version does not know.
        reason: of a refusal; empty for other events.
    """

    event: Event | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewEntries:
    """Entries of the audit log that were added.

    Attributes:
        ends: where the chain of each writer was read up to.
    """

    entries: tuple[Recorded, ...] = ()
    ends: Mapping[str, int] = field(default_factory=dict)
