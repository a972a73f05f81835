"""Copies of the tree, in which mutants are tried: the tree itself is never touched."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Self

from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.trial import Check, Outcome

SOURCES: Sequence[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["mypy_path"]
"""Where modules are found, relative to the root."""
LEFT_OUT = (
    ".git",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".pytest_cache",
    "lockgate-quickstart",
    "dist",
)


class Copy:
    """One copy and the process that runs tests in it.

    Args:
        directory: an empty one.
    """

    def __init__(self, directory: Path) -> None:
        self.root, scratch = directory / "tree", directory / "scratch"
        scratch.mkdir()
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._applied = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.trial", str(scratch)],
            cwd=self.root,
            env=_environment(self.root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.communicate()

    def run(self, checks: Sequence[Check]) -> tuple[Sequence[Outcome], str]:
        """What becomes of each check in the copy as it is now, and what the tests that failed said."""
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([asdict(check) for check in checks]) + "\n")
        process.stdin.flush()
        result = json.loads(process.stdout.readline())
        return [Outcome(outcome) for outcome in result["outcomes"]], result["text"]

    def complains(self, module: str) -> tuple[Outcome, str]:
        """Whether mypy has something to say about a module."""
        command = [sys.executable, "-m", "mypy", "--no-error-summary", module]
        environment = _environment(self.root)
        done = subprocess.run(command, check=False, cwd=self.root, env=environment, capture_output=True, text=True)
        outcome = {0: Outcome.PASSED, 1: Outcome.FAILED}.get(done.returncode, Outcome.BROKEN)
        return outcome, done.stdout + done.stderr

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """With the mutant applied."""
        path = self.root / mutant.module
        source, status = path.read_text(), path.stat()
        path.write_text(mutant.applied_to(source))
        # Python tells compiled modules apart by size and full seconds: each mutant has a second of its own.
        self._applied += 1
        os.utime(path, (status.st_atime, status.st_mtime + self._applied))
        try:
            yield
        finally:
            path.write_text(source)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _environment(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / source) for source in SOURCES)}
