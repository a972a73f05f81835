"""The READMEs of the examples of issuers by command, followed word by word."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.app.commands import PATIENCE
from tests.support.parts import needed_program

ROOT = Path(__file__).parents[3]
BLOCKS = re.compile(r"^```(console|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
NO_ANSWER_YET = 3
PORT = "8888"


class Reader:
    """Somebody who follows a README in an empty folder, beside the examples.

    Args:
        port: in place of the README's.
    """

    def __init__(self, folder: Path, port: str) -> None:
        self.folder, self._port = folder, port
        (folder / "examples").symlink_to(ROOT / "examples")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._environment = os.environ | {"PATH": path}
        self._variables: dict[str, str] = {}
        self.said: dict[str, str] = {}

    @contextmanager
    def following(self, readme: Path) -> Iterator[None]:
        """Every block, in order; what was started in the background ends with the context."""
        with ExitStack() as stack:
            for kind, text in BLOCKS.findall(readme.read_text().replace(PORT, self._port)):
                if kind == "toml":
                    with (self.folder / "deployment/ca/lockgate.toml").open("a") as file:
                        file.write(f"\n{text}")
                else:
                    for command in COMMANDS.findall(text):
                        self._run(command, stack)
            yield

    def _run(self, command: str, stack: ExitStack) -> None:
        if command.endswith(" &"):
            stack.enter_context(self._in_the_background(command.removesuffix(" &")))
            return
        if named := re.match(r"(\w+)=\$\((.*)\)$", command):
            self._environment |= {named[1]: self._output(named[2]).strip()}
            return
        self.said[command] = self._output(command)

    def _output(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == (NO_ANSWER_YET if "--wait 0" in command else 0), (command, done.stdout, done.stderr)
        return done.stdout

    @contextmanager
    def _in_the_background(self, command: str) -> Iterator[None]:
        log = (self.folder / "log").open("wb")
        shell = ["bash", "-c", f"exec bash -c {shlex.quote(command)}"]
        with (
            log,
            subprocess.Popen(
                shell, cwd=self.folder, env=self._environment, stdout=log, stderr=log, start_new_session=True
            ) as process,
        ):
            try:
                end = time.monotonic() + PATIENCE
                while not self._is_served():
                    assert time.monotonic() < end, (self.folder / "log").read_text()
                    time.sleep(0.02)
                yield
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def _is_served(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", int(self._port))) == 0

    def last(self, part: str) -> str:
        """What the last command said in which that stands."""
        return [said for command, said in self.said.items() if part in command][-1]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return Reader(tmp_path, str(server.getsockname()[1]))


@pytest.mark.parametrize(("example", "programs"), [("openssl_ca", ("openssl",)), ("cfssl", ("cfssl", "cfssljson"))])
def test_the_readme_brings_a_certificate_and_its_revocation(
    reader: Reader, example: str, programs: tuple[str, ...]
) -> None:
    for name in programs:
        needed_program(name, "openssl" if name == "openssl" else "golang-cfssl")
    with reader.following(ROOT / "examples" / "issuers" / example / "README.md"):
        assert "0 wrong, 0 warnings" in reader.last(" check")
        assert reader.last("request resume").startswith("certificate: ")
        assert reader.last("openssl verify").endswith(".pem: OK\n")
        left = reader._output("lockgate --config deployment/ca/lockgate.toml operation list --json")
        assert '"operations": []' in left
        if example == "openssl_ca":
            assert reader._output("cut -f 1 openssl-ca/index.txt") == "R\n"
            assert "BEGIN X509 CRL" in reader.last('"verb": "crl"')
        else:
            query = "select status, reason from certificates"
            script = f"import sqlite3; print(*sqlite3.connect('cfssl/certificates.db').execute('{query}'))"
            assert reader._output(f'python3 -c "{script}"') == "('revoked', 4)\n"
