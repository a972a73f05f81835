"""The facts about a host as metrics for Prometheus, in a registry of their own.

Labels hold names from the configuration and from the CA's own database, and members of enumerations: nothing that a
client or a message database has chosen, so that nobody else can add time series.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lockgate.administration.observations import NewEntries
from lockgate.audit import REFUSALS, Event
from lockgate.reasons import Reason
from lockgate_app.health.facts import (
    AnswerFacts,
    AuthorityFacts,
    CaFacts,
    HostFacts,
    IssuerFacts,
    ProcessFacts,
    QueueFacts,
)
from lockgate_app.health.refusals import OTHER, reason_label

Samples = Iterable[tuple[tuple[str, ...], float | None]]


class Recordings:
    """The audit log's entries, counted since this process began; for one thread."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter(dict.fromkeys(map(str, Event), 0))
        self.refusals: Counter[str] = Counter(dict.fromkeys((*map(str, Reason), OTHER), 0))

    def count(self, new: NewEntries) -> None:
        """Count these, too."""
        for entry in new.entries:
            if entry.event is not None:
                self.events[str(entry.event)] += 1
            if entry.event in REFUSALS:
                self.refusals[reason_label(entry.reason)] += 1


class HostCollector(Collector):
    """The facts at the moment when they are asked for.

    Args:
        facts: about the host; processes: about its processes.
        recordings: None on an RA's host.
    """

    def __init__(
        self,
        facts: Callable[[], HostFacts],
        processes: Callable[[], ProcessFacts],
        recordings: Recordings | None,
    ) -> None:
        self._facts, self._processes, self._recordings = facts, processes, recordings

    def collect(self) -> Iterator[Metric]:
        """Every metric but the durations."""
        facts, processes = self._facts(), self._processes()
        ready = not facts.troubles() and not processes.troubles()
        yield _gauge("ready", "Whether this host can do its work.", (), [((), ready)])
        running = [((name,), float(runs)) for name, runs in (processes.running or {}).items()]
        yield _gauge("process_up", "Whether the process runs.", ("process",), running)
        yield from _databases(facts)
        yield from _queues(facts.queues)
        yield from _keystores(facts)
        if facts.ca is not None:
            yield from _ca(facts.ca)
        if self._recordings is not None:
            yield from _recorded(self._recordings)


