"""A deployment whose processes run, as its operators start and stop them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate

LOCKGATE = Path(sys.executable).with_name("lockgate")
PATIENCE = 60.0


@dataclass
class Processes:
    """The deployment and its processes."""

    deployment: Deployment
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, kw_only=True)

    def start(self, name: str, *arguments: object) -> None:
        """Start `lockgate` with its log in the deployment's directory."""
        with (self.deployment.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen([str(LOCKGATE), *map(str, arguments)], stderr=log, stdout=log)

    def until(self, name: str, answers: Callable[[], object]) -> None:
        """Wait until the process answers: until `answers` raises no OSError."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answers()
            except OSError:
                assert self.processes[name].poll() is None, self.log(name)
                assert time.monotonic() < deadline, self.log(name)
                time.sleep(0.05)
            else:
                return

    def stop(self, name: str) -> None:
        """End a process as its operator does; it must end well."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, self.log(name)

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.deployment.directory / f"{name}.log").read_text()

    def ca(self, *arguments: object) -> Outcome:
        """A command on the CA's host."""
        return lockgate("--config", self.deployment.ca_config, *arguments)

    def stop_all(self) -> None:
        """End every process."""
        for name in list(self.processes):
            self.stop(name)
