"""How the command starts: it imports what it needs and no more, and Ctrl-C ends it without a traceback."""

import importlib
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer

from lockgate_app.cli.commands import COMMANDS, defined
from lockgate_app.deployment import Deployment
from lockgate_app.keys import new_key, new_request
from tests.integration.app.commands import LOCKGATE, PATIENCE

LIGHT = 300
"""Modules that `--version` may load, Python's own and those of its environment included."""
HEAVY = {
    "alembic", "asn1crypto", "cryptography", "dependency_injector", "lockgate_ca_backend", "lockgate_persistence",
    "lockgate_transport", "msgspec", "pydantic", "sqlalchemy", "starlette", "structlog", "tenacity", "uvicorn",
}  # fmt: skip
UNNEEDED_BY_A_WORKER = {"alembic", "ibm_db", "oracledb", "psycopg", "pymysql", "ruamel", "tomli_w", "uvicorn"}
PARTS_UNNEEDED_BY_A_WORKER = (
    "lockgate_transport.cmp.service", "lockgate_issuers", "lockgate_app.issuers", "lockgate_app.serving.supervisor",
)  # fmt: skip
"""Where there is no CMP, no remote issuer, and one worker."""
UNNEEDED_BY_A_REQUEST = UNNEEDED_BY_A_WORKER | {"gmpy2", "pygments", "rich", "structlog"}
OTHER_DIALECTS = ("sqlalchemy.dialects.mysql", "sqlalchemy.dialects.oracle", "sqlalchemy.dialects.postgresql")
"""Where the databases are SQLite."""
ADDED = (
    "import sys; before = {*sys.modules, *sys.builtin_module_names}; import lockgate_app.cli.main;"
    " print(*sorted({*sys.modules} - before))"
)
REPORT = (
    "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n'));"
    " from lockgate_app.cli.main import main; main()"
)
INTERRUPTED_AT_IMPORT = """
import os, signal, sys

def interrupt(event, arguments):
    if event == "import" and arguments[0] == {module!r} and {where}:
        {kill}

sys.addaudithook(interrupt)
"""
"""A `sitecustomize`: Ctrl-C in the middle of an import."""
OWN_MEMORY = """
import os, sys
from pathlib import Path
from lockgate_app.serving.first_uses import use_all

def own():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Dirty", "Private_Clean")))

if sys.argv[1] == "before":
    use_all()
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
own()
before = own()
use_all()
print(own() - before)
"""
"""Prints how many KB a process takes for itself that makes the first uses, having been forked before or after the first
uses."""
REQUEST_TYPES_KNOWN = """
import sys
import lockgate_app.serving.frozen
from lockgate_app.request_types import installed_request_types

def refuse(event, arguments):
    if event == "open" and ".dist-info" in str(arguments[0]):
        sys.exit(f"reads {arguments[0]}")

sys.addaudithook(refuse)
installed_request_types()
"""
"""What a process that is forked from the server finds."""
CHILD = "'multiprocessing.forkserver' in ' '.join(sys.orig_argv)"


