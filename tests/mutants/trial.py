"""Run tests in a copy of the tree, each time in a fork of one process that has the large libraries in memory already.

This is the process that `tests.mutants.copies` starts in a copy. It reads one job a line from its standard input, and
writes one result a line: what became of each check. Nothing of the product is imported before the fork, so every fork
sees the modules as they are in the copy then.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

LIBRARIES = (
    "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql", "alembic.command",
    "cryptography.x509", "cryptography.hazmat.primitives.serialization.pkcs7",
    "cryptography.hazmat.primitives.serialization.pkcs12", "asn1crypto.cms", "asn1crypto.csr", "asn1crypto.crl",
    "structlog", "msgspec.json", "pydantic", "dependency_injector.providers", "tenacity", "gmpy2", "typer.testing",
    "rich.table", "tomli_w", "ruamel.yaml", "starlette.applications", "uvicorn",
)  # fmt: skip
SECONDS = 60
"""How long one test may take."""
_NOT_RUN = frozenset({pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED})
"""A module that all tests import cannot be imported, for example."""


@dataclass(frozen=True, slots=True)
class Check:
    """What must pass without the mutant, and fail with it.

    Attributes:
        test: a node id; without brackets for every row of examples.
        example: a part of what stands in the brackets.
    """

    test: str
    example: str = ""

    def is_made_by(self, node: str) -> bool:
        """Whether the test with this node id, brackets and all, is one of these."""
        if node == self.test:
            return not self.example
        example = self.example.encode("unicode_escape").decode()  # as pytest writes node ids
        return node.startswith(f"{self.test}[") and example in node.removeprefix(self.test)

    @property
    def file(self) -> str:
        """The test's module, relative to the root."""
        return self.test.partition("::")[0]


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    HUNG = "hung"
    BROKEN = "broken"
    """It could not be run: an import, a collection or a fixture failed."""
    SKIPPED = "skipped"
    MISSING = "missing"
    """There is no such test."""


class Recorder:
    """The part of it that pytest calls: selects the checks' tests, and keeps what became of them."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self.outcomes = dict.fromkeys(checks, Outcome.MISSING)
        self.texts: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported breaks every check."""
        if report.failed:
            self.outcomes = dict.fromkeys(self._checks, Outcome.BROKEN)
            self.texts.append(report.longreprtext)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run nothing else."""
        items[:] = [item for item in items if any(check.is_made_by(item.nodeid) for check in self._checks)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The first example that does not pass decides."""
        outcome = _outcome(report)
        if report.failed:
            self.texts.append(report.longreprtext)
        for check in self._checks:
            if check.is_made_by(report.nodeid) and self.outcomes[check] in (Outcome.MISSING, Outcome.PASSED):
                self.outcomes[check] = outcome


def _outcome(report: pytest.TestReport) -> Outcome:
    if report.skipped:
        return Outcome.SKIPPED
    if report.passed:
        return Outcome.PASSED
    if report.when == "setup":
        return Outcome.BROKEN
    return Outcome.HUNG if "Failed: Timeout" in report.longreprtext else Outcome.FAILED


def run(checks: Sequence[Check], scratch: Path) -> dict[str, object]:
    """Run the checks' tests, in this process."""
    recorder = Recorder(checks)
    options = (
        "-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning",
        f"--timeout={SECONDS}", f"--basetemp={scratch / 'tmp'}",
    )  # fmt: skip
    status = pytest.main([*options, *sorted({check.file for check in checks})], plugins=[recorder])
    if status in _NOT_RUN:
        recorder.outcomes = dict.fromkeys(checks, Outcome.BROKEN)
    return {"outcomes": [recorder.outcomes[check] for check in checks], "text": "\n".join(recorder.texts)}


def in_a_fork(checks: Sequence[Check], scratch: Path) -> str:
    """The same in a process of its own; its result as JSON."""
    result, output = scratch / "result.json", scratch / "output.txt"
    result.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            result.write_text(json.dumps(run(checks, scratch)))
        except BaseException:  # noqa: BLE001  # told in the result
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)
    os.waitpid(child, 0)
    if result.exists():
        return result.read_text()
    return json.dumps({"outcomes": [Outcome.BROKEN] * len(checks), "text": output.read_text()})


def main() -> None:
    """Serve."""
    for name in LIBRARIES:
        with suppress(ImportError):  # an extra that is not installed
            importlib.import_module(name)
    scratch = Path(sys.argv[1])
    for line in sys.stdin:
        checks = [Check(**check) for check in json.loads(line)]
        print(in_a_fork(checks, scratch), flush=True)


if __name__ == "__main__":
    main()
