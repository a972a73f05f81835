"""Calls of a remote issuer's runner."""

import subprocess
import sys

import pytest

from lockgate.errors import NotSent
from lockgate.ports import Revoked
from lockgate_app.container.threads import DaemonThreads

HANGING = """
from threading import Event
from lockgate_app.container.threads import DaemonThreads
begun = Event()
DaemonThreads("calls").submit(lambda: begun.set() or Event().wait())
begun.wait()
"""
PATIENCE = 60


def test_the_result_of_a_call_is_its_futures() -> None:
    assert DaemonThreads("calls").submit(Revoked).result(PATIENCE) == Revoked()


def test_the_error_of_a_call_is_its_futures() -> None:
    def call() -> Revoked:
        raise NotSent("no connection")

    with pytest.raises(NotSent, match="no connection"):
        DaemonThreads("calls").submit(call).result(PATIENCE)


def test_a_call_that_hangs_keeps_no_process_from_ending() -> None:
    assert subprocess.run([sys.executable, "-c", HANGING], timeout=PATIENCE, check=False).returncode == 0
