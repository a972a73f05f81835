"""A deployment as operators run it: PostgreSQL, a worker and SCEP servers, processes of the installed command."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import edited, lockgate
from tests.protocol.processes import PATIENCE, Processes
from tests.support.parts import needed_program

LOCKGATE = Path(sys.executable).with_name("lockgate")
CHALLENGE = "shared by every device"
"""No other secret is part of it: clients print it, and what is printed is searched for secrets."""
HELPERS = "/usr/sbin:/usr/lib/certmonger:/usr/libexec/certmonger"
ALIASES = """
[scep.aliases.old]
legacy = true

[scep.aliases.own]
createOrEditUser = false
authPwd = "none"
"""


@dataclass(frozen=True)
class Client:
    """What a device's program said, and how it ended."""

    code: int
    out: bytes
    log: str


def program(name: str, package: str) -> str:
    """The path of a client's program."""
    return needed_program(name, package, HELPERS)


def run(*command: object, given: bytes | None = None) -> Client:
    """Run a client to its end; its own log is printed, for the case that the test fails."""
    done = subprocess.run(list(map(str, command)), input=given, capture_output=True, timeout=PATIENCE, check=False)
    log = done.stderr.decode(errors="replace")
    print(f"$ {' '.join(map(str, command))}\nexit code {done.returncode}\n{log}")
    return Client(done.returncode, done.stdout, log)


@dataclass
class Site(Processes):
    """A deployment with two SCEP servers."""

    ports: tuple[int, int]

    def url(self, server: int = 0, alias: str = "") -> str:
        """The address of one of the two servers."""
        return f"http://127.0.0.1:{self.ports[server]}/scepraserver/scep/{f'{alias}/' if alias else ''}pkiclient.exe"

    def start_server(self, number: int) -> None:
        """Start a SCEP server and wait until it answers."""
        name, port = f"server{number}", self.ports[number]
        self.start(name, "--config", self.deployment.ra_config, "scep-ra", "serve", "--port", port)
        self.until(name, lambda: get(f"{self.url(number)}?operation=GetCACaps"))


def get(url: str) -> tuple[bytes, str]:
    """Body and content type."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read(), answer.headers["content-type"]


def post(url: str, body: bytes) -> bytes:
    """The answer to a pkiMessage."""
    with urllib.request.urlopen(f"{url}?operation=PKIOperation", data=body, timeout=PATIENCE) as answer:
        assert answer.headers["content-type"] == "application/x-pki-message"
        return bytes(answer.read())


def status_of(url: str, body: bytes | None = None, method: str | None = None) -> int:
    """The HTTP status of an answer that is no SCEP answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method), timeout=PATIENCE):
            return 200
    except urllib.error.HTTPError as error:
        return error.code


def build(directory: Path, message_url: str, ca_url: str) -> Site:
    """A deployment whose SCEP server adds end entities to a shared challenge password; nothing is started."""
    made = lockgate("init", directory, "--message-db", message_url, "--ca-db", ca_url, "--scep")
    assert made.code == 0, made.err
    deployment = Deployment(directory)
    for old, new in (
        ("createOrEditUser = false", "createOrEditUser = true"),
        ('authPwd = "none"', f'authPwd = "{CHALLENGE}"'),
        ('nameGenerationParameters = "CN"', 'nameGenerationParameters = "UID;CN"'),
        ('host = "0.0.0.0"', 'host = "127.0.0.1"'),
    ):
        edited(deployment.ra_config, old, new)
    deployment.ra_config.write_text(deployment.ra_config.read_text() + ALIASES)
    edited(deployment.ca_config, "period = 10", "period = 5\nlegacy_devices = true")
    site = Site(deployment, (free_port(), free_port()))
    granted = site.ca("role", "edit", "RA", "--add-rule", "/action/create")
    assert granted.code == 0, granted.err
    return site


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
