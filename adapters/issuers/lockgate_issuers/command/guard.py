"""The process between Lockgate and an operator's program: it ends the program, and everything that the program has
started, when the program has ended, when its time is over, or when Lockgate has died.

    python -I -S guard.py CONTROL

CONTROL is the number of a connected socket. It brings the task: ten digits that say how many octets follow, then, with
a zero octet between each two, the deadline (seconds of CLOCK_MONOTONIC), the directory, the numbers of user and group
(empty for those of the guard), how many arguments there are, these (the program itself is the first one), and the
variables. What became of it goes back in one line:

    exit 0         the program has ended with that code
    signal 9       a signal has ended it
    late           its time was over
    unstarted ...  it was not started, and why

The program inherits standard input, output and error. It stands in a session of its own, and gets nothing else of the
guard: no other file, no variable of the environment, no right beyond those of its user. Descendants that leave the
session are adopted by the guard (`PR_SET_CHILD_SUBREAPER`, prctl(2)), so that it finds and kills them, too.

It imports the standard library only, and little of that: it is started for each call.
"""

import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LENGTH = 10
"""Digits in front of a task, which say how many octets it has."""
CHUNK = 65536
KILLING = 2.0
"""Seconds in which everything that the program has started must have ended."""
PAUSE = 0.005
"""Seconds between two looks for what is left."""


def main(control: int) -> None:
    """Carry out the task that the socket brings."""
    os.set_inheritable(control, False)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    task = _received(control)
    if task is None:
        return
    outcome = _carry_out(task, control)
    _report(control, outcome)


def _received(control: int) -> list[bytes] | None:
    """The parts of the task; None where Lockgate has died before it was sent."""
    octets = b""
    while len(octets) < LENGTH or len(octets) < LENGTH + int(octets[:LENGTH]):
        more = os.read(control, CHUNK)
        if not more:
            return None
        octets += more
    return octets[LENGTH:].split(b"\0")


def _carry_out(task: list[bytes], control: int) -> str:
    deadline, directory, user, group, count, *rest = task
    arguments, environment = rest[: int(count)], rest[int(count) :]
    failed, reports = os.pipe()
    program = os.fork()
    if program == 0:
        _become(reports, directory, (user, group), arguments, environment)
    os.close(reports)
    _let_go()
    reason = os.read(failed, 200)
    if reason:
        os.waitpid(program, 0)
        return f"unstarted {reason.decode()}"
    return _watch(program, control, float(deadline))


def _become(
    reports: int, directory: bytes, ids: tuple[bytes, bytes], arguments: list[bytes], environment: list[bytes]
) -> None:
    """Turn this process into the program; where that fails, say why and end."""
    step = "the process"
    try:
        os.setsid()
        os.umask(0o077)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        step = "the user"
        _change_user(*ids)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        step = "the directory"
        os.chdir(directory)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
            signal.signal(number, signal.SIG_DFL)
        step = "the program"
        variables = dict(variable.split(b"=", 1) for variable in environment)
        os.execve(arguments[0], arguments, variables)  # noqa: S606  (no shell, on purpose)
    except (OSError, ValueError) as error:
        os.write(reports, f"{step}: {getattr(error, 'strerror', error)}".encode())
    finally:
        os._exit(127)


def _change_user(user: bytes, group: bytes) -> None:
    if user:
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))


def _let_go() -> None:
    """The program alone holds its input and outputs: they end when it ends."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)


def _watch(program: int, control: int, deadline: float) -> str:
    """Wait for the program, its time, or the end of Lockgate; then end all of it."""
    handle = os.pidfd_open(program)
    left = max(deadline - time.monotonic(), 0)
    ready, _, _ = select.select([handle, control], [], [], left)
    ended = handle in ready
    if ended:
        _, status = os.waitpid(program, 0)
    _end_all(program)
    if not ended:
        return "late"
    code = os.waitstatus_to_exitcode(status)
    return f"exit {code}" if code >= 0 else f"signal {-code}"


def _end_all(program: int) -> None:
    """Kill the program's process group, then every descendant: those of a killed process become children of this
    one."""
    _kill(-program)
    end = time.monotonic() + KILLING
    while time.monotonic() < end:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for child in _children():
            _kill(child)
        time.sleep(PAUSE)


def _kill(process: int) -> None:
    try:  # noqa: SIM105  (contextlib is slow to import)
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended, or it has rights that this process lacks


def _children() -> Iterator[int]:
    """The processes whose parent this one is (proc(5))."""
    own = str(os.getpid()).encode()
    for name in os.listdir("/proc"):  # noqa: PTH208  (pathlib is slow to import)
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue  # it has ended
            if fields[1] == own:
                yield int(name)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _report(control: int, outcome: str) -> None:
    try:  # noqa: SIM105
        os.write(control, f"{outcome}\n".encode())
    except BrokenPipeError:
        pass  # Lockgate has died, or waits no longer


if __name__ == "__main__":
    main(int(sys.argv[1]))
