"""The facts about a host as people read them: a table for each kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from lockgate_app.health.facts import CaFacts, HostFacts, QueueFacts
from lockgate_app.words import Facts

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Section:
    """A table.

    Attributes:
        rows: all with the same keys.
    """

    title: str
    rows: Sequence[Facts]


def document(facts: HostFacts) -> Facts:
    """The facts for programs; times are in seconds."""
    troubles = [*facts.troubles(), *facts.idle()]
    return {"ready": not troubles, "troubles": troubles, **asdict(facts)}


def sections(facts: HostFacts) -> Iterator[Section]:
    """The facts for people."""
    yield Section("messages", [_queue(name, queue) for name, queue in facts.queues.items()])
    if facts.ca is not None:
        yield from _ca(facts.ca)
    keystores = [{"keystore": store.name, "ends in": span(store.seconds_left)} for store in facts.keystores]
    yield Section("keystores", keystores)


def span(seconds: float | None) -> str:
    """A time in its largest unit, rounded down; empty where it is not known."""
    if seconds is None:
        return ""
    whole, sign = int(abs(seconds)), "-" if seconds < 0 else ""
    size, unit = next((each for each in _UNITS if whole >= each[0]), _UNITS[-1])
    return f"{sign}{whole // size} {unit}"


def _queue(name: str, queue: QueueFacts | None) -> Facts:
    counts = ("waiting", "due", "in_process", "set_aside")
    shown: Mapping[str, object] = {} if queue is None else {count: getattr(queue, count) for count in counts}
    return {
        "data source": name,
        "answers": queue is not None,
        **{count: shown.get(count) for count in counts},
        "oldest waits": None if queue is None else span(queue.oldest_seconds),
        "overdue": None if queue is None else span(queue.overdue_seconds),
    }


def _ca(ca: CaFacts) -> Iterator[Section]:
    workers = [
        {"worker": one.name, "data source": one.data_source, "runs": one.alive, "lease changes": one.lease_changes}
        for one in ca.workers
    ]
    yield Section("workers", workers)
    authorities = [
        {
            "CA": one.name,
            "active": one.active,
            "certificate ends in": span(one.certificate_seconds_left),
            "CRL age": span(one.crl_age_seconds),
            "CRL ends in": span(one.crl_seconds_left),
        }
        for one in ca.authorities
    ]
    yield Section("CAs", authorities)
    issuers = [
        {"issuer": one.name, "under way": one.under_way, "in doubt": one.in_doubt, "overdue": span(one.overdue_seconds)}
        for one in ca.issuers
    ]
    yield Section("remote issuers", issuers)
    answers = [
        {"data source": one.data_source, "last round": span(one.round_age_seconds), "overdue": one.overdue}
        for one in ca.ocsp_answers
    ]
    yield Section("OCSP answers", answers)
    yield Section("CA database", [{"octets": ca.octets, "journal entries": ca.journal_entries}])
