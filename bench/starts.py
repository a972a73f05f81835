"""Processor time of commands from their start to their end, the median of nine runs: user and system time together.

Python finds every module compiled, as after the first start of an installation, whatever the environment of this
process says about compiled modules.

.venv/bin/python -m bench.starts
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lockgate_app.deployment import create
from lockgate_app.keys import new_key, new_request

RUNS = 9
LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
IMPORTS = "import gc; gc.disable(); import lockgate_app.cli.worker"
"""As the command does it (`lockgate_app.cli.main`)."""


def environment(directory: Path) -> Mapping[str, str]:
    """In which Python keeps the modules that it has compiled in a directory of their own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(directory / "compiled")}


def processor_time(command: list[str], environment: Mapping[str, str]) -> float:
    """Seconds of one run, its output thrown away."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 3), command
    return usage.ru_utime + usage.ru_stime


def request(directory: Path) -> list[str]:
    """A `request pkcs10` on SQLite that waits for no answer."""
    deployment, csr = create(directory / "deployment"), directory / "alice.csr"
    csr.write_bytes(new_request(new_key(), "alice"))
    options = {
        "username": "alice", "subject-dn": "CN=alice", "csr": str(csr), "ca": "ManagementCA", "wait": "0",
        "end-entity-profile": "EMPTY", "certificate-profile": "ENDUSER", "output": str(directory / "alice.pem"),
    }  # fmt: skip
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [LOCKGATE, "--config", str(deployment.ra_config), "request", "pkcs10", *given]


def completion(*words: str) -> list[str]:
    """What bash runs when the last word of a command line is to be completed."""
    given = f"COMP_WORDS=lockgate {' '.join(words)}", f"COMP_CWORD={len(words)}"
    return ["env", *given, "_LOCKGATE_COMPLETE=complete_bash", LOCKGATE]


def main() -> None:
    """Print a line for each command."""
    with tempfile.TemporaryDirectory() as directory:
        commands = {
            "import sqlalchemy, for comparison": [sys.executable, "-c", "import sqlalchemy"],
            "lockgate --version": [LOCKGATE, "--version"],
            "lockgate --help": [LOCKGATE, "--help"],
            "lockgate c, completed by bash": completion("c"),
            "lockgate ca c, completed by bash": completion("ca", "c"),
            "lockgate request pkcs10 --wait 0": request(Path(directory)),
            "what lockgate worker imports": [sys.executable, "-c", IMPORTS],
        }
        compiled = environment(Path(directory))
        for name, command in commands.items():
            processor_time(command, compiled)  # not counted: it compiles modules and fills caches
            times = [processor_time(command, compiled) for _ in range(RUNS)]
            print(f"{name:34} {statistics.median(times):.2f} s  ({min(times):.2f} to {max(times):.2f})")


if __name__ == "__main__":
    main()
