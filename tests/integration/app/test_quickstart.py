"""`lockgate quickstart`: a first certificate, and what a second run does."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.app.commands import Outcome, lockgate


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quickstart") / "here"


@pytest.fixture(scope="module")
def first(directory: Path) -> tuple[Outcome, float]:
    start = time.monotonic()
    outcome = lockgate("quickstart", "--directory", directory)
    return outcome, time.monotonic() - start


def accepted(directory: Path, certificate: Path) -> bool:
    command = ["openssl", "verify", "-CAfile", str(directory / "ra" / "ManagementCA.pem"), str(certificate)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def content(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("first")
class TestFirstRun:
    def test_it_ends_in_time_with_a_certificate_that_openssl_accepts(
        self, first: tuple[Outcome, float], directory: Path
    ) -> None:
        outcome, seconds = first
        assert outcome.code == 0, outcome.err
        assert outcome.err == ""
        assert seconds < 30
        assert accepted(directory, directory / "quickstart.pem")

    def test_it_says_what_it_did_and_where_the_files_are(self, first: tuple[Outcome, float], directory: Path) -> None:
        lines = first[0].out.splitlines()
        assert sum(line.startswith("✓") for line in lines) == 6
        for path in ("quickstart.pem", "quickstart.p7b", "quickstart.key", "ra/ManagementCA.pem"):
            assert any(line.endswith(str(directory / path)) for line in lines)
            assert (directory / path).is_file()

    def test_what_it_says_to_try_next_works(self, first: tuple[Outcome, float]) -> None:
        lines = first[0].out.splitlines()
        commands = [line.split() for line in lines[lines.index("What to try next") + 1 :]]
        for command in commands:
            if command[0].endswith("lockgate") and command[-1] != "worker":
                assert lockgate(*command[1:]).code == 0

    def test_its_private_key_is_private(self, directory: Path) -> None:
        assert (directory / "quickstart.key").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("first")
class TestSecondRun:
    def test_it_says_what_exists_and_changes_nothing(self, directory: Path) -> None:
        before = content(directory)
        again = lockgate("quickstart", "--directory", directory)
        assert again.code == 0
        assert f"There is a deployment already, and it stays as it is: {directory}" in again.out
        assert f"There is a certificate already, and it stays: {directory}/quickstart.pem" in again.out
        assert content(directory) == before

    def test_a_csr_of_ones_own_is_certified_under_its_own_name(self, directory: Path, csr: Path) -> None:
        before = content(directory)
        done = lockgate("quickstart", "--directory", directory, "--csr", csr)
        assert done.code == 0, done.err
        assert accepted(directory, directory / "alice.pem")
        assert before.items() <= {
            path: octets for path, octets in content(directory).items() if path.suffix != ".db"
        }.items() | {item for item in before.items() if item[0].suffix == ".db"}
        assert not (directory / "alice.key").exists()


def test_a_csr_that_is_none_is_told_plainly(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csr"
    bad.write_text("no request")
    done = lockgate("quickstart", "--directory", tmp_path / "here", "--csr", bad)
    assert (done.code, done.err) == (2, f"lockgate: {bad}: holds no PKCS#10 certificate request\n")
