"""`openssl cmp` as a client of others and as a mock server: with this machine's libcrypto, and with the newer one that
the wheel psycopg-binary brings.

The mock server takes one connection at a time and one transaction on each: it is a peer for one client only.
"""

import importlib.util
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from cryptography import x509

from tests.support.parts import MissingPart, do_without, program

PATIENCE = 60.0
MESSAGES = 12
"""Messages of one run that are kept."""
SYSTEM, BUNDLED = "3.0", "3.5"
LIBRARIES = (SYSTEM, BUNDLED)
"""The libraries, named by the least version of each."""
NEWER = [3, 3]
"""The command's version from which on its mock server puts off confirmations, too, and does not compare the certificate
that is updated or revoked with its own; and from which on what is told of a CA must be saved in files."""
SECRETS = frozenset({"secret", "srv_secret"})
Option = str | int | Path | bool


@dataclass(frozen=True)
class CmpOutcome:
    """How a client's run ended.

    Attributes:
        code: the exit code; 0 is success.
        log: everything that it printed.
        directory: where it left its files.
    """

    code: int
    log: str
    directory: Path

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The certificates that it got, in order."""
        return self._certificates("certificate")

    @property
    def certificate(self) -> x509.Certificate:
        """The one certificate that it got."""
        assert self.code == 0, self.log
        (certificate,) = self.certificates
        return certificate

    @cached_property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The chain that it built for the certificate, without the certificate."""
        return self._certificates("chain")

    @cached_property
    def extra(self) -> tuple[x509.Certificate, ...]:
        """The certificates that came in extraCerts."""
        return self._certificates("extra")

    @cached_property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """The certificates that came in caPubs."""
        return self._certificates("authorities")

    @cached_property
    def requests(self) -> tuple[bytes, ...]:
        """The messages that it sent, DER, the first first."""
        return self._messages("request")

    @cached_property
    def responses(self) -> tuple[bytes, ...]:
        """The messages that it accepted, DER, the first first."""
        return self._messages("response")

    def _certificates(self, name: str) -> tuple[x509.Certificate, ...]:
        path = self.directory / f"{name}.pem"
        found = path.read_bytes() if path.exists() else b""
        return tuple(x509.load_pem_x509_certificates(found)) if found else ()

    def _messages(self, name: str) -> tuple[bytes, ...]:
        paths = (self.directory / f"{name}-{number}.der" for number in range(MESSAGES))
        return tuple(path.read_bytes() for path in paths if path.exists())


@dataclass(frozen=True)
class OpensslCmp:
    """The command with one of the libraries.

    Attributes:
        name: of `LIBRARIES`.
        version: the library's, for example `3.0.19`.
        own_version: the command's.
        environment: that makes the command load it.
        directory: for its files; each run has one of its own in it.
    """

    name: str
    version: str
    own_version: str
    command: str
    environment: Mapping[str, str]
    directory: Path

    @property
    def is_newer(self) -> bool:
        """Whether the command's own rules are those of `NEWER`."""
        return _numbers(self.own_version) >= NEWER

    def run(self, command: str, server: str, path: str, *flags: str, **options: Option) -> CmpOutcome:
        """One transaction: ir, cr, kur, p10cr, rr or genm.

        Args:
            server: host and port.
            path: of the service.
            flags, options: of the command, without their `-`; `secret` is the secret itself, which it gets in a file.
        """
        directory = self._fresh()
        outputs = {"certout": "certificate", "chainout": "chain", "extracertsout": "extra", "cacertsout": "authorities"}
        messages = {"reqout": "request", "rspout": "response"}
        given: dict[str, Option] = {
            **{option: directory / f"{name}.pem" for option, name in outputs.items()},
            **{option: self._numbered(directory, name) for option, name in messages.items()},
            "msg_timeout": int(PATIENCE),
            **options,
        }
        arguments = ("-cmd", command, "-server", server, "-path", path, *self._arguments(directory, given))
        started = [self.command, "cmp", "-config", "", "-batch", *arguments, *(f"-{flag}" for flag in flags)]
        done = subprocess.run(
            started,
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=2 * PATIENCE,
            check=False,
        )
        log = done.stdout + done.stderr
        told = " ".join(f"-{name} {value}" for name, value in options.items() if name not in SECRETS)
        print(f"$ openssl cmp {command} {server} {path} {' '.join(flags)} {told}\nexit code {done.returncode}\n{log}")
        return CmpOutcome(done.returncode, log, directory)

    @contextmanager
    def serve(self, *flags: str, **options: Option) -> Iterator["MockServer"]:
        """Its mock server, as long as it is needed; arguments as for `run`, `srv_secret` is the secret itself."""
        directory = self._fresh()
        arguments = (*self._arguments(directory, options), *(f"-{flag}" for flag in flags))
        started = [self.command, "cmp", "-config", "", "-port", "0", *arguments]
        log = directory / "server.log"
        with (
            log.open("wb") as output,
            subprocess.Popen(started, env=self.environment, stdout=output, stderr=output) as process,
        ):
            try:
                yield MockServer(_port(process, log), log, puts_off_confirmations=self.is_newer)
            finally:
                process.terminate()

    def _fresh(self) -> Path:
        directory = self.directory / f"run-{len(list(self.directory.iterdir()))}"
        directory.mkdir()
        return directory

    def _numbered(self, directory: Path, name: str) -> str:
        return ",".join(str(directory / f"{name}-{number}.der") for number in range(MESSAGES))

    def _arguments(self, directory: Path, options: Mapping[str, Option]) -> Iterator[str]:
        for name, value in options.items():
            yield f"-{name}"
            if name in SECRETS:
                (directory / name).write_text(str(value))
                yield f"file:{directory / name}"
            else:
                yield str(value)