def exposition(collector: HostCollector, durations: Path | None) -> Callable[[], bytes]:
    """What gives the text for Prometheus.

    Args:
        durations: where the host's processes leave what they have measured; None for nowhere.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    if durations is not None:
        MultiProcessCollector(registry, str(durations))  # type: ignore[no-untyped-call]
    return lambda: generate_latest(registry)


def _gauge(name: str, text: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    family = GaugeMetricFamily(f"lockgate_{name}", text, labels=labels)
    for values, number in samples:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def _counter(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"lockgate_{name}", text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], float(count))
    return family


def _databases(facts: HostFacts) -> Iterator[Metric]:
    up = {f"data source {name}": queue is not None for name, queue in facts.queues.items()}
    if facts.is_ca:
        up["CA database"] = facts.ca is not None
    samples = [((name,), float(answers)) for name, answers in up.items()]
    yield _gauge("database_up", "Whether the database has answered.", ("database",), samples)


QUEUES: Mapping[str, tuple[str, Callable[[QueueFacts], float]]] = {
    "messages_due": ("Messages that a worker should take up now.", lambda queue: queue.due),
    "messages_oldest_seconds": ("Age of the oldest message that waits.", lambda queue: queue.oldest_seconds),
    "messages_overdue_seconds": ("How long a message that is due has been due.", lambda queue: queue.overdue_seconds),
}
STATUSES: Mapping[str, Callable[[QueueFacts], float]] = {
    "waiting": lambda queue: queue.waiting,
    "in_process": lambda queue: queue.in_process,
    "set_aside": lambda queue: queue.set_aside,
}


def _queues(queues: Mapping[str, QueueFacts | None]) -> Iterator[Metric]:
    known = {name: queue for name, queue in queues.items() if queue is not None}
    by_status = [((name, word), count(queue)) for name, queue in known.items() for word, count in STATUSES.items()]
    yield _gauge("messages", "Messages that are not answered.", ("data_source", "status"), by_status)
    for metric, (text, value) in QUEUES.items():
        yield _gauge(metric, text, ("data_source",), [((name,), value(queue)) for name, queue in known.items()])


def _keystores(facts: HostFacts) -> Iterator[Metric]:
    up = [((store.name,), float(store.seconds_left is not None)) for store in facts.keystores]
    left = [((store.name,), store.seconds_left) for store in facts.keystores]
    yield _gauge("keystore_up", "Whether the keystore, or the certificate's file, can be opened.", ("keystore",), up)
    yield _gauge("keystore_seconds_left", "Until the keystore's certificate ends.", ("keystore",), left)


AUTHORITIES: Mapping[str, tuple[str, Callable[[AuthorityFacts], float | None]]] = {
    "ca_active": ("Whether the CA signs.", lambda ca: ca.active),
    "ca_certificate_seconds_left": ("Until the CA's certificate ends.", lambda ca: ca.certificate_seconds_left),
    "crl_age_seconds": ("Since the CA's last full CRL was issued.", lambda ca: ca.crl_age_seconds),
    "crl_seconds_left": ("Until the CA's last full CRL ends.", lambda ca: ca.crl_seconds_left),
}
ANSWERS: Mapping[str, tuple[str, Callable[[AnswerFacts], float | None]]] = {
    "ocsp_round_overdue_seconds": (
        "For how long a round that leaves no OCSP answer due has been overdue.",
        lambda one: one.round_overdue_seconds,
    ),
    "ocsp_answers_overdue": ("Certificates whose OCSP answer has been due for long.", lambda one: one.overdue),
}
OPERATIONS: Mapping[str, Callable[[IssuerFacts], float]] = {
    "under_way": lambda issuer: issuer.under_way,
    "in_doubt": lambda issuer: issuer.in_doubt,
}


def _ca(ca: CaFacts) -> Iterator[Metric]:
    yield _gauge("ca_database_octets", "Size of the CA's database.", (), [((), ca.octets)])
    yield _gauge("journal_entries", "About how many verdicts the journal keeps.", (), [((), ca.journal_entries)])
    for metric, (text, value) in AUTHORITIES.items():
        yield _gauge(metric, text, ("ca",), [((one.name,), value(one)) for one in ca.authorities])
    for metric, (text, told) in ANSWERS.items():
        yield _gauge(metric, text, ("data_source",), [((one.data_source,), told(one)) for one in ca.ocsp_answers])
    up = [((worker.name, worker.data_source), float(worker.alive)) for worker in ca.workers]
    yield _gauge("worker_up", "Whether a process holds the worker's lease.", ("worker", "data_source"), up)
    changes = {worker.name: worker.lease_changes for worker in ca.workers}
    yield _counter("lease_changes", "How often the lease was taken or given back.", "worker", changes)
    yield from _issuers(ca.issuers)


def _issuers(issuers: Iterable[IssuerFacts]) -> Iterator[Metric]:
    open_ = [((issuer.name, word), count(issuer)) for issuer in issuers for word, count in OPERATIONS.items()]
    late = [((issuer.name,), issuer.overdue_seconds) for issuer in issuers]
    yield _gauge("operations", "Operations at remote issuers that have not ended.", ("issuer", "status"), open_)
    yield _gauge("operations_overdue_seconds", "How long an operation that is due has been due.", ("issuer",), late)


def _recorded(recordings: Recordings) -> Iterator[Metric]:
    yield _counter("audit_events", "Entries of the audit log since this process began.", "event", recordings.events)
    yield _counter("refusals", "Refusals among them, by reason.", "reason", recordings.refusals)
