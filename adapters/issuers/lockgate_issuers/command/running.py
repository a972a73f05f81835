"""One run of an operator's program: input written, outputs read within bounds, everything ended in time.

The program runs under a guard (`guard.py`). Whatever it does, a run ends at the program's time limit and `KILLING`
seconds at most, and nothing of it is left then.
"""

import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from lockgate.errors import NotSent, PeerError, Unavailable
from lockgate_issuers.command import guard
from lockgate_issuers.command.complaints import Complaints
from lockgate_issuers.command.program import Program

KILLING = timedelta(seconds=5)
"""How long it takes at most until everything has ended after the time limit."""
GUARD = 3.0
"""Seconds that the guard has for that; then it is ended itself."""
MAX_COMPLAINTS = 1024 * 1024
"""Octets on standard error at most; a program that writes more is ended."""
CHUNK = 65536
TEMPFAIL, UNAVAILABLE = 75, 69
"""Exit codes (sysexits.h): nothing was done; it is not known what was done."""
MAX_OUTCOME = 400


class WrongAnswer(PeerError):
    """The program has broken the protocol. What it has done is not known."""


def run(program: Program, request: bytes, complaints: Complaints) -> bytes:
    """What the program writes on standard output.

    Args:
        request: for standard input.
        complaints: takes what it writes on standard error.

    Raises:
        NotSent: the program could not be started, or says that it has done nothing.
        Unavailable: it was ended, by a signal or because its time was over, or it says that it does not know.
        WrongAnswer: it has failed otherwise, or has written too much.
    """
    deadline = time.monotonic() + program.timeout.total_seconds()
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = _started(program, theirs)
        with process:
            try:
                dialogue = _Dialogue(process, ours, complaints, program.max_output)
                dialogue.hold(_task(program, deadline), request, deadline + GUARD)
            finally:
                ours.close()  # the guard ends everything
                _end(process)
                complaints.finish()
    return _judged(dialogue.outcome, bytes(dialogue.output))


def _started(program: Program, control: socket.socket) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(control.fileno())]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=(control.fileno(),),
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise NotSent(f"{program.path}: no process could be started: {error.strerror}") from None


def _task(program: Program, deadline: float) -> bytes:
    user, group = ("", "") if program.user is None else (str(program.user.uid), str(program.user.gid))
    arguments = (str(program.path), *program.arguments)
    variables = (f"{name}={value}" for name, value in program.environment.items())
    parts = (str(deadline), str(program.directory), user, group, str(len(arguments)), *arguments, *variables)
    task = "\0".join(parts).encode()
    return f"{len(task):0{guard.LENGTH}d}".encode() + task


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the guard, and kill it where it does not end: what it has started dies with it."""
    try:
        process.wait(KILLING.total_seconds() - GUARD)
    except subprocess.TimeoutExpired:
        process.kill()


def _judged(outcome: str, output: bytes) -> bytes:
    kind, _, detail = outcome.partition(" ")
    match kind, detail:
        case "exit", "0":
            return output
        case "exit", code if code == str(TEMPFAIL):
            raise NotSent(f"the program says that it has done nothing (exit code {TEMPFAIL})")
        case "exit", code if code == str(UNAVAILABLE):
            raise Unavailable(f"the program does not know what was done (exit code {UNAVAILABLE})")
        case "exit", code:
            raise WrongAnswer(f"the program has failed (exit code {code})")
        case "unstarted", reason:
            raise NotSent(f"the program was not started: {reason}")
        case "signal", number:
            raise Unavailable(f"the program was ended by signal {number}")
        case "late", _:
            raise Unavailable("the program was ended, because its time was over")
    raise Unavailable("the program's guard has died")


class _Dialogue:
    """Reads and writes all streams of one run at a time.

    Attributes:
        output: of the program.
        outcome: the guard's line; empty where there was none.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", control: socket.socket, complaints: Complaints, max_output: int
    ) -> None:
        self.output, self._outcome = bytearray(), bytearray()
        self._complaints, self._complained, self._max_output = complaints, 0, max_output
        self._control = control.fileno()
        self._streams = selectors.DefaultSelector()
        self._stdin = process.stdin.fileno() if process.stdin else -1
        self._close_stdin: Callable[[], None] = process.stdin.close if process.stdin else lambda: None
        self._stdout = process.stdout.fileno() if process.stdout else -1
        self._stderr = process.stderr.fileno() if process.stderr else -1
        self._to_write: dict[int, memoryview] = {}

    @property
    def outcome(self) -> str:
        return self._outcome.decode("utf-8", "replace").strip()

    def hold(self, task: bytes, request: bytes, deadline: float) -> None:
        """Until all streams have ended, or the deadline (seconds of the monotonic clock).

        Raises:
            WrongAnswer: the program has written too much.
        """
        self._to_write = {self._control: memoryview(task), self._stdin: memoryview(request)}
        with self._streams:
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            self._watch(self._control, both)
            self._watch(self._stdin, selectors.EVENT_WRITE)
            for stream in (self._stdout, self._stderr):
                self._watch(stream, selectors.EVENT_READ)
            while self._streams.get_map() and (left := deadline - time.monotonic()) > 0:
                for key, events in self._streams.select(left):
                    if events & selectors.EVENT_WRITE:
                        self._write(key.fd)
                    if events & selectors.EVENT_READ:
                        self._read(key.fd)

    def _watch(self, stream: int, events: int) -> None:
        os.set_blocking(stream, False)
        self._streams.register(stream, events)

    def _write(self, stream: int) -> None:
        left = self._to_write[stream]
        with suppress(BlockingIOError):
            try:
                left = left[os.write(stream, left[:CHUNK]) :]
            except (BrokenPipeError, ConnectionResetError):
                left = left[len(left) :]  # nobody reads it
        self._to_write[stream] = left
        if not left:
            self._written(stream)

    def _written(self, stream: int) -> None:
        if stream == self._control:
            self._streams.modify(stream, selectors.EVENT_READ)
        else:
            self._streams.unregister(stream)
            self._close_stdin()

    def _read(self, stream: int) -> None:
        try:
            octets = os.read(stream, CHUNK)
        except BlockingIOError:
            return
        except ConnectionResetError:
            octets = b""
        if not octets:
            self._streams.unregister(stream)
        elif stream == self._stdout:
            self._take_output(octets)
        elif stream == self._stderr:
            self._take_complaints(octets)
        elif len(self._outcome) < MAX_OUTCOME:
            self._outcome += octets

    def _take_output(self, octets: bytes) -> None:
        self.output += octets
        if len(self.output) > self._max_output:
            raise WrongAnswer(f"the program writes more than {self._max_output} octets on standard output")

    def _take_complaints(self, octets: bytes) -> None:
        self._complaints.take(octets)
        self._complained += len(octets)
        if self._complained > MAX_COMPLAINTS:
            raise WrongAnswer(f"the program writes more than {MAX_COMPLAINTS} octets on standard error")
