"""The enrolment page of an RA host: its secret, and what protects passwords on the way."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from lockgate_app.checks.files import check_secret
from lockgate_app.checks.finding import Finding, good, guarded, warning
from lockgate_app.checks.tls import check_tls
from lockgate_app.container.enrolments import transaction_sealer
from lockgate_app.fronts import FRONTS
from lockgate_app.settings.web import WebTable

SUBJECT = "enrolment page"


def check_web(path: Path, table: WebTable, now: datetime) -> Iterator[Finding]:
    """Every rule about the table `[web]` of the configuration `path`.

    Args:
        now: UTC.
    """
    yield from guarded(SUBJECT, partial(_server, path, table, now))


def _server(path: Path, table: WebTable, now: datetime) -> Iterator[Finding]:
    yield from check_secret(SUBJECT, table.secret, path)
    transaction_sealer(FRONTS["web"].protocol, table)
    yield from check_tls(SUBJECT, table, now)
    yield _reached(table)
    keys = ", ".join(table.keystore_keys)
    yield good(SUBJECT, f"keystores can have keys of {keys}" if keys else "it makes certificates, and no keystores")


def _reached(table: WebTable) -> Finding:
    if table.tls_key is not None:
        return good(SUBJECT, "it speaks TLS")
    if table.proxies:
        told = f"without tls_key: {', '.join(table.proxies)} must speak TLS to browsers and send X-Forwarded-Proto"
        return warning(SUBJECT, told)
    return good(SUBJECT, "without tls_key: it answers browsers on this host only")
