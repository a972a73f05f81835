"""What an HTTP server speaks TLS with: a key that nobody else reads, and a certificate that is valid now."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509

from lockgate_app.checks.files import check_private
from lockgate_app.checks.finding import Finding, good, warning, wrong
from lockgate_app.http import judge_tls
from lockgate_app.keys import read_first_certificate
from lockgate_app.settings.http import HttpTable

SOON = timedelta(days=7)
"""Before its end; many of these certificates live for weeks only, and programs renew them."""


def check_tls(subject: str, table: HttpTable, now: datetime) -> Iterator[Finding]:
    """The files for TLS, where the server has some.

    Args:
        now: UTC.

    Raises:
        ConfigurationError: they cannot be used.
    """
    if table.tls_certificate is None or table.tls_key is None:
        return
    yield from check_private(subject, table.tls_key)
    judge_tls(table)
    certificate = x509.load_der_x509_certificate(read_first_certificate(table.tls_certificate))
    yield _validity(subject, certificate, now)


def _validity(subject: str, certificate: x509.Certificate, now: datetime) -> Finding:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        return wrong(subject, f"its TLS certificate is not valid before {begin:%Y-%m-%d %H:%M} UTC")
    if now > end:
        return wrong(subject, f"its TLS certificate expired at {end:%Y-%m-%d %H:%M} UTC: clients refuse it")
    told = warning if end - now < SOON else good
    return told(subject, f"its TLS certificate is valid until {end:%Y-%m-%d %H:%M} UTC")
