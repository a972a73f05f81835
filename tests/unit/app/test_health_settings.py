"""`[health]`: nothing listens without it, and nobody else is let in by accident."""

from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.settings import load
from tests.unit.app.test_settings import CA, RA


def health(tmp_path: Path, text: str, zone: str = CA) -> tuple[str, int] | None:
    path = tmp_path / "lockgate.toml"
    path.write_text(zone + text)
    table = load(path).health
    return None if table is None else (table.host, table.port)


@pytest.mark.parametrize("zone", [CA, RA])
def test_without_the_table_nothing_listens_and_by_default_on_this_host_alone(tmp_path: Path, zone: str) -> None:
    assert health(tmp_path, "", zone) is None
    assert health(tmp_path, "\n[health]\n", zone) == ("127.0.0.1", 9464)


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464", "[2001:db8::1]:9464"])
def test_an_address_that_others_reach_must_be_wanted(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigurationError, match=r"other hosts reach .* exposed = true"):
        health(tmp_path, f'\n[health]\nlisten = "{listen}"\n')
    assert health(tmp_path, f'\n[health]\nlisten = "{listen}"\nexposed = true\n') is not None


@pytest.mark.parametrize("listen", ["[::1]:9464", "127.0.0.2:9464"])
def test_any_address_of_this_host_alone_will_do(tmp_path: Path, listen: str) -> None:
    assert health(tmp_path, f'\n[health]\nlisten = "{listen}"\n') is not None


@pytest.mark.parametrize("listen", ["9464", "localhost:9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1"])
def test_what_is_no_address_and_port_is_refused(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigurationError, match="is no IP address and port"):
        health(tmp_path, f'\n[health]\nlisten = "{listen}"\n')
