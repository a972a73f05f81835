"""certmonger, its daemon and all: on a socket and in a directory of its own, without a bus."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.protocol.processes import PATIENCE
from tests.protocol.site import Client, program, run
from tests.support.parts import MissingPart, do_without

LOCKED = "/var/lib/certmonger"
"""Where every daemon keeps its lock; the one directory that cannot be another."""
DIRECTORIES = {"CONFIG_DIR": "", "REQUESTS_DIR": "requests", "CAS_DIR": "cas", "LOCAL_CA_DIR": "local", "TMPDIR": "tmp"}


@dataclass(frozen=True)
class Certmonger:
    """A running daemon that keeps one certificate."""

    directory: Path
    socket: Path

    @property
    def key(self) -> Path:
        """Where it stores the key, in PEM."""
        return self.directory / "key.pem"

    @property
    def certificate(self) -> Path:
        """Where it stores the certificate, in PEM."""
        return self.directory / "certificate.pem"

    def getcert(self, *arguments: object) -> Client:
        """A command to the daemon."""
        address = f"CERTMONGER_PVT_ADDRESS=unix:path={self.socket}"
        return run("env", address, program("getcert", "certmonger"), *arguments)

    def status(self) -> str:
        """How it stands, asked for anew of the CA where it waits: by itself it asks once a week."""
        deadline = time.monotonic() + PATIENCE
        while True:
            listed = self.getcert("list", "-i", "device").out.decode()
            if "status: MONITORING" in listed or "stuck: yes" in listed:
                return listed
            assert time.monotonic() < deadline, listed
            if "CA_WORKING" in listed:
                self.getcert("refresh", "-i", "device")
            time.sleep(0.3)


@contextmanager
def certmonger(directory: Path) -> Iterator[Certmonger]:
    """The daemon, as long as it is needed; its socket has a short path, for libdbus takes at most 99 octets."""
    with tempfile.TemporaryDirectory(prefix="certmonger-") as short:
        found = Certmonger(directory, Path(short) / "socket")
        daemon = started(found)
        try:
            yield found
        finally:
            daemon.terminate()
            daemon.wait(PATIENCE)


def started(client: Certmonger) -> "subprocess.Popen[bytes]":
    """The daemon's process, which listens."""
    directory = client.directory
    command = [program("certmonger", "certmonger"), "-n", "-L", "-P", str(client.socket)]
    if not os.access(LOCKED, os.W_OK):
        do_without(MissingPart(f"certmonger's daemon needs to write to {LOCKED}, as root may"))
    for name in DIRECTORIES.values():
        (directory / name).mkdir(parents=True, exist_ok=True)
    places = {f"CERTMONGER_{variable}": str(directory / name) for variable, name in DIRECTORIES.items()}
    with (directory / "log").open("wb") as log:
        daemon = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while not client.socket.exists():
        assert daemon.poll() is None, (directory / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return daemon
