"""What a host runs by its configuration, which changes concern whom, and what the service manager is told."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import cast

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.serving.lives import SERVER_DIED, Life, end_all
from lockgate_app.serving.notifying import Notifier
from lockgate_app.serving.plan import Plan, whole_plan, worker_plan
from lockgate_app.serving.preloading import modules
from lockgate_app.serving.supervisor import LONGEST_PAUSE, pause_after
from lockgate_app.serving.wishes import Wishes
from lockgate_app.settings import load, load_ca

CA = """
instance = "test"
[ca]
key_encryption_secret = "of sixteen octets"
[ca.database]
url = "sqlite:///ca.db"
[ca.issuers.backend]
kind = "elsewhere"
[data_sources.One]
url = "sqlite:///one.db"
[data_sources.Two]
url = "sqlite:///two.db"
[workers.one]
persistenceunit = "One"
keystore.path = "one.p12"
keystore.pwd = "einsame-Palme"
processes = 2
[workers.two]
persistenceunit = "Two"
keystore.path = "two.p12"
keystore.pwd = "zweite-Palme"
[crls]
directory = "crl"
[notices.webhook]
url = "https://hooks.example.org/lockgate"
[cmp]
keyStorePath = "cmp.p12"
keyStorePassword = "dritte-Palme"
[cmp.direct]
[cmp.alias.cmp]
defaultCA = "ManagementCA"
certificateProfile = "ENDUSER"
entityProfile = "EMPTY"
"""
ALL = {"worker one", "worker one#2", "worker two", "issuer backend", "CRLs", "notices", "CMP service"}
WORKERS = {"worker one", "worker one#2", "worker two"}


def planned(directory: Path, text: str = CA) -> Plan:
    path = directory / "lockgate.toml"
    path.write_text(text)
    return whole_plan(load(path))


def test_a_ca_node_runs_all_that_is_configured(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert plan.keys() == ALL
    assert plan["CMP service"].place == ("0.0.0.0", 8080)


def test_each_data_source_with_ocsp_answers_has_a_process(tmp_path: Path) -> None:
    plan = planned(tmp_path, f'{CA}[ocsp]\ndata_sources = ["One", "Two", "One"]\n')
    assert plan.keys() == {*ALL, "OCSP answers One", "OCSP answers Two"}
    zone = plan["OCSP answers Two"].zone
    assert (zone.ocsp.data_sources, set(zone.data_sources)) == (["Two"], {"Two"})  # type: ignore[union-attr]


def test_a_worker_in_two_processes_has_two_leases(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    names = [plan[key].name for key in ("worker one", "worker one#2")]
    assert names == ["one", "one#2"]
    for name in names:
        zone = plan[f"worker {name}"].zone
        assert zone.workers[name].data_source == "One"  # type: ignore[union-attr]
        assert set(zone.workers) == {name}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ('instance = "test"', 'instance = "test"\nnode = "same"', ALL),
        ("sqlite:///one.db", "sqlite:///other.db", {"worker one", "worker one#2"}),
        ("processes = 2", "processes = 2\nbatch = 3", {"worker one", "worker one#2"}),
        ("processes = 2", "processes = 3", {"worker one#3"}),
        ('"two.p12"', '"next.p12"', {"worker two"}),
        ('"elsewhere"', '"nowhere"', {"issuer backend"}),
        ('"crl"', '"crls"', {"CRLs"}),
        ("[cmp.direct]", "[cmp.direct]\nport = 8081", {"CMP service"}),
        ('"cmp.p12"', '"next.p12"', {*WORKERS, "CMP service"}),
        ("[crls]", "[approvals]\nvalidity = 60\n[crls]", {*WORKERS, "CMP service"}),
        ('"of sixteen octets"', '"of other sixteen octets"', ALL),
    ],
)
def test_a_change_concerns_those_that_work_by_it(tmp_path: Path, old: str, new: str, changed: set[str]) -> None:
    before = planned(tmp_path, CA.replace('instance = "test"', 'instance = "test"\nnode = "node"'))
    assert old in CA
    text = CA.replace(old, new)
    after = planned(tmp_path, text if "node" in new else text.replace('= "test"', '= "test"\nnode = "node"'))
    assert {key for key, job in after.items() if before.get(key) != job} == changed


def test_a_file_that_was_replaced_is_a_change(tmp_path: Path) -> None:
    keystore = tmp_path / "one.p12"
    keystore.write_bytes(b"one")
    before = planned(tmp_path)
    assert planned(tmp_path) == before
    keystore.write_bytes(b"another")
    assert {key for key, job in planned(tmp_path).items() if before[key] != job} == {"worker one", "worker one#2"}


def test_only_workers_and_runners_are_the_command_workers(tmp_path: Path) -> None:
    planned(tmp_path)
    zone = load_ca(tmp_path / "lockgate.toml")
    assert worker_plan(zone, ["one", "backend"]).keys() == {"worker one", "worker one#2", "issuer backend"}


def test_a_host_without_anything_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing is configured"):
        planned(tmp_path, CA[: CA.index("[ca.issuers")])


def test_pauses_grow_to_a_minute() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 7, 50)] == [1, 2, 4, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_reload_that_is_asked_for_while_another_begins_is_another_one() -> None:
    wishes = Wishes()
    assert not wishes.take_reload()
    wishes.reload()
    wishes.reload()
    assert wishes.take_reload()
    wishes.reload()
    assert wishes.take_reload()
    assert not wishes.take_reload()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's socket, and its name in NOTIFY_SOCKET."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@lockgate-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name if request.param == "path" else f"\0{name[1:]}")
        manager.setblocking(False)
        yield manager, name


def test_what_a_service_manager_is_told(manager: tuple[socket.socket, str]) -> None:
    at, name = manager
    now = [5_000_000_000]
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "4000000"}, lambda: now[0])
    notifier.ready()
    notifier.reloading()
    notifier.status("2 of 2 processes run")
    notifier.status("2 of 2 processes run")
    notifier.alive()
    notifier.alive()
    now[0] += 2_000_000_000
    notifier.alive()
    notifier.stopping()
    told = ["READY=1", "RELOADING=1\nMONOTONIC_USEC=5000000", "STATUS=2 of 2 processes run"]
    assert [at.recv(999).decode() for _ in range(6)] == [*told, "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]
    with pytest.raises(BlockingIOError):
        at.recv(999)


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}]
)
def test_without_a_watchdog_nobody_waits_for_it(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.alive()
    assert notifier.pause is None


FORKED = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from cryptography.hazmat.primitives.asymmetric import ec
ec.generate_private_key(ec.SECP256R1())  # what draws from OpenSSL before the fork
assert len(os.listdir("/proc/self/task")) == 1
for _ in range(2):
    if os.fork() == 0:
        print(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value, flush=True)
        os._exit(0)
    os.wait()
"""


def test_processes_forked_from_one_server_share_no_random_numbers_and_the_server_has_one_thread(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKED, *modules(planned(tmp_path).values())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = done.stdout.split()
    assert first != second


class DeadServer:
    """What starts processes has died: the start ends as `multiprocessing` ends it then."""

    name = "dead"

    def Process(self, **_: object) -> "DeadServer":  # noqa: N802  (its name)
        return self

    def start(self) -> None:
        raise EOFError


def test_a_start_that_the_server_does_not_survive_counts_as_a_death(tmp_path: Path) -> None:
    job = planned(tmp_path)["CRLs"]
    life = Life(cast("ForkServerContext", DeadServer()), job, (), 0)
    assert wait(life.waitable, 0)
    life.look()
    assert (life.prepared, life.exit_code) == (False, SERVER_DIED)
    life.go()
    end_all([life])
