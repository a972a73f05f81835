"""A private PostgreSQL cluster that Patroni runs: three nodes, etcd, and HAProxy before them.

Each node has a PID namespace of its own: SIGKILL of its first process ends Patroni and PostgreSQL at one moment, as a
power failure does.
"""

import http.client
import json
import signal
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.databases.servers import START_SECONDS, PostgresqlServer, _postgresql_program, free_port
from tests.support.parts import program

NODES = 3
TTL = 20
"""Seconds for which a primary that says nothing counts as alive; Patroni takes no fewer."""
TIMES: Mapping[str, object] = {"ttl": TTL, "loop_wait": 1, "retry_timeout": 5}
HAPROXY = """
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h

listen primary
    bind 127.0.0.1:{port}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class Part(PostgresqlServer):
    """One of the cluster's programs, under PostgreSQL's account."""

    def __init__(self) -> None:
        super().__init__(tls=False)

    @abstractmethod
    def serves(self) -> bool:
        """Whether it has started."""

    def _await(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.serves():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start: {(self._base / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)


class Etcd(Part):
    """Where Patroni's nodes agree who the primary is."""

    def serves(self) -> bool:
        return status(self.port, "/health") == http.client.OK

    def _create(self, data: Path) -> None:
        self._peers = f"http://127.0.0.1:{free_port()}"

    def _command(self, data: Path) -> Sequence[str]:
        clients = f"http://127.0.0.1:{self.port}"
        options = {
            "data-dir": str(data),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": self._peers,
            "initial-advertise-peer-urls": self._peers,
            "initial-cluster": f"default={self._peers}",
        }
        found = program("etcd", "etcd-server")
        return [found, "--unsafe-no-fsync", *(f"--{name}={value}" for name, value in options.items())]


class Node(Part):
    """Patroni, and the PostgreSQL that it runs."""

    def __init__(self, number: int, etcd: Etcd) -> None:
        self._number, self._etcd = number, etcd
        self.api = free_port()
        super().__init__()

    def serves(self) -> bool:
        return status(self.api, "/health") == http.client.OK

    def is_primary(self) -> bool:
        """Whether it takes writes."""
        return status(self.api, "/primary") == http.client.OK

    def stands_by(self) -> bool:
        """Whether the primary's commits wait for it."""
        return status(self.api, "/synchronous") == http.client.OK

    def kill(self) -> None:
        """As a power failure does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _create(self, data: Path) -> None:
        path = self._base / "patroni.yml"
        path.write_text(json.dumps(self._settings(data)))  # which is YAML, too
        path.chmod(0o644)

    def _command(self, data: Path) -> Sequence[str]:
        own = ("--user", "--map-current-user", "--pid", "--fork", "--kill-child=KILL", "--mount-proc")
        return [program("unshare", "util-linux"), *own, program("patroni", "patroni"), str(self._base / "patroni.yml")]

    def _settings(self, data: Path) -> dict[str, object]:
        place, api = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.api}"
        access = ["local all all trust", *(f"host {name} all 127.0.0.1/32 trust" for name in ("all", "replication"))]
        parameters = {"max_connections": 200, "fsync": "off"}
        return {
            "scope": "lockgate",
            "name": f"node{self._number}",
            "restapi": {"listen": api, "connect_address": api},
            "etcd3": {"host": f"127.0.0.1:{self._etcd.port}"},
            "bootstrap": {
                "dcs": dict(TIMES, synchronous_mode=True, postgresql={"parameters": parameters}),
                "initdb": [{"encoding": "UTF8"}, "no-locale"],
            },
            "postgresql": {
                "listen": place,
                "connect_address": place,
                "data_dir": str(data),
                "bin_dir": str(Path(_postgresql_program("initdb")).parent),
                "pgpass": str(self._base / "pgpass"),
                "authentication": {user: {"username": "app"} for user in ("superuser", "replication")},
                "pg_hba": access,
                "parameters": {"unix_socket_directories": str(self._base)},
            },
        }


class Proxy(Part):
    """HAProxy: a connection to it leads to the primary."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        super().__init__()

    def serves(self) -> bool:
        """Whether its connections, which it gives to one node after the other, lead to the primary alone."""
        engine = create_engine(self.url("postgres"), poolclass=NullPool)
        try:
            return not any(self._reaches_a_standby(engine) for _ in range(2 * NODES))
        except SQLAlchemyError:
            return False

    def _reaches_a_standby(self, engine: Engine) -> bool:
        with engine.connect() as connection:
            return bool(connection.execute(text("select pg_is_in_recovery()")).scalar_one())

    def _create(self, data: Path) -> None:
        servers = (f"    server node{node.api} 127.0.0.1:{node.port} check port {node.api}" for node in self._nodes)
        path = self._base / "haproxy.cfg"
        path.write_text(HAPROXY.format(port=self.port, servers="\n".join(servers)))
        path.chmod(0o644)

    def _command(self, data: Path) -> Sequence[str]:
        return [program("haproxy", "haproxy", "/usr/sbin"), "-db", "-f", str(self._base / "haproxy.cfg")]


@dataclass(frozen=True)
class Cluster:
    """All of it."""

    nodes: Sequence[Node]
    proxy: Proxy

    def primary(self) -> Node | None:
        """The node that takes writes, if there is one."""
        return next((node for node in self.nodes if node.is_primary()), None)

    def create_database(self, name: str, *, replicated: bool) -> str:
        """The URL of a new database; `replicated`: its commits wait for a standby."""
        engine = create_engine(self.proxy.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"create database {name}"))
            if not replicated:
                connection.execute(text(f"alter database {name} set synchronous_commit = local"))
        engine.dispose()
        return self.proxy.url(name)


def status(port: int, path: str) -> int | None:
    """Of the answer to a GET; None for no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def until(what: Callable[[], bool]) -> float:
    """Wait for it; how many seconds that took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() < begun + START_SECONDS
        time.sleep(0.1)
    return time.monotonic() - begun


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Three nodes, one of which the primary's commits wait for.

    Raises:
        MissingPart: a program is not installed.
    """
    with ExitStack() as stack:
        etcd = Etcd()
        stack.callback(etcd.stop)
        nodes: list[Node] = []
        for number in range(NODES):
            nodes.append(Node(number, etcd))
            stack.callback(nodes[-1].stop)
            until(nodes[0].is_primary)
        until(lambda: any(node.stands_by() for node in nodes))
        proxy = Proxy(nodes)
        stack.callback(proxy.stop)
        yield Cluster(nodes, proxy)
