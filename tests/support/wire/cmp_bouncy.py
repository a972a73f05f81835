"""Bouncy Castle as a CMP client: a Java program of these tests (`java/BouncyCmp.java`), compiled once a session."""

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from cryptography import x509

from tests.support.databases.derby import java, java_path
from tests.support.parts import MissingPart, do_without, program

SOURCE = Path(__file__).with_name("java") / "BouncyCmp.java"
PACKAGES = {"bcpkix.jar": "libbcpkix-java", "bcprov.jar": "libbcprov-java", "bcutil.jar": "libbcutil-java"}
PATIENCE = 120.0
FAST_START = ("-XX:TieredStopAtLevel=1", "-Xshare:auto")
Option = str | int | Path | bool


@dataclass(frozen=True)
class BouncyOutcome:
    """How a run ended.

    Attributes:
        code: the exit code: 0 for success, 1 for a refusal.
        lines: what happened, an event each.
        directory: where it left certificates and keys.
    """

    code: int
    lines: tuple[str, ...]
    directory: Path

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The certificates that it got, in order."""
        paths = sorted(self.directory.glob("certificate-*.pem"))
        return tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in paths)

    @property
    def certificate(self) -> x509.Certificate:
        """The one certificate that it got."""
        assert self.code == 0, self.lines
        (certificate,) = self.certificates
        return certificate


@dataclass(frozen=True)
class BouncyCmp:
    """The compiled program."""

    command: tuple[str, ...]
    directory: Path

    def run(self, command: str, url: str, *subjects: str, **options: Option) -> BouncyOutcome:
        """One command: ir, cr, kur or rr.

        Args:
            subjects: names to be certified.
            options: of the program, see there; `secret` is the secret itself, which it gets in a file.
        """
        directory = self.directory / f"run-{len(list(self.directory.iterdir()))}"
        directory.mkdir()
        given = {"command": command, "url": url, "out": directory, "subjects": ";".join(subjects), **options}
        if "secret" in options:
            (directory / "secret").write_text(str(options["secret"]))
            given["secret"] = directory / "secret"
        arguments = [f"{name}={str(value).lower() if value is True else value}" for name, value in given.items()]
        started = [*self.command, *arguments]
        done = subprocess.run(started, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)
        print(f"$ {' '.join(started)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
        assert done.stderr == ""
        return BouncyOutcome(done.returncode, tuple(done.stdout.splitlines()), directory)


def compiled(directory: Path) -> BouncyCmp:
    """Compile the program into `directory`, an empty one.

    Raises:
        MissingPart: Bouncy Castle or Java is not installed.
    """
    classes, runs = directory / "classes", directory / "runs"
    runs.mkdir()
    path = java_path(PACKAGES)
    compiler = program("javac", "default-jdk-headless")
    options = ("-Xlint:all,-path", "-Werror", "-d", str(classes), "-cp", path)
    done = subprocess.run(
        [compiler, *options, str(SOURCE)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return BouncyCmp((java(), *FAST_START, "-cp", f"{classes}:{path}", "BouncyCmp"), runs)


@pytest.fixture(scope="session")
def bouncy(tmp_path_factory: pytest.TempPathFactory) -> BouncyCmp:
    """The program; the running test ends where a part of it is missing."""
    try:
        return compiled(tmp_path_factory.mktemp("bouncy-castle"))
    except MissingPart as missing:
        do_without(missing)
