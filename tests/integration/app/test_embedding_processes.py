"""A worker in a host program that can start no thread, or forks."""

import os
import signal
import threading
import warnings
from collections.abc import Callable

import pytest

from lockgate.errors import CallerError, Unavailable
from lockgate_app.deployment import Deployment
from lockgate_app.embedding import State, Worker
from tests.integration.app.commands import PATIENCE, until
from tests.integration.app.test_embedding import container, state


def test_a_process_that_can_start_no_thread_is_told_so_and_waits_for_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    worker = Worker(container(deployment))
    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(Unavailable, match="can't start new thread"):
        worker.start()
    with pytest.raises(Unavailable, match="can't start new thread"):
        worker.wait(PATIENCE)
    assert worker.health.state is State.FAILED


def in_fork(act: Callable[[], None]) -> int:
    """What a forked process returns that does so: 0, or 1 after an error. It ends at once, and closes nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and newer warn where there are threads
        child = os.fork()
    if child == 0:
        signal.alarm(int(PATIENCE))  # it must not outlive the test where it hangs
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class TestForkedProcess:
    def test_it_neither_stops_the_worker_nor_waits_for_it(self, deployment: Deployment) -> None:
        def leave(worker: Worker) -> None:
            worker.stop()
            with pytest.raises(CallerError, match="the process that has started it"):
                worker.wait()
            worker.__exit__(None, None, None)

        with Worker(container(deployment)) as worker:
            until(lambda: worker.health.state is State.WORKING)
            assert in_fork(lambda: leave(worker)) == 0
            ended = worker._rest._ended
            assert not ended.poll(), "a pause would end at once, again and again"
            assert worker.health.state is State.WORKING

    def test_it_may_start_a_worker_that_was_made_before_the_fork(self, deployment: Deployment) -> None:
        worker = Worker(container(deployment))

        def live() -> None:
            with worker:
                until(lambda: worker.health.state is State.WORKING)
            assert state(worker) == "stopped"

        assert in_fork(live) == 0
        assert state(worker) == "new"
        assert not worker._rest._ended.poll()
