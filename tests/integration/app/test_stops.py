"""A process of the product ends in bounded time once it is asked to, and leaves no core dump."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgate_app.workers import service, supervisor
from lockgate_app.workers.service import EventRest, stopped_by_signals

LIMITS = (
    "import resource, sys; from lockgate_app.cli.commands import app;"
    " _, most = resource.getrlimit(resource.RLIMIT_CORE); resource.setrlimit(resource.RLIMIT_CORE, (most, most));"
    " app([*sys.argv[1:], 'schema', '--help'], standalone_mode=False);"
    " print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
)
STUBBORN = 20
"""Seconds after which that process ends at last."""


def stubborn(path: Path, name: str) -> None:
    """A worker's child that a server's answer, or anything else, keeps from ending."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    path.with_name(name).write_text(str(os.getpid()))
    path.with_name(f"{name}.ready").touch()
    signal.sigtimedwait([], STUBBORN)
    path.with_name(f"{name}.ended").touch()


class RestUntil(EventRest):
    """Asks for a stop once a file is there."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def rest(self, seconds: float, readable: int | None = None) -> None:
        super().rest(seconds / 10, readable)
        if self._path.exists():
            self.stop()


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (service, supervisor):
        monkeypatch.setattr(module, "STOP_LIMIT", 0.1)
    monkeypatch.setattr(supervisor, "MARGIN", 0.1)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_process_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_child", stubborn)
    rest = RestUntil(tmp_path / "one.ready")
    assert supervisor._Team(tmp_path / "lockgate.toml", ["one"], rest).run() == 0
    assert not is_running(int((tmp_path / "one").read_text()))
    assert not (tmp_path / "one.ended").exists()


def test_a_process_whose_work_does_not_end_ends_all_the_same() -> None:
    ended, codes = threading.Event(), []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    with stopped_by_signals(EventRest(), end):
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(10)
    assert codes == [service.STOPPED_LATE]


@pytest.fixture
def ends() -> Iterator[list[int]]:
    codes: list[int] = []
    yield codes
    assert codes == []


def test_a_process_that_ends_in_time_is_left_alone(ends: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "STOP_LIMIT", 60)
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
