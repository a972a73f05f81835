"""The enrolment page of an RA host: its secret, and what protects passwords on the way."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lockgate_app.checks.files import check_private, check_secret
from lockgate_app.checks.finding import Finding, good, guarded, warning
from lockgate_app.container.enrolments import transaction_sealer
from lockgate_app.fronts import FRONTS
from lockgate_app.http import judge_tls
from lockgate_app.settings.web import WebTable

SUBJECT = "enrolment page"


def check_web(path: Path, table: WebTable) -> Iterator[Finding]:
    """Every rule about the table `[web]` of the configuration `path`."""
    yield from guarded(SUBJECT, partial(_server, path, table))


def _server(path: Path, table: WebTable) -> Iterator[Finding]:
    yield from check_secret(SUBJECT, table.secret, path)
    transaction_sealer(FRONTS["web"].protocol, table)
    if table.tls_key is not None:
        yield from check_private(SUBJECT, table.tls_key)
    judge_tls(table)
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
