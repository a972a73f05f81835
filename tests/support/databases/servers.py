"""Private database servers for tests and benchmarks, and fresh empty databases on them.

Each server lives in its own temporary directory on a free port of the loopback interface, speaks TLS beside plain
text, and ends with the process that started it, however that ends. Nothing of the system's own servers is touched.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.parts import MissingPart, part_or_skip, program
from tests.support.pki.tls import ServerIdentity, make_server_identity

DATABASES = ["sqlite", "postgresql", "mariadb"]
"""Every database that the CA's own state may stand in."""
MESSAGE_DATABASES = [*DATABASES, "db2", "oracle"]
"""Every database that messages may stand in; Apache Derby (`derby`) plays DB2, H2 (`h2`) Oracle."""
SERVER_NAME = "localhost"
"""The only name in the servers' certificates; 127.0.0.1 is reachable but not named."""
TLS_OPTIONS = {"cert": "certificate", "key": "key"}
START_SECONDS = 60.0
S = TypeVar("S", bound="Stoppable")


class Stoppable(Protocol):
    """What a test process starts once and stops at its end."""

    def stop(self) -> None: ...


class Server(ABC):
    """A private database server.

    Attributes:
        port: on 127.0.0.1.
        identity: the TLS files; the certificate is for `SERVER_NAME`.
        password: of the user `guarded`, who may not connect without.
    """

    account: str
    shutdown: signal.Signals

    def __init__(self, *, durable: bool = False, tls: bool = True) -> None:
        """Start the server; `durable` keeps its commits on the disk, as production does (slower)."""
        self.durable, self.tls = durable, tls
        self._base = Path(tempfile.mkdtemp(prefix="lockgate-db-"))
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self._numbers = count(1)
        try:
            self.identity: ServerIdentity = make_server_identity(self._base, SERVER_NAME)
            self._give_away()
            self._create(self._base / "data")
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start the server, for the first time or after it was killed."""
        with (self._base / "log").open("ab") as log:
            command = [*self._as_account(), *self._command(self._base / "data")]
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=self._environment())
        self._await()

    @property
    def process_id(self) -> int:
        """Of its first process, the parent of all others."""
        return self._process.pid

    def halt(self) -> None:
        """Shut the server down in good order; nothing is lost, and `start` takes it up again."""
        self._process.send_signal(self.shutdown)
        self._process.wait()

    def stop(self) -> None:
        """End the server at once and remove its files."""
        process = getattr(self, "_process", None)
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(self._base, ignore_errors=True)

    def fresh_url(self, options: str = "") -> str:
        """The URL of a new, empty database, for a user without a password; `options` end its CREATE DATABASE."""
        name = f"fresh{next(self._numbers)}"
        engine = create_engine(self.url("admin"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"create database {name} {options}"))
        engine.dispose()
        return self.url(name)

    @abstractmethod
    def url(self, database: str) -> str:
        """The URL of a database, for a user without a password; `admin` is always there."""

    @abstractmethod
    def _create(self, data: Path) -> None: ...

    @abstractmethod
    def _command(self, data: Path) -> Sequence[str]: ...

    def _as_account(self) -> list[str]:
        # As root, become the unprivileged account that the distribution's package made. In any case die with us.
        become = [f"--reuid={self.account}", f"--regid={self.account}", "--clear-groups"] if os.geteuid() == 0 else []
        return [_program("setpriv"), *become, "--pdeathsig", "KILL", "--"]

    def _environment(self) -> dict[str, str]:
        # Temporary files of its own: a MariaDB that starts deletes those of every other one in the same folder.
        return {**os.environ, "TMPDIR": str(self._base)}

    def _run(self, *command: str) -> None:
        command = (*self._as_account(), *command)
        done = subprocess.run(command, capture_output=True, cwd=self._base, check=False, env=self._environment())
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout.decode()} {done.stderr.decode()}")

    def _give_away(self) -> None:
        if os.geteuid() == 0:
            for path in (self._base, *self._base.iterdir()):
                shutil.chown(path, self.account, self.account)

    def _await(self) -> None:
        engine = create_engine(self.url("admin"))
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                engine.connect().close()
            except SQLAlchemyError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self._base / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"the server did not start: {log}") from error
                time.sleep(0.05)
            else:
                engine.dispose()
                return


class PostgresqlServer(Server):
    """A private PostgreSQL."""

    account = "postgres"
    shutdown = signal.SIGINT

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://app@127.0.0.1:{self.port}/{database}"

    def _create(self, data: Path) -> None:
        self._run(
            *(_postgresql_program("initdb"), "-D", str(data), "-U", "app", "-A", "trust", "-N"),
            *("--no-locale", "-E", "UTF8"),
        )
        access = [
            "local all all trust",
            "host all guarded 127.0.0.1/32 scram-sha-256",
            "host all all 127.0.0.1/32 trust",
        ]
        (data / "pg_hba.conf").write_text("\n".join(access) + "\n")
        statements = f"create database admin;\ncreate role guarded login superuser password '{self.password}';\n"
        command = [_postgresql_program("postgres"), "--single", "-j", "-D", str(data), "postgres"]
        for statement in statements.splitlines():
            subprocess.run([*self._as_account(), *command], input=statement.encode(), check=True, capture_output=True)

    def _command(self, data: Path) -> Sequence[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._base),
            "ssl": "on" if self.tls else "off",
            "ssl_cert_file": str(self.identity.certificate),
            "ssl_key_file": str(self.identity.key),
            "max_connections": "200",
            "fsync": "on" if self.durable else "off",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [_postgresql_program("postgres"), "-D", str(data), *settings]


class MariadbServer(Server):
    """A private MariaDB."""

    account = "mysql"
    shutdown = signal.SIGTERM

    def url(self, database: str) -> str:
        return f"mariadb+pymysql://app@127.0.0.1:{self.port}/{database}"

    def _create(self, data: Path) -> None:
        self._run(
            *(_program("mariadb-install-db"), "--no-defaults", "--basedir=/usr", f"--datadir={data}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )
        setup = self._base / "setup.sql"
        setup.write_text(
            "create user app@'127.0.0.1';\ngrant all on *.* to app@'127.0.0.1' with grant option;\n"
            f"create user guarded@'%' identified by '{self.password}';\ngrant all on *.* to guarded@'%';\n"
            "create database if not exists admin;\n"
        )

    def _command(self, data: Path) -> Sequence[str]:
        return [
            _program("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            f"--port={self.port}",
            f"--socket={self._base / 'socket'}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--init-file={self._base / 'setup.sql'}",
            *(f"--ssl-{part}={getattr(self.identity, name)}" for part, name in TLS_OPTIONS.items() if self.tls),
            f"--innodb-flush-log-at-trx-commit={1 if self.durable else 0}",
        ]


def _program(name: str) -> str:
    return program(name, {"setpriv": "util-linux"}.get(name, "mariadb-server"), "/usr/sbin:/sbin")


def _postgresql_program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        raise MissingPart(f"{name} is missing: apt-get install postgresql")
    return str(found[-1])


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(start: Callable[[], S]) -> Iterator[S]:
    """A server that `start` makes, until the block ends."""
    server = start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A private PostgreSQL for this test process."""
    with part_or_skip(running(PostgresqlServer)) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A private MariaDB for this test process."""
    with part_or_skip(running(MariadbServer)) as server:
        yield server


@pytest.fixture(scope="session")
def fresh_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes a new, empty database of the named kind and returns its URL."""

    def make(name: str) -> str:
        if name == "sqlite":
            (file := tmp_path_factory.mktemp("sqlite") / "fresh.db").touch(0o600)
            return f"sqlite:///{file}"
        server: Server = request.getfixturevalue(f"{name}_server")
        return server.fresh_url()

    return make


def marked(names: Sequence[str]) -> list[Any]:
    """Parameters, each with the mark of the server that it needs."""
    return [pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in names]


@pytest.fixture(params=marked(DATABASES))
def database_url(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> str:
    """The URL of a new, empty database; a test that asks for it runs on every database that the CA may use."""
    return fresh_database(request.param)


@pytest.fixture(params=marked(MESSAGE_DATABASES))
def message_database_url(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> str:
    """The URL of a new, empty database; a test that asks for it runs on every database that messages can be in."""
    return fresh_database(request.param)
