"""The part of it that pytest calls."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.secrecy.records import Records, keep_everything, log_everything
from tests.secrecy.sources import note_everything
from tests.secrecy.vault import Vault

FINDINGS = "secrecy_findings"


class Secrecy:
    """Watches one process of the session, and in the one that the user started, tells what was found in all."""

    def __init__(self) -> None:
        self._vault = Vault()
        self._records = Records()
        self._findings: list[str] = []
        self._patch = pytest.MonkeyPatch()

    def watch(self) -> None:
        """Begin."""
        keep_everything(self._records, self._patch)
        note_everything(self._vault, self._patch)

    def pytest_runtest_setup(self) -> None:
        """Miss nothing."""
        log_everything()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep what a test's phase has printed."""
        report = yield
        for name, text in report.sections:
            self._records.add(text, name)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Search."""
        self._patch.undo()
        self._findings += self._vault.findings(self._records)
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[FINDINGS] = self._findings
        elif self._findings:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what another process has found."""
        self._findings += getattr(node, "workeroutput", {}).get(FINDINGS, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell."""
        if self._findings:
            terminalreporter.section("secrets in log lines", red=True)
            for finding in self._findings:
                terminalreporter.line(finding)