def modules(*arguments: str) -> list[str]:
    """What one run of the command has imported."""
    done = subprocess.run([sys.executable, "-c", REPORT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2, 3), done.stderr
    return done.stdout.split()


def packages(*arguments: str) -> set[str]:
    return {name.partition(".")[0] for name in modules(*arguments)}


def interruptible() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(folder: Path, module: str, *, where: str, kill: str) -> Mapping[str, str]:
    """Where Python runs `kill` as soon as it imports `module`."""
    (folder / "sitecustomize.py").write_text(INTERRUPTED_AT_IMPORT.format(module=module, where=where, kill=kill))
    return {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_only_tells_imports_nothing_heavy(option: str) -> None:
    assert packages(option) & HEAVY == set()


def test_the_version_is_told_with_few_modules() -> None:
    assert len(modules("--version")) <= LIGHT


def test_an_ra_hosts_command_imports_nothing_of_the_ca(deployment: Deployment) -> None:
    found = modules("--config", str(deployment.ra_config), "request", "list")
    assert "sqlalchemy" in found
    ours = {name for name in found if name.startswith("lockgate_ca_backend.")}
    assert ours <= {"lockgate_ca_backend.migrations"}
    assert not {"alembic", "uvicorn", "psycopg", "pymysql", "lockgate.enrolment.enrolments"} & {*found}


def test_a_request_loads_nothing_that_it_does_not_need(deployment: Deployment, tmp_path: Path) -> None:
    options = {"username": "alice", "subject-dn": "CN=alice", "ca": "ManagementCA", "csr": str(tmp_path / "alice.csr")}
    options |= {"end-entity-profile": "EMPTY", "certificate-profile": "ENDUSER", "output": str(tmp_path / "alice.pem")}
    (tmp_path / "alice.csr").write_bytes(new_request(new_key(), "alice"))
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    found = modules("--config", str(deployment.ra_config), "request", "pkcs10", *given, "--wait", "0")
    assert "lockgate_persistence.migrations" in found
    assert {name.partition(".")[0] for name in found} & UNNEEDED_BY_A_REQUEST == set()
    assert not {name for name in found if name.startswith(OTHER_DIALECTS)}


def test_a_worker_loads_nothing_that_it_does_not_need(deployment: Deployment) -> None:
    found = modules("--config", str(deployment.ca_config), "worker", "--once")
    assert "lockgate_ca_backend.registry.unit_of_work" in found
    assert {name.partition(".")[0] for name in found} & UNNEEDED_BY_A_WORKER == set()
    assert not {name for name in found if name.startswith((*OTHER_DIALECTS, *PARTS_UNNEEDED_BY_A_WORKER))}


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells which memory is shared")
def test_forked_processes_share_the_algorithms() -> None:
    taken = {
        when: int(subprocess.run([sys.executable, "-c", OWN_MEMORY, when], capture_output=True, check=True).stdout)
        for when in ("before", "after")
    }
    assert taken["before"] < taken["after"] / 2


def test_forked_processes_read_no_packages_metadata() -> None:
    done = subprocess.run([sys.executable, "-c", REQUEST_TYPES_KNOWN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_with_lines_of_structlog_configures_them() -> None:
    """Others leave that to the first line, which must not come from structlog then."""
    for name in COMMANDS:
        module = f"lockgate_app.cli.{COMMANDS[name][0].partition(':')[0]}"
        if not hasattr(importlib.import_module(module), "configure_logs"):
            program = f"import sys, {module}; sys.exit('structlog' in sys.modules)"
            assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0, name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_of_itself(name: str) -> None:
    found = defined(name)
    said = found.info.help if isinstance(found, typer.Typer) else (found.__doc__ or "").partition("\n\n")[0]
    assert COMMANDS[name][1] == said


def test_nothing_is_imported_before_ctrl_c_is_seen_to() -> None:
    done = subprocess.run([sys.executable, "-c", ADDED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "lockgate_app",
        "lockgate_app.cli",
        "lockgate_app.cli.interrupts",
        "lockgate_app.cli.main",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["typer", "structlog", "sqlalchemy", "pydantic_core"])
def test_a_signal_in_the_middle_of_an_import_ends_the_command_quietly(
    module: str, number: signal.Signals, deployment: Deployment, tmp_path: Path
) -> None:
    kill = f"os.kill(os.getpid(), {int(number)})"
    done = subprocess.run(
        [LOCKGATE, "--config", str(deployment.ca_config), "check"],
        env=environment(tmp_path, module, where="True", kill=kill),
        preexec_fn=interruptible,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    told = {signal.SIGINT: (130, "lockgate: interrupted\n"), signal.SIGTERM: (-signal.SIGTERM, "")}
    assert (done.returncode, done.stderr, done.stdout) == (*told[number], "")


def test_ctrl_c_lets_a_command_undo_what_it_has_begun(tmp_path: Path) -> None:
    done = subprocess.run(
        [LOCKGATE, "init", str(tmp_path / "deployment")],
        env=environment(tmp_path, "alembic", where="True", kill="os.kill(os.getpid(), signal.SIGINT)"),
        preexec_fn=interruptible,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "", "")
    assert list((tmp_path / "deployment").iterdir()) == []


def test_ctrl_c_ends_several_workers_that_are_still_starting(deployment: Deployment, tmp_path: Path) -> None:
    text = deployment.ca_config.read_text()
    second = text[text.index("[workers.main]") :].replace("[workers.main]", "[workers.second]")
    deployment.ca_config.write_text(f"{text}\n{second}")
    done = subprocess.run(
        [LOCKGATE, "--config", str(deployment.ca_config), "worker"],
        env=environment(tmp_path, "sqlalchemy", where=CHILD, kill="os.killpg(0, signal.SIGINT)"),
        preexec_fn=interruptible,
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
