"""Work that nobody does: messages that wait where no worker runs, and operations that no runner takes up."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from lockgate.errors import LockgateError
from lockgate_app.checks.finding import Finding, good, warning
from lockgate_app.container.ca_health import ca_readings
from lockgate_app.container.health import queue_readings
from lockgate_app.health.facts import CaFacts, IssuerFacts, QueueFacts
from lockgate_app.health.sections import span
from lockgate_app.settings import CaZone

LATE = 300.0
"""Seconds after which an operation that is due should have been taken up, whatever calls are under way."""


def check_work(zone: CaZone) -> Iterator[Finding]:
    """Every data source and remote issuer. What a database that does not answer holds is not known.

    Raises:
        LockgateError: the CA's database does not answer, or the settings of a database cannot be used.
    """
    with queue_readings(zone.data_sources) as queues, ca_readings(zone) as readings:
        if readings.ca is None:
            return
        ca = readings.ca()
        for name, read in queues.items():
            with suppress(LockgateError):  # which another check reports
                yield _queue(name, read(), ca)
        runs = {worker.name: worker.alive for worker in ca.workers}
        for issuer in ca.issuers:
            yield from _issuer(issuer, runs)


def _queue(name: str, queue: QueueFacts, ca: CaFacts) -> Finding:
    subject, runs = f"data source {name}", any(one.alive for one in ca.workers if one.data_source == name)
    if queue.due and not runs:
        text = f"messages that are due: {queue.due}, one for {span(queue.overdue_seconds)}; and no worker of it runs"
        return warning(subject, f"{text}: start `lockgate serve`, or see why it does not run")
    worker = "a worker of it runs" if runs else "no worker of it runs"
    return good(subject, f"messages that are due: {queue.due}; {worker}")


def _issuer(issuer: IssuerFacts, runs: Mapping[str, bool]) -> Iterator[Finding]:
    if issuer.overdue_seconds < LATE:
        return
    text = f"an operation has been due for {span(issuer.overdue_seconds)}"
    if runs.get(issuer.name):
        text += (
            f": its runner runs, so its calls hang; `lockgate issuer test {issuer.name}` asks whether its CA answers"
        )
    else:
        text += " and no runner of it runs: start `lockgate serve`, or see why it does not run"
    yield warning(f"issuer {issuer.name}", text)
