"""Completion in a real bash, by what `lockgate --install-completion` has written."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lockgate_app.cli.commands import COMMANDS

ASK = """
. ~/.bash_completions/lockgate.sh
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$(complete -p lockgate | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" lockgate
printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(script: str, home: Path, *arguments: str) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *arguments],
        env=os.environ | {"PATH": path, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    bash("lockgate --install-completion; true", home)
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
