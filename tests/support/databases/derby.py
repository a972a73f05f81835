"""A private Apache Derby that plays DB2, behind the relay of `tests.support.databases.drda`.

It starts in two seconds, keeps everything in memory, and ends with the process that started it: it runs inside Derby's
`ij`, which ends when its standard input does.
"""

import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from lockgate_persistence.schema import MAX_SIZE
from tests.support.databases.drda import Shim
from tests.support.databases.servers import free_port, running
from tests.support.parts import MissingPart, part_or_skip
from tests.support.pki.tls import make_server_identity

JARS = Path("/usr/share/java")
PACKAGES = {
    "derby.jar": "libderby-java",
    "derbynet.jar": "libderby-java",
    "derbytools.jar": "derby-tools",
    "derbyclient.jar": "libderbyclient-java",
}
START_SECONDS = 60.0


class DerbyServer:
    """Derby as a DB2.

    Attributes:
        identity: the TLS files; the certificate is for `localhost` alone.
    """

    def __init__(self) -> None:
        """Start it, with an empty database."""
        classes = java_path(PACKAGES)
        port = free_port()
        self._base = tempfile.TemporaryDirectory(prefix="lockgate-derby-")
        self.identity = make_server_identity(Path(self._base.name), "localhost")
        options = {
            "derby.system.home": self._base.name,
            "derby.drda.startNetworkServer": "true",
            "derby.drda.host": "127.0.0.1",
            "derby.drda.portNumber": str(port),
            "derby.locks.deadlockTimeout": "1",
            "derby.locks.waitTimeout": "4",
            "derby.system.durability": "test",
            # Derby fails where its cache of statements overflows.
            "derby.language.statementCache.size": "100000",
            "user.timezone": "UTC",
        }
        command = ["-Xmx384m", "-XX:TieredStopAtLevel=1", *(f"-D{name}={value}" for name, value in options.items())]
        self._process = subprocess.Popen(
            [java(), *command, "-cp", classes, "org.apache.derby.tools.ij"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(b"connect 'jdbc:derby:DB;create=true';\n")
        self._process.stdin.flush()
        self._await(port)
        self._shim = Shim(port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity.certificate, self.identity.key)
        self._secure = Shim(port, context)
        self._numbers = count(1)

    def stop(self) -> None:
        """End it at once and remove its files."""
        self._shim.close()
        self._secure.close()
        self._process.kill()
        self._process.communicate()
        self._base.cleanup()

    def cut(self) -> None:
        """Cut every connection that there is."""
        self._shim.cut()

    def fresh_url(self) -> str:
        """The URL of a user without any tables: a user's schema is its own."""
        return self._url(self._shim)

    def secure_url(self) -> str:
        """The same, to be reached over TLS."""
        return self._url(self._secure).replace("127.0.0.1", "localhost")

    def _url(self, shim: Shim) -> str:
        user = f"fresh{next(self._numbers)}"
        place = f"127.0.0.1:{shim.port}/DB?authentication=SERVER&lobcachesize={MAX_SIZE}"
        return f"db2://{user}:derby-takes-any@{place}"

    def _await(self, port: int) -> None:
        created = Path(self._base.name) / "DB" / "service.properties"
        deadline = time.monotonic() + START_SECONDS
        while not (created.exists() and _listens(port)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Derby did not start")
            time.sleep(0.05)


def java() -> str:
    """The Java runtime.

    Raises:
        MissingPart: there is none.
    """
    found = Path("/usr/bin/java")
    if not found.exists():
        raise MissingPart("java is missing: apt-get install default-jre-headless")
    return str(found)


def java_path(packages: dict[str, str]) -> str:
    """The class path of Debian's archives.

    Args:
        packages: the file names, and the package of each.

    Raises:
        MissingPart: one is not there.
    """
    missing = sorted({package for name, package in packages.items() if not (JARS / name).exists()})
    if missing:
        raise MissingPart(f"Java archives are missing: apt-get install {' '.join(missing)}")
    return ":".join(str(JARS / name) for name in packages)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def db2_server() -> Iterator[DerbyServer]:
    """Derby as a DB2, for this test process."""
    with part_or_skip(running(DerbyServer)) as server:
        yield server
