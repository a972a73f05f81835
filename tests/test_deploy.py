"""What `deploy/` holds can be used: systemd accepts the units and finds them hardened, and the CA publishes no port."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.parts import needed_program

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
EXPOSURE = 2.0
INSTALLED = "/opt/lockgate/bin/lockgate"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit_and_finds_it_hardened(unit: Path, tmp_path: Path) -> None:
    analyze = needed_program("systemd-analyze", "systemd")
    here = tmp_path / unit.name
    text = unit.read_text()
    assert INSTALLED in text
    here.write_text(text.replace(INSTALLED, str(Path(sys.executable).with_name("lockgate"))))
    verified = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    threshold = ["security", "--offline=true", f"--threshold={round(EXPOSURE * 10)}"]
    judged = subprocess.run([analyze, *threshold, str(here)], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout
    found = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert found is not None
    assert float(found[1]) <= EXPOSURE


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.name)
def test_systemd_accepts_the_timer_of_a_unit(timer: Path, tmp_path: Path) -> None:
    analyze = needed_program("systemd-analyze", "systemd")
    service = timer.with_suffix(".service")
    for unit in (timer, service):
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, "/bin/true"))
    command = [analyze, "verify", str(tmp_path / timer.name)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_ca_accepts_no_connection_even_where_a_firewall_would_let_it() -> None:
    assert "\nSocketBindDeny=any\n" in (DEPLOY / "systemd" / "lockgate-ca.service").read_text()
    assert "SocketBindAllow" not in (DEPLOY / "systemd" / "lockgate-ca.service").read_text()


@pytest.fixture
def zones() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "container" / "compose.yaml").read_text())
    return found


def test_the_cas_network_publishes_no_port(zones: dict[str, Any]) -> None:
    assert zones["networks"]["ca"] == {"internal": True}
    beside = [service for service in zones["services"].values() if "ca" in service["networks"]]
    assert len(beside) == 2
    assert not [service for service in beside if service.keys() & {"ports", "expose", "network_mode"}]
    assert [name for name, service in zones["services"].items() if "ports" in service] == ["ra"]
    assert "exposed" not in zones["services"]["ca"]["networks"]


def test_a_container_that_writes_nowhere_else_has_room_for_what_monitoring_reads(zones: dict[str, Any]) -> None:
    ours = [service for service in zones["services"].values() if service["image"] == "lockgate"]
    assert [service["read_only"] for service in ours] == [True, True]
    assert [service["tmpfs"] for service in ours] == [["/tmp"], ["/tmp"]]


def test_what_the_compose_file_names_is_there(zones: dict[str, Any]) -> None:
    for service in zones["services"].values():
        assert set(service["networks"]) <= zones["networks"].keys()
        assert set(service.get("secrets", ())) <= zones["secrets"].keys()
        assert set(service.get("depends_on", ())) <= zones["services"].keys()
        named = [volume.partition(":")[0] for volume in service["volumes"]]
        assert {name for name in named if not name.startswith(".")} <= zones["volumes"].keys()
    build = zones["services"]["ra"]["build"]
    context = (DEPLOY / "container" / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).is_file()


def test_what_the_image_is_built_of_is_there() -> None:
    copies = re.findall(r"^COPY (?!--)(.+) \S+$", (DEPLOY / "container" / "Containerfile").read_text(), re.MULTILINE)
    sources = [source for copy in copies for source in copy.split()]
    assert {"pyproject.toml", "app"} <= set(sources)
    assert not [source for source in sources if not (ROOT / source).exists()]
