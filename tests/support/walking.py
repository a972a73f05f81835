"""A page of docs/ whose commands can be typed one after another: its steps, run by one shell, and what they print."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from tests.support.parts import needed_program

DOCS = Path(__file__).resolve().parents[2] / "docs"
PATIENCE = 500
"""Seconds."""
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "## end of step\n"
EXIT_CODE = "echo $?"
"""Shows that the command before it may fail."""
BEGIN = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n"
OF_THE_CA = """lockgate() {
case $1 in --config|init) command lockgate "$@" ;; *) command lockgate --config deployment/ca/lockgate.toml "$@" ;; esac
}
"""
"""Pages leave out the configuration of the CA's host."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command, or a block of them, and what the page says that it prints; None where it says nothing."""

    command: str
    shown: str | None = None
    block: bool = False

    def fits(self, printed: str) -> bool:
        """Whether it has printed that. `…` stands for anything, alone in its line for any number of lines."""
        return self.shown is None or re.fullmatch(self._pattern(self.shown), _plain(printed)) is not None

    def _pattern(self, shown: str) -> str:
        lines = _plain(shown).splitlines()
        return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in lines)


def steps(page: Path, heading: str) -> list[Step]:
    """The steps of a page, from a heading on."""
    text = page.read_text()
    return [step for kind, block in BLOCK.findall(text[text.index(heading) :]) for step in _steps(kind, block)]


def _steps(kind: str, text: str) -> Iterator[Step]:
    if kind == "sh":
        yield Step(text, block=True)
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        found = re.match(r"(?:.*\\\n)*.*\n", part)
        assert found is not None
        yield Step(found[0].rstrip("\n"), part[found.end() :] or None)


def follow(page: str, folder: Path, home: Path, variables: Mapping[str, str] | None = None, heading: str = "") -> str:
    """Run a page of docs/ in `folder`, from a heading to its end; what it prints.

    Args:
        home: an empty folder, for what commands keep there.
        variables: that the page leaves to the reader, and programs that it calls.

    Raises:
        AssertionError: a step has not printed what the page says, or has failed although the page does not say so.
    """
    return _run(steps(DOCS / page, heading), folder, home, variables or {})


def type_blocks(page: str, beginnings: Sequence[str], before: str, folder: Path, home: Path) -> None:
    """Run some blocks of a page of docs/, each named by how it begins, after commands that it presupposes.

    Raises:
        AssertionError: a command has failed.
    """
    blocks = (block(DOCS / page, beginning) for beginning in beginnings)
    asked = [replace(step, shown=None) for kind, text in blocks for step in _steps(kind, text)]
    _run([Step(f"{OF_THE_CA}{before}"), *asked], folder, home, {})


def block(page: Path, beginning: str) -> tuple[str, str]:
    """The only block of a page that begins so: its kind, and its text."""
    (found,) = [(kind, text) for kind, text in BLOCK.findall(page.read_text()) if text.startswith(beginning)]
    return found


def _run(asked: Sequence[Step], folder: Path, home: Path, variables: Mapping[str, str]) -> str:
    script = BEGIN + "".join(_scripted(step, following) for step, following in pairwise([*asked, Step("")]))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**_environment(home), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    *ended, rest = done.stdout.split(END)
    for step, printed in zip(asked, ended, strict=False):
        assert step.fits(printed), f"{step.command}\nprints\n{printed}\ninstead of\n{step.shown}"
    assert len(ended) == len(asked), f"{asked[len(ended)].command}\nends with {done.returncode}:\n{rest}"
    return done.stdout


def _environment(home: Path) -> dict[str, str]:
    """This process's, with the command on the path, and modules that stay compiled from one command to the next."""
    for name in ("curl", "openssl"):
        needed_program(name, name)
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _scripted(step: Step, following: Step) -> str:
    """The step, and the line that ends its output; the next step finds its exit code. Else it ends the shell."""
    if step.block:
        return f"set -e\n{step.command}\nset +e\nprintf '{END}'\n"
    given_up = "" if following.command == EXIT_CODE else "[ $CODE = 0 ] || exit $CODE\n"
    return f"{step.command}\nCODE=$?\n{given_up}printf '{END}'\n(exit $CODE)\n"


def _plain(text: str) -> str:
    """Without what differs between terminals: each column's width, and empty lines."""
    return "".join(f"{' '.join(line.split())}\n" for line in text.splitlines() if line.strip())
