"""`lockgate serve`, and the commands that serve alone, while they run, as tests watch them."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.app.commands import LOCKGATE, PATIENCE, until
from tests.support.databases.servers import free_port

TAKEN, NOT_TAKEN = "configuration taken", "configuration not taken, the one before goes on"


class Serving:
    """The command while it runs: its log, and what it tells the service manager."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, manager: socket.socket) -> None:
        self.process, self._log, self._manager = process, log, manager
        self.told: list[str] = []

    def events(self, event: str) -> list[dict[str, object]]:
        """The log lines about that."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def tells(self, words: str) -> int:
        """How often the manager was told that."""
        while True:
            try:
                self.told += self._manager.recv(4096).decode().splitlines()
            except BlockingIOError:
                return sum(line.startswith(words) for line in self.told)

    def reload(self, event: str) -> None:
        """Read the configuration anew; the log says then that it was taken, or was not."""
        before, ready = len(self.events(TAKEN) + self.events(NOT_TAKEN)), self.tells("READY=1")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: len(self.events(TAKEN) + self.events(NOT_TAKEN)) > before)
        last = max(self.events(TAKEN) + self.events(NOT_TAKEN), key=lambda line: str(line["timestamp"]))
        assert last["event"] == event
        until(lambda: self.tells("READY=1") > ready)


@contextmanager
def serving(config: Path, directory: Path, watchdog: float = 2) -> Iterator[Serving]:
    """`lockgate serve`, which is ready; killed at the end.

    Args:
        watchdog: seconds in which the manager wants to hear that it lives; 0 for never.
    """
    log, address = directory / "serve.log", f"\0lockgate-test-{os.getpid()}-{directory.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, log.open("wb") as file:
        manager.bind(address)
        manager.setblocking(False)
        environment = os.environ | {"NOTIFY_SOCKET": f"@{address[1:]}", "WATCHDOG_USEC": str(int(watchdog * 1e6))}
        command = [LOCKGATE, "--config", str(config), "serve"]
        with subprocess.Popen(command, stderr=file, env=environment) as process:
            try:
                found = Serving(process, log, manager)
                until(lambda: found.tells("READY=1") or process.poll() is not None)
                assert process.poll() is None, log.read_text()
                yield found
            finally:
                process.kill()


@contextmanager
def serving_alone(config: Path, *command: str, end: signal.Signals = signal.SIGTERM) -> Iterator[int]:
    """The port of `lockgate COMMAND serve`, which listens already; it ends well when it gets the signal `end`."""
    port = free_port()
    whole = [LOCKGATE, "--config", str(config), *command, "serve", "--port", str(port), "--host", "127.0.0.1"]
    with subprocess.Popen(whole, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert any('"event": "listening"' in line for line in process.stderr)
            yield port
        finally:
            process.send_signal(end)
            _, rest = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, rest
