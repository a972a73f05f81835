"""`lockgate cmp serve` of an installation, in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0
LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
PATH = "/ejbca/publicweb/cmp"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(config: Path) -> Iterator[str]:
    """The URL of the service, without an alias; the process ends with the context."""
    port = free_port()
    command = [LOCKGATE, "--config", str(config), "cmp", "serve", "--host", "127.0.0.1", "--port", str(port)]
    log = config.with_name("cmp-serve.log")
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _await(port, process, log)
            yield f"http://127.0.0.1:{port}{PATH}"
        finally:
            process.terminate()


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return
