"""Nodes of a CA: processes that do one thing each, several at once, and may be stopped or killed in the middle of it.

They are forked from one that has everything imported and opened, as workers are (`tests.crash.forking`): one thread, no
open connection. A task is a plain object that pickles.
"""

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Literal

from lockgate_app.container.cmp import CmpContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import CaZone, load_ca
from tests.crash.forking import SECONDS, Fault

_server = multiprocessing.get_context("forkserver")
WORKER = "main"
LEASE = timedelta(seconds=SECONDS)
PAUSE = 0.001
"""Seconds between two looks at a process."""
LOOK, BLOCKED, LITTLE = 0.02, 6, 500_000
"""A node is blocked that has worked for less than half a millisecond in each of six looks, 0.02 seconds apart."""
State = Literal["running", "stopped", "ended", "killed", "failed"]
GOING_ON: Collection[State] = {"running", "stopped"}
ENDS: Mapping[int, State] = {0: "ended", -signal.SIGKILL: "killed"}
"""By exit code."""


class Parts:
    """What a node consists of: the service that answers clients, and a worker."""

    def __init__(self, zone: CaZone) -> None:
        self.direct = CmpContainer(zone=zone)
        self.worker = WorkerContainer(zone=zone, name=WORKER)
        self.worker.ca.override(self.direct.ca)

    def close(self) -> None:
        """Give every connection back."""
        for engine in (self.direct.ca.engine(), self.worker.engine()):
            engine.dispose()


Task = Callable[[Parts], bytes]


@dataclass(frozen=True)
class Answer:
    """Answer a message."""

    alias: str
    octets: bytes

    def __call__(self, parts: Parts) -> bytes:
        return parts.direct.service().answer(self.alias, self.octets)


@dataclass(frozen=True)
class ActWhereDue:
    """A worker's housekeeping, as far as it does what is due."""

    def __call__(self, parts: Parts) -> bytes:
        coordinator = parts.worker.ca.coordinator()
        fence = coordinator.acquire(WORKER, f"process {os.getpid()}", LEASE)
        assert fence is not None, "the lease is held by a process that has died"
        parts.worker.housekeeping().due_actions(fence)
        coordinator.release(fence)
        return b""


class Nodes(AbstractContextManager["Nodes"]):
    """Starts nodes."""

    def __init__(self, config: Path) -> None:
        """Start the process that they are forked from.

        Args:
            config: the CA host's `lockgate.toml`; all logs go to a file beside it.
        """
        self.log = config.with_name("nodes.log")
        self._results = config.with_name("results")
        self._results.mkdir()
        self._pipe, theirs = _server.Pipe()
        self._process = _server.Process(target=_serve, args=(config, self.log, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def start(self, task: Task, fault: Fault | None = None) -> "Node":
        """A new node, which does that."""
        pid = self._ask(("start", task, fault, self._results))
        return Node(self, int(pid))

    def result(self, task: Task) -> bytes:
        """What a healthy node makes of it."""
        return self.start(task).result()

    def warm_up(self, task: Task) -> None:
        """Let the process itself do that, so that its children find keys open and statements compiled."""
        self._ask(("do", task))

    def state(self, pid: int, seconds: float) -> State:
        """How a node stands: after so many seconds, or as soon as it does not run any more."""
        state: State = self._ask(("wait", pid, seconds))
        return state

    def output(self, pid: int) -> bytes:
        """What a node has left behind at its end."""
        return (self._results / str(pid)).read_bytes()

    def _ask(self, question: object) -> Any:
        self._pipe.send(question)
        assert self._pipe.poll(2 * SECONDS), "the process does not answer"
        return self._pipe.recv()

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(SECONDS)


@dataclass(frozen=True)
class Node:
    """A node at work."""

    nodes: Nodes
    pid: int

    def state(self, seconds: float = SECONDS) -> State:
        """How it stands: after so many seconds, or as soon as it does not run any more."""
        return self.nodes.state(self.pid, seconds)

    def wait_until_blocked(self) -> None:
        """Wait until it has ended, or waits for another process: it sleeps, and has next to nothing to do."""
        idle, spent = 0, self._spent()
        while idle < BLOCKED and self.state(LOOK) == "running":
            before, spent = spent, self._spent()
            idle = idle + 1 if self._sleeps() and spent - before < LITTLE else 0

    def _spent(self) -> int:
        """Nanoseconds that it has had a processor for; the largest number once it has ended."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            return sys.maxsize

    def _sleeps(self) -> bool:
        try:
            return "(sleeping)" in Path(f"/proc/{self.pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False

    def result(self) -> bytes:
        """What it makes of its task; it must live to the end."""
        state = self.state()
        assert state == "ended", (state, self.nodes.log.read_text()[-5000:])
        return self.nodes.output(self.pid)

    def resume(self) -> None:
        """Let it go on that is stopped."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power failure does."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.state() == "killed"


def _serve(config: Path, log: Path, pipe: Pipe) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    configure_logs()
    parts, children = Parts(load_ca(config)), dict[int, State]()
    while True:
        try:
            kind, *details = pipe.recv()
        except EOFError:
            break
        match kind:
            case "start":
                children[pid := _fork(parts, *details)] = "running"
                pipe.send(pid)
            case "do":
                details[0](parts)
                parts.close()
                pipe.send(None)
            case "wait":
                pipe.send(_state(children, *details))
    for child, state in children.items():
        if state in GOING_ON:
            os.kill(child, signal.SIGKILL)


def _fork(parts: Parts, task: Task, fault: Fault | None, results: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.alarm(SECONDS)
        if fault is not None:
            fault()
        result = task(parts)
        (results / str(os.getpid())).write_bytes(result)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _state(children: dict[int, State], pid: int, seconds: float) -> State:
    deadline = time.monotonic() + seconds
    while children[pid] in GOING_ON:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found and os.WIFSTOPPED(status):
            return "stopped"
        if found:
            code = os.waitstatus_to_exitcode(status)
            children[pid] = ENDS.get(code, "failed")
        elif time.monotonic() > deadline:
            return "running"
        else:
            time.sleep(PAUSE)
    return children[pid]
