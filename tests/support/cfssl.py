"""A CA of `cfssl serve`, with the example's program in front of it."""

import json
import secrets
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason
from lockgate_issuers.command import Program
from tests.support.openssl_ca import PATH
from tests.support.parts import program as needed

EXAMPLE = Path(__file__).parents[2] / "examples" / "issuers" / "cfssl"
HOST, DATABASE = "127.0.0.1", "certificates.db"
PATIENCE = 30


class CfsslCa:
    """The CA in a folder, its server, and what it has done.

    Args:
        folder: is made, with a new CA.
        profile: of the program; of those in the example's configuration.

    Raises:
        MissingPart: there is no `cfssl`.
    """

    def __init__(self, folder: Path, profile: str) -> None:
        self.folder, self.profile = folder, profile
        self._cfssl = needed("cfssl", "golang-cfssl")
        self._server: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        self.auth_key = secrets.token_hex(16)
        (folder / "auth.key").write_text(self.auth_key)
        for name in ("config.json", "ca.json", "database.json", "database.sql", "cfssl_ca.py"):
            shutil.copy(EXAMPLE / name, folder)
        with closing(sqlite3.connect(folder / DATABASE)) as connection:
            connection.executescript((folder / "database.sql").read_text())
        made = json.loads(self._run("gencert", "-initca", "ca.json"))
        (folder / "ca.pem").write_text(made["cert"])
        (folder / "ca.key").write_text(made["key"])
        self.port = _free_port()

    @property
    def program(self) -> Program:
        return Program(
            path=self.folder / "cfssl_ca.py",
            arguments=("--url", f"http://{HOST}:{self.port}", "--profile", self.profile, "--database", DATABASE),
            directory=self.folder,
            environment={**PATH, "CFSSL_AUTH_KEY": self.auth_key},
            secrets=frozenset({self.auth_key}),
        )

    @property
    def certificate(self) -> bytes:
        """The CA's own, DER."""
        return _der((self.folder / "ca.pem").read_text())

    def start(self) -> None:
        """Until it answers."""
        arguments = ("-address", HOST, "-port", str(self.port), "-ca", "ca.pem", "-ca-key", "ca.key")
        command = [self._cfssl, "serve", *arguments, "-config", "config.json", "-db-config", "database.json"]
        log = (self.folder / "log").open("ab")
        self._server = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        log.close()
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """The server is away, and its database."""
        self.stop()
        away = (self.folder / DATABASE).rename(self.folder / "away")
        yield
        away.rename(self.folder / DATABASE)
        self.start()

    def issued(self) -> Sequence[bytes]:
        """Every certificate in its database, DER, in order."""
        return [_der(pem) for (pem,) in self._rows("select pem from certificates order by rowid")]

    def revoked(self) -> Mapping[int, RevocationReason]:
        """The reason of each serial number that stands revoked or on hold."""
        rows = self._rows("select serial_number, reason from certificates where status = 'revoked'")
        return {int(serial): RevocationReason(reason) for serial, reason in rows}

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            return connection.execute(statement).fetchall()

    def _run(self, *arguments: str) -> bytes:
        command = [self._cfssl, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True).stdout

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex((HOST, self.port)) == 0


def _free_port() -> int:
    with socket.socket() as server:
        server.bind((HOST, 0))
        return int(server.getsockname()[1])


def _der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
