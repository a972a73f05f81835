"""A page of docs/ whose commands can be typed one after another: its steps, run by one shell, and what they print."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "## end of step"
ENDS = re.compile(rf"^{END} (\d+)\n", re.MULTILINE)
EXIT_CODE = "echo $?"
"""Shows that the command before it may fail."""
BEGIN = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n"


@dataclass(frozen=True, slots=True)
class Step:
    """A command, or a block of them, and what the page says that it prints; None where it says nothing."""

    command: str
    shown: str | None

    def fits(self, printed: str) -> bool:
        """Whether it has printed that. `…` stands for anything, alone in its line for any number of lines."""
        return self.shown is None or re.fullmatch(self._pattern(self.shown), _plain(printed)) is not None

    def _pattern(self, shown: str) -> str:
        lines = _plain(shown).splitlines()
        return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Walk:
    """What became of the steps: those that were run, each with its exit code and what it has printed."""

    done: list[tuple[Step, int, str]]
    asked: int


def steps(page: Path) -> list[Step]:
    """All steps of a page."""
    return [step for kind, text in BLOCK.findall(page.read_text()) for step in _steps(kind, text)]


def _steps(kind: str, text: str) -> Iterator[Step]:
    if kind == "sh":
        yield Step(text.rstrip("\n"), None)
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        found = re.match(r"(?:.*\\\n)*.*\n", part)
        assert found is not None
        yield Step(found[0].rstrip("\n"), part[found.end() :] or None)


def walk(page: Path, folder: Path, environment: Mapping[str, str], patience: float) -> Walk:
    """Run the steps in an empty folder, up to the first one that fails although the page does not say so."""
    asked = steps(page)
    script = BEGIN + "".join(_scripted(step, following) for step, following in pairwise([*asked, Step("", None)]))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=patience,
        check=False,
    )
    parts = ENDS.split(done.stdout)
    ended = zip(asked, map(int, parts[1::2]), parts[0::2], strict=False)
    return Walk([*ended], len(asked))


def _scripted(step: Step, following: Step) -> str:
    """The step, the line that ends its output, and its exit code for the next one."""
    given_up = "" if following.command == EXIT_CODE else " || exit"
    return f"{step.command}\nCODE=$?; echo '{END}' $CODE; (exit $CODE){given_up}\n"


def _plain(text: str) -> str:
    """Without what differs between terminals: each column's width, and empty lines."""
    return "".join(f"{' '.join(line.split())}\n" for line in text.splitlines() if line.strip())
