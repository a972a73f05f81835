"""The CMP proxy of an RA host: its secrets, whom it lets through, and the CRLs by which it judges."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from lockgate_app.checks.files import check_secret
from lockgate_app.checks.finding import Finding, good, guarded, warning, wrong
from lockgate_app.checks.tls import check_tls
from lockgate_app.container.cmp_checks import crl_files, issuer_certificates
from lockgate_app.settings.cmp_http import CmpHttpTable
from lockgate_app.settings.cmp_proxy import CmpProxyTable

MIN_SECRET = 16
"""Octets of a shared secret below which it is easily guessed from a recorded message."""


def check_cmp_http(subject: str, table: CmpHttpTable, now: datetime) -> Iterator[Finding]:
    """What serves CMP over HTTP.

    Args:
        now: UTC.

    Raises:
        ConfigurationError: the files for TLS cannot be used.
    """
    yield from check_tls(subject, table, now)
    if table.waiting_in_all > table.connections_in_all:
        number = f"waiting_in_all = {table.waiting_in_all}"
        yield warning(subject, f"{number}: only {table.connections_in_all} can, for want of connections")


def check_cmp_proxy(path: Path, table: CmpProxyTable, now: datetime) -> Iterator[Finding]:
    """Every rule about the table `[cmp]` of the configuration `path`.

    Args:
        now: UTC.
    """
    yield from guarded("CMP", partial(check_cmp_http, "CMP", table, now))
    yield from guarded("CMP", partial(_secrets, path, table))
    yield from guarded("CMP", partial(_issuers, table, now))
    if table.aliases and table.default_alias not in table.aliases:
        told = f"default_alias: {table.default_alias} is not among the aliases: /.well-known/cmp refuses every message"
        yield warning("CMP", told)
    if table.aliases:
        yield good("CMP", f"messages pass for {', '.join(table.aliases)}")
    else:
        yield good("CMP", "messages pass for every alias: the CA says which ones this RA may deliver")


def _secrets(path: Path, table: CmpProxyTable) -> Iterator[Finding]:
    for reference, secret in table.secrets.items():
        subject = f"CMP secret {reference}"
        yield from check_secret(subject, secret, path)
        if len(secret.reveal().encode()) < MIN_SECRET:
            yield warning(subject, f"shorter than {MIN_SECRET} octets, and so easily guessed")
    if table.hmac_sha1:
        yield warning("CMP", "hmac_sha1 = true: MACs with SHA-1 are accepted")


def _issuers(table: CmpProxyTable, now: datetime) -> Iterator[Finding]:
    """The CAs whose certificates sign messages, and their CRLs.

    Raises:
        ConfigurationError: a file cannot be used.
    """
    issuers, files = issuer_certificates(table), crl_files(table)
    if issuers and files is None:
        yield warning("CMP", "trusted_issuers without crls: revoked certificates pass the proxy")
    for crl, found in zip(table.crls, files.current() if files else (), strict=True):
        end = f"{found.facts.next_update:%Y-%m-%d %H:%M} UTC"
        current = found.is_current(now)
        yield good("CMP", f"{crl.name} counts until {end}") if current else wrong("CMP", f"{crl} counted until {end}")
