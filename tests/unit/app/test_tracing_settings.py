"""`[tracing]`: which collectors can be named, and what is said where one cannot be used."""

from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.container import tracing
from lockgate_app.container.tracing import collector
from lockgate_app.settings import load
from lockgate_app.settings.tracing import TracingTable
from tests.unit.app.test_settings import CA, RA

ENDPOINT = "https://collector.example.org:4318/v1/traces"


def table(tmp_path: Path, more: str = "", endpoint: str = ENDPOINT, zone: str = CA) -> TracingTable:
    path = tmp_path / "lockgate.toml"
    path.write_text(f'{zone}\n[tracing]\nendpoint = "{endpoint}"\n{more}\n')
    found = load(path).tracing
    assert found is not None
    return found


@pytest.mark.parametrize("zone", [CA, RA])
def test_a_collector_needs_its_url_alone(tmp_path: Path, zone: str) -> None:
    found = table(tmp_path, zone=zone)
    assert (found.headers, found.sample) == ({}, 1)
    collector(found)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("sample = 1.5", "tracing.sample: must be at most 1"),
        ("sample = -0.1", "tracing.sample: must be at least 0"),
        ('headers = { "two words" = "x" }', "may hold letters, digits, dots, hyphens and underscores only"),
        ("headers = { Authorization = 3 }", "must be a secret in quotes"),
        ("timeout = 0", "tracing.timeout: must be at least 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, more: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        table(tmp_path, more)


def test_a_header_that_cannot_be_sent_is_named_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the collector's header Authorization has printable ASCII") as caught:
        collector(table(tmp_path, 'headers = { Authorization = "schlüsselblume\\r\\nX: 1" }'))
    assert "blume" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["https://", "https://somebody:quendelkraut@collector.example.org/"])
def test_what_is_no_url_of_a_collector_is_refused(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="this is no URL of a collector") as caught:
        collector(table(tmp_path, endpoint=endpoint))
    assert "quendelkraut" not in str(caught.value)


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'lockgate\[tracing\]'"):
        collector(table(tmp_path))
