"""A private MariaDB Galera cluster of three nodes on the loopback interface."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.support.databases.servers import MariadbServer, free_port
from tests.support.parts import MissingPart

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
NODES = 3
OPTIONS = (
    # A dead node is noticed in three seconds, and a live one on a busy machine is not taken for dead: two nodes that
    # lose each other after the third one's death never find together again by themselves.
    "evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.5S;evs.suspect_timeout=PT3S;evs.inactive_timeout=PT8S;"
    "evs.install_timeout=PT8S;gcache.size=16M"
)


class GaleraNode(MariadbServer):
    """One node. Its databases are those of the cluster."""

    def __init__(self, number: int, seeds: Sequence["GaleraNode"] = ()) -> None:
        """Start the node; without `seeds` it begins a new cluster."""
        if not PROVIDER.is_file():
            raise MissingPart(f"{PROVIDER} is missing: apt-get install galera-4 rsync")
        self._number = number
        self._cluster, self._state, self._increment = free_port(), free_port(), free_port()
        self._seeds = [f"127.0.0.1:{seed._cluster}" for seed in seeds]
        super().__init__(tls=False)

    def kill(self) -> None:
        """As a power failure does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def rejoin(self, seeds: Sequence["GaleraNode"]) -> None:
        """Start again, and get from a donor among `seeds` what was missed."""
        self._seeds = [f"127.0.0.1:{seed._cluster}" for seed in seeds]
        self.start()

    def size(self) -> int:
        """How many nodes the cluster has, as this one sees it."""
        return self._status("wsrep_cluster_size")

    def conflicts(self) -> int:
        """How many transactions of this node lost against those of others, at their commit or before."""
        return self._status("wsrep_local_cert_failures") + self._status("wsrep_local_bf_aborts")

    def _status(self, name: str) -> int:
        engine = create_engine(self.url("admin"))
        with engine.connect() as connection:
            found = int(connection.execute(text(f"show status like '{name}'")).one()[1])
        engine.dispose()
        return found

    def _command(self, data: Path) -> Sequence[str]:
        options = {
            "wsrep_on": "ON",
            "wsrep_provider": str(PROVIDER),
            "wsrep_cluster_address": f"gcomm://{','.join(self._seeds)}",
            "wsrep_cluster_name": "lockgate-tests",
            "wsrep_node_name": f"node{self._number}",
            "wsrep_node_address": f"127.0.0.1:{self._cluster}",
            "wsrep_node_incoming_address": f"127.0.0.1:{self.port}",
            "wsrep_sst_method": "rsync",
            "wsrep_sst_receive_address": f"127.0.0.1:{self._state}",
            "wsrep_provider_options": (
                f"gmcast.listen_addr=tcp://127.0.0.1:{self._cluster};ist.recv_addr=127.0.0.1:{self._increment};{OPTIONS}"
            ),
            "binlog_format": "ROW",
            "innodb_autoinc_lock_mode": "2",
        }
        return [*super()._command(data), *(f"--{name}={value}" for name, value in options.items())]


@contextmanager
def cluster() -> Iterator[list[GaleraNode]]:
    """Three nodes, in step.

    Raises:
        MissingPart: Galera is not installed.
    """
    nodes: list[GaleraNode] = []
    try:
        for number in range(NODES):
            nodes.append(GaleraNode(number, nodes))
        yield nodes
    finally:
        for node in nodes:
            node.stop()


def any_of(nodes: Sequence[GaleraNode], database: str) -> str:
    """The URL of a database on the first of `nodes` that takes a connection."""
    return f"mariadb+pymysql://app@/{database}?" + "&".join(f"host=127.0.0.1:{node.port}" for node in nodes)
