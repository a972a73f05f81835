"""Who takes traces by the table `[tracing]`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from lockgate_app.checks.files import check_secret
from lockgate_app.checks.finding import Finding, good, guarded
from lockgate_app.container.tracing import collector
from lockgate_app.settings.tracing import TracingTable

SUBJECT = "tracing"


def check_tracing(path: Path, table: TracingTable | None) -> Iterator[Finding]:
    """Whether traces can be made, and the secrets of the headers are kept; nothing is sent.

    Args:
        path: the configuration's.
    """
    if table is not None:
        yield from guarded(SUBJECT, partial(_collector, path, table))


def _collector(path: Path, table: TracingTable) -> Iterator[Finding]:
    for secret in table.headers.values():
        yield from check_secret(SUBJECT, secret, path)
    collector(table)
    yield good(SUBJECT, f"traces of {table.sample * 100:g} % of the messages go to {urlsplit(table.endpoint).hostname}")
