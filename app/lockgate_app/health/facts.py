"""The facts about a host that monitoring and `lockgate status` show.

Every name in them is from the configuration or the CA's own database, and every number was counted here: nothing that
a client or the message database has chosen becomes a name. None stands for what is not known.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A message database.

    Attributes:
        waiting, due, in_process, set_aside: numbers of messages, as in `MessageTally`.
        oldest_seconds: the age of the oldest message that waits.
        overdue_seconds: how long a message that is due has been due.
    """

    waiting: int
    due: int
    in_process: int
    set_aside: int
    oldest_seconds: float
    overdue_seconds: float


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """A worker that the configuration has, or the runner of a remote issuer, on any node.

    Attributes:
        data_source: empty for a runner.
        alive: whether a process holds its lease.
        lease_changes: how often the lease was taken or given back.
    """

    name: str
    data_source: str
    alive: bool
    lease_changes: int


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """The open operations at a remote issuer.

    Attributes:
        under_way, in_doubt: numbers of operations.
        overdue_seconds: how long one that is due has been due.
    """

    name: str
    under_way: int
    in_doubt: int
    overdue_seconds: float


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """A CA.

    Attributes:
        active: whether it signs.
        certificate_seconds_left: until its certificate ends.
        crl_age_seconds, crl_seconds_left: since its last full CRL was issued, and until that ends.
    """

    name: str
    active: bool
    certificate_seconds_left: float
    crl_age_seconds: float | None
    crl_seconds_left: float | None


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The OCSP answers of a data source.

    Attributes:
        round_age_seconds: since the last round that has left nothing due; None where none has.
        round_overdue_seconds: for how long such a round has been overdue.
        overdue: certificates whose answer has been due, or was missing, for long.
    """

    data_source: str
    round_age_seconds: float | None
    round_overdue_seconds: float | None
    overdue: int


@dataclass(frozen=True, slots=True)
class CaFacts:
    """The CA's database, and what stands in it.

    Attributes:
        octets: its size.
        journal_entries: about how many verdicts it keeps.
    """

    octets: int | None
    journal_entries: int
    authorities: tuple[AuthorityFacts, ...]
    workers: tuple[WorkerFacts, ...]
    issuers: tuple[IssuerFacts, ...]
    ocsp_answers: tuple[AnswerFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class KeystoreFacts:
    """A keystore, or a pinned certificate.

    Attributes:
        seconds_left: until its certificate ends; None where it cannot be opened.
        pinned: whether it is one of the certificates whose answers are believed, of which one is enough.
    """

    name: str
    seconds_left: float | None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Everything about a host.

    Attributes:
        queues: by data source; None where the database does not answer.
        is_ca: whether it is a CA node.
        ca: None where it is none, or the CA's database does not answer.
    """

    queues: dict[str, QueueFacts | None]
    keystores: tuple[KeystoreFacts, ...]
    is_ca: bool
    ca: CaFacts | None = None

    def troubles(self) -> list[str]:
        """Why this host cannot do its work; empty where it can."""
        return [
            *(f"data source {name} does not answer" for name, queue in self.queues.items() if queue is None),
            *(["the CA's database does not answer"] if self.is_ca and self.ca is None else []),
            *(f"{store.name} cannot be opened" for store in self.keystores if store.seconds_left is None),
            *(f"{name} has ended" for name in self._ended()),
        ]

    def _ended(self) -> list[str]:
        ended = [store for store in self.keystores if store.seconds_left is not None and store.seconds_left <= 0]
        is_one_left = any(store.pinned and store not in ended for store in self.keystores)
        return [store.name for store in ended if not (store.pinned and is_one_left)]

    def idle(self) -> list[str]:
        """Which workers and runners no process runs, on any node."""
        return [
            f"{f'worker {one.name}' if one.data_source else f'the runner of {one.name}'} does not run on any node"
            for one in (self.ca.workers if self.ca else ())
            if not one.alive
        ]


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """The processes of a host, as the one that watches them has told last.

    Attributes:
        running: whether each runs, by its name; None where that is not known.
        draining: whether all are about to end.
    """

    running: dict[str, bool] | None = None
    draining: bool = False

    def troubles(self) -> list[str]:
        """Why this host cannot do its work, or is not known to; empty where it can."""
        return [
            *(["this host is about to end"] if self.draining else []),
            *(["it is not known which processes run"] if self.running is None else []),
            *(f"{name} does not run" for name, runs in (self.running or {}).items() if not runs),
        ]
