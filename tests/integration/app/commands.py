"""The installed command `lockgate`, run as its users run it, and deployments to run it on."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lockgate_app.deployment import Deployment
from tests.integration.app.forked import run
from tests.support.pki.tls import ServerIdentity, make_server_identity

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def lockgate(*arguments: object) -> Outcome:
    """Run the command to its end."""
    done = Outcome(*run([*map(str, arguments)], PATIENCE))
    assert "Traceback" not in done.err
    assert "defect" not in done.err, done.err
    return done


def copied(deployment: Deployment, directory: Path) -> Deployment:
    """A copy that a test may change; databases and paths in it are its own, because they are relative."""
    shutil.copytree(deployment.directory, directory)
    return Deployment(directory)


def edited(path: Path, old: str, new: str) -> Path:
    """The configuration `path` with `old`, which must stand there, replaced."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def with_tls(deployment: Deployment, front: str = "scep") -> ServerIdentity:
    """The files of the server of that front, which speaks TLS from now on, as `localhost`."""
    identity = make_server_identity(deployment.ra, "localhost")
    files = f'tls_certificate = "{identity.certificate.name}"\ntls_key = "{identity.key.name}"\n'
    edited(deployment.ra_config, f"[{front}]\n", f"[{front}]\n{files}")
    return identity


def request(
    deployment: Deployment, csr: Path, username: str = "alice", *more: object, ca: str = "ManagementCA"
) -> Outcome:
    """`lockgate request pkcs10`, its certificate going to USERNAME.pem in the deployment's directory."""
    return lockgate(
        "--config", deployment.ra_config, "request", "pkcs10", "--username", username, "--subject-dn", f"CN={username}",
        "--csr", csr, "--ca", ca, "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
        "--output", deployment.directory / f"{username}.pem", *more,
    )  # fmt: skip


def work(deployment: Deployment, *more: object) -> Outcome:
    """`lockgate worker --once`."""
    return lockgate("--config", deployment.ca_config, "worker", "--once", *more)


@contextmanager
def running(deployment: Deployment, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`lockgate worker`, killed at the end."""
    command = [LOCKGATE, "--config", str(deployment.ca_config), "worker", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def children(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> list[int]:
    """The processes that `lockgate serve` or `worker` runs, which are forked from a server of its own."""
    servers = [pid for pid in _below(process.pid) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return sorted(pid for server in servers for pid in _below(server))


def _below(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds; a condition that never does fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
