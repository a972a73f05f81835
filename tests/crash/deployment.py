"""A deployment made by the installed `lockgate`, and its worker run as the processes that operators run."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from lockgate.requests.submessages import PKCS10Request, PKCS10Response
from lockgate_app.container.ra import connect
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key

LOCKGATE = Path(sys.executable).with_name("lockgate")
FAULTS = Path(__file__).with_name("faults")
LEASE = 0.6
"""Seconds; a lease that a dead worker left behind ends this soon."""
SECOND_WORKER = """
[workers.second]
persistenceunit = "RAMessage1DS"
encryption.required = true
signature.required = true
keystore.path = "worker.p12"
keystore.pwd = { file = "worker.password" }
"""


class Deployment:
    """Two folders, two databases, two workers on one data source."""

    def __init__(self, directory: Path, message_url: str, ca_url: str) -> None:
        self.directory = directory
        self.ca_url = ca_url
        subprocess.run(
            [LOCKGATE, "init", directory, "--message-db", message_url, "--ca-db", ca_url],
            check=True,
            capture_output=True,
        )
        self.config = directory / "ca/lockgate.toml"
        written = self.config.read_text().replace("period = 10", f"period = 5\nlease = {LEASE}")
        self.config.write_text(written + SECOND_WORKER + f"lease = {LEASE}\n")
        self._numbers = itertools.count(1)

    def send(self) -> str:
        """Send a request for an end entity of its own; the message's id, which is also the username."""
        name = f"device-{next(self._numbers)}"
        request = PKCS10Request(
            request_id=1,
            username=name,
            subject_dn=f"CN={name}",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name="ManagementCA",
            pkcs10=pkcs10(rsa_key(1)),
        )
        with connect(self.directory / "ra/lockgate.toml") as ra:
            ra.send([request], message_id=name)
        return name

    def start(self, fault: str = "", *, worker: str = "main") -> subprocess.Popen[bytes]:
        """Start a worker that ends once nothing is due, with a fault of `faults/sitecustomize.py`."""
        environment = os.environ | {"LOCKGATE_FAULT": fault, "PYTHONPATH": str(FAULTS)}
        command: Sequence[str | Path] = [LOCKGATE, "--config", self.config, "worker", "--once", "--name", worker]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, fault: str = "", *, worker: str = "main") -> int:
        """Run a worker to its end; its exit code."""
        process = self.start(fault, worker=worker)
        _, log = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), log.decode()
        return process.returncode

    def work_off(self, name: str) -> PKCS10Response:
        """Let healthy workers run until the message `name` is answered; the answer, as its client verifies it."""
        deadline = time.monotonic() + 60
        with connect(self.directory / "ra/lockgate.toml") as ra:
            while (responses := ra.look(ra.resume(name))) is None:
                assert time.monotonic() < deadline, "no answer"
                assert self.run() == 0
            assert ra.wait(ra.resume(name), timedelta(seconds=5)) == responses
        (response,) = responses
        assert isinstance(response, PKCS10Response)
        return response

    def engine(self) -> Engine:
        """The CA's database."""
        return open_engine(DatabaseSettings(url=self.ca_url, prefill=False))

    def count(self, query: str, name: str) -> int:
        """What `query` counts for `name` in the CA's database."""
        engine = self.engine()
        with engine.connect() as connection:
            found = int(connection.execute(text(query), {"name": name}).scalar_one())
        engine.dispose()
        return found

    def certificates(self, name: str) -> int:
        """How many certificates the end entity has."""
        return self.count("select count(*) from certificate where username = :name", name)

    def journal_entries(self, name: str) -> int:
        """How many verdicts the journal holds for the message."""
        return self.count("select count(*) from journal where messageid = :name", name)
