"""A process of the product ends in bounded time once it is asked to, and leaves no core dump."""

import logging
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment
from lockgate_app.serving import lives
from lockgate_app.serving.jobs import Job, Kind
from lockgate_app.settings import load
from lockgate_app.workers import stops
from lockgate_app.workers.stops import EventRest, stopped_by_signals
from tests.integration.app.commands import until

LIMITS = (
    "import resource, sys; from lockgate_app.cli.commands import app;"
    " _, most = resource.getrlimit(resource.RLIMIT_CORE); resource.setrlimit(resource.RLIMIT_CORE, (most, most));"
    " app([*sys.argv[1:], 'schema', '--help'], standalone_mode=False);"
    " print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
)
STUBBORN = 20
"""Seconds after which that process ends at last."""


def stubborn(job: Job, sockets: object, line: Connection, level: int) -> None:
    """A process that a server's answer, or anything else, keeps from ending."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(job.name).write_text(str(os.getpid()))
    signal.sigtimedwait([], STUBBORN)
    Path(f"{job.name}.ended").touch()


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stops, lives):
        monkeypatch.setattr(module, "STOP_LIMIT", 0.1)
    monkeypatch.setattr(lives, "MARGIN", 0.1)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_does_not_end_is_killed(deployment: Deployment, tmp_path: Path) -> None:
    mark = tmp_path / "stubborn"
    job = Job(Kind.WORKER, str(mark), load(deployment.ca_config), {})
    life = lives.Life(multiprocessing.get_context("forkserver"), job, (), logging.INFO, stubborn)
    until(mark.exists)
    until(mark.read_text)
    lives.end_all([life])
    assert not is_running(int(mark.read_text()))
    assert not Path(f"{mark}.ended").exists()


def test_a_process_whose_work_does_not_end_ends_all_the_same() -> None:
    ended, codes = threading.Event(), []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    with stopped_by_signals(EventRest(), end):
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(10)
    assert codes == [stops.STOPPED_LATE]


@pytest.fixture
def ends() -> Iterator[list[int]]:
    codes: list[int] = []
    yield codes
    assert codes == []


def test_a_process_that_ends_in_time_is_left_alone(ends: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "STOP_LIMIT", 60)
    for number in (None, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        rest = EventRest()
        with stopped_by_signals(rest, ends.append):
            if number is not None:
                os.kill(os.getpid(), number)
            assert rest.stopping() is (number is not None)


@pytest.mark.skipif(not resource.getrlimit(resource.RLIMIT_CORE)[1], reason="this system forbids core dumps anyway")
@pytest.mark.parametrize(("option", "forbidden"), [([], True), (["--core-dumps"], False)])
def test_no_command_leaves_a_core_dump_unless_it_is_asked_to(option: list[str], forbidden: bool) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITS, *option], capture_output=True, check=True, text=True)
    assert (done.stdout.split()[-1] == "0") is forbidden