@dataclass(frozen=True)
class MockServer:
    """A running mock server; it answers by fixed rules and verifies protection.

    Attributes:
        puts_off_confirmations: whether `poll_count` is about the answers to confirmations, too.
    """

    port: int
    log: Path
    puts_off_confirmations: bool

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The one path that it serves."""
        return f"http://{self.address}/{self.path}"

    @property
    def path(self) -> str:
        """The path, as `OpensslCmp.run` takes it."""
        return "pkix/"


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while (found := re.search(r"^ACCEPT \S+:(\d+) ", log.read_text(), re.MULTILINE)) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)
    return int(found[1])


def bodies(log: str) -> list[str]:
    """The bodies that the command has sent and received, in its own capitals."""
    told = [line for line in log.splitlines() if "CMP info: sending " in line or "CMP info: received " in line]
    words = [line.rpartition(" ")[2] for line in told]
    return [word for word in words if word.isupper() and word.isalnum()]


def openssl_cmp(name: str, directory: Path) -> OpensslCmp:
    """The command with the library of that name.

    Args:
        directory: an empty one.

    Raises:
        MissingPart: the command, or the library in a version that is new enough, is not installed.
    """
    command = program("openssl", "openssl")
    environment = dict(os.environ)
    if name == BUNDLED:
        environment["LD_LIBRARY_PATH"] = _bundled(directory)
    (directory / "runs").mkdir()
    told = subprocess.run([command, "version"], env=environment, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^OpenSSL ([\d.]+).*\(Library: OpenSSL ([\d.]+)", told)
    own_version, version = found.groups() if found else ("0", "0")
    if _numbers(version) < _numbers(name):
        raise MissingPart(f"libcrypto {name} or newer is missing: {told.strip()}")
    return OpensslCmp(name, version, own_version, command, environment, directory / "runs")


def _numbers(version: str) -> list[int]:
    return list(map(int, version.split(".")))


def _bundled(directory: Path) -> str:
    """The search path for libraries on which those of the wheel have the names that the command asks for."""
    package = importlib.util.find_spec("psycopg_binary")
    if package is None or package.origin is None:
        raise MissingPart("psycopg-binary is missing: pip install -e '.[postgresql]'")
    libraries = Path(package.origin).parent.parent / "psycopg_binary.libs"
    links = directory / "libraries"
    links.mkdir()
    for name in ("libcrypto", "libssl"):
        found = list(libraries.glob(f"{name}-*.so.3"))
        if len(found) != 1:
            raise MissingPart(f"the wheel psycopg-binary brings no {name}: another build of it is installed")
        (links / f"{name}.so.3").symlink_to(found[0])
    return f"{links}:{libraries}"


@pytest.fixture(scope="session")
def openssl_library(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], OpensslCmp]:
    """Gives the command with the library of that name; the running test ends where it is missing."""
    made: dict[str, OpensslCmp] = {}

    def give(name: str) -> OpensslCmp:
        if name not in made:
            try:
                made[name] = openssl_cmp(name, tmp_path_factory.mktemp(f"openssl-{name}"))
            except MissingPart as missing:
                do_without(missing)
        return made[name]

    return give


@pytest.fixture(params=LIBRARIES, ids=lambda name: f"openssl-{name}")
def openssl(request: pytest.FixtureRequest, openssl_library: Callable[[str], OpensslCmp]) -> OpensslCmp:
    """The command, once with each library."""
    return openssl_library(str(request.param))
