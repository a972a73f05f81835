"""The settings of the enrolment page: other hosts reach it over TLS only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from lockgate_app.checks.finding import Severity
from lockgate_app.checks.web import check_web
from lockgate_app.settings.web import WebTable

SECRET = "rK1-secret-of-the-pages"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def table(settings: Mapping[str, object]) -> WebTable:
    return WebTable.model_validate({"secret": SECRET, **settings}, context={"base": Path("/nowhere")})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": "127.0.0.2"},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "0.0.0.0", "proxies": ["192.0.2.1"]},
        {"host": "ra.example", "tls_certificate": "ra.pem", "tls_key": "ra.key"},
    ],
)
def test_where_it_may_listen(settings: Mapping[str, object]) -> None:
    assert table(settings).host == settings.get("host", "127.0.0.1")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "ra.example", "localhost.example"])
def test_other_hosts_do_not_send_passwords_in_clear(host: str) -> None:
    with pytest.raises(ValidationError, match=f"other hosts reach {host}, and would send passwords in clear"):
        table({"host": host})


def test_the_check_warns_of_a_proxy_that_must_speak_tls() -> None:
    findings = list(
        check_web(Path("/nowhere/lockgate.toml"), table({"proxies": ["192.0.2.1"], "keystore_keys": []}), NOW)
    )
    told = {finding.text: finding.verdict for finding in findings}
    assert told["without tls_key: 192.0.2.1 must speak TLS to browsers and send X-Forwarded-Proto"] is Severity.WARNING
    assert told["it makes certificates, and no keystores"] is Severity.GOOD
