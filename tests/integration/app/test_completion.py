"""Completion in a real bash, zsh and fish, by what `lockgate --install-completion` has written there."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from lockgate_app.cli.commands import COMMANDS
from tests.integration.app.commands import PATIENCE
from tests.support.parts import needed_program

ASK = """
. ~/.bash_completions/lockgate.sh
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$(complete -p lockgate | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" lockgate
printf '%s\\n' "${COMPREPLY[@]}"
"""


INSTALL = "lockgate --install-completion; true"


def bash(script: str, home: Path, *arguments: str) -> str:
    return said(["bash", "--norc", "-c", script, "bash", *arguments], home)


def said(command: Sequence[str], home: Path) -> str:
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout


def environment(home: Path) -> Mapping[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    bash(INSTALL, home)
    return home


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["lockgate", ""], [*COMMANDS]),
        (["lockgate", "c"], ["check", "ca", "certificate", "console", "cmp-proxy", "cmp"]),
        (["lockgate", "--config", "ra.toml", "request", "pk"], ["pkcs10", "pkcs12"]),
        (["lockgate", "ca", "rollover", "a"], ["activate"]),
        (["lockgate", "db", "purge", "--o"], ["--older-than"]),
    ],
    ids=" ".join,
)
def test_bash_completes(words: Sequence[str], completed: Sequence[str], home: Path) -> None:
    assert bash(ASK, home, *words).split() == completed


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("lockgate c", ["ca", "certificate", "check", "cmp", "cmp-proxy", "console"]),
        ("lockgate --config ra.toml request pk", ["pkcs10", "pkcs12"]),
        ("lockgate db purge --o", ["--older-than"]),
    ],
)
def test_fish_completes(words: str, completed: Sequence[str], tmp_path: Path) -> None:
    fish = needed_program("fish", "fish")
    said([fish, "--no-config", "-c", INSTALL], tmp_path)
    told = said([fish, "-c", 'complete -C "$argv"', words], tmp_path)
    assert [line.partition("\t")[0] for line in told.splitlines()] == completed


def test_zsh_completes(tmp_path: Path) -> None:
    """On a terminal: nothing else asks zsh for completions. Its first one reads the script, and completes nothing."""
    zsh = needed_program("zsh", "zsh")
    said([zsh, "-fc", INSTALL], tmp_path)
    with (tmp_path / ".zshrc").open("a") as settings:
        settings.write("\nPROMPT='ready> '\n")
    with typed_into(zsh, tmp_path) as terminal:
        until(terminal, b"ready> ")
        os.write(terminal, b"lockgate ca rollover a\t\t")
        until(terminal, b"ctivate")
        os.write(terminal, b"\x15lockgate request pk\t\t")
        until(terminal, b"pkcs12")


@contextmanager
def typed_into(shell: str, home: Path) -> Iterator[int]:
    """The terminal of a shell, which ends with it."""
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", shell, "-i"],
        env=environment(home),
        cwd=home,
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
    )
    os.close(secondary)
    try:
        yield primary
    finally:
        process.kill()
        process.wait()
        os.close(primary)


def until(terminal: int, text: bytes) -> None:
    """Read until the shell has written that."""
    read, end = b"", time.monotonic() + PATIENCE
    while text not in read:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, read
        read += os.read(terminal, 4096)
