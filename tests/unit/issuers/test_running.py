"""Runs of an operator's program, well-behaved and hostile: each ends in time, and leaves nothing behind."""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from lockgate.errors import NotSent, Unavailable
from lockgate_issuers.command import Program, User
from lockgate_issuers.command.running import MAX_COMPLAINTS, WrongAnswer
from tests.unit.issuers.programs import output_of, program

SHORT = timedelta(seconds=0.7)
PATIENCE = 20
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as another user")


def until_gone(process: int) -> None:
    """Wait until no such process runs."""
    end = time.monotonic() + PATIENCE
    while runs(process):
        assert time.monotonic() < end, f"process {process} runs"
        time.sleep(0.01)


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class TestStart:
    def test_the_request_comes_on_standard_input_and_the_answer_on_standard_output(self, tmp_path: Path) -> None:
        request = os.urandom(300_000)
        assert output_of(program(tmp_path, "cat"), request) == request

    def test_arguments_reach_it_as_they_are(self, tmp_path: Path) -> None:
        arguments = ("$HOME; id", "", "a b", "*")
        assert output_of(program(tmp_path, "printf '%s|' \"$@\"", arguments=arguments)) == b"$HOME; id||a b|*|"

    def test_it_gets_the_configured_environment_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOCKGATE_SECRET", "of the worker")
        text = f"#!{sys.executable} -ISEX utf8=0\nimport posix\nprint(sorted(posix.environ.items()))\n"
        environment = {"A": "1", "B": "x = y", "LC_ALL": "C.UTF-8"}
        expected = [(name.encode(), value.encode()) for name, value in environment.items()]
        assert output_of(program(tmp_path, text, environment=environment)) == f"{expected}\n".encode()

    def test_it_starts_in_its_directory(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        started = program(tmp_path, "pwd -P", directory=tmp_path / "there")
        assert output_of(started) == f"{(tmp_path / 'there').resolve()}\n".encode()

    def test_it_gets_no_other_file_of_the_worker(self, tmp_path: Path) -> None:
        kept = os.open(tmp_path, os.O_RDONLY)
        os.set_inheritable(kept, True)
        try:
            assert output_of(program(tmp_path, "ls /proc/self/fd")).split() == [b"0", b"1", b"2", b"3"]  # ls opens one
        finally:
            os.close(kept)

    def test_it_is_nobodys_child_but_its_guards(self, tmp_path: Path) -> None:
        text = "cut -d ' ' -f 1,4,6 /proc/$$/stat"
        process, parent, session = map(int, output_of(program(tmp_path, text)).split())
        assert process == session
        assert parent != os.getpid()

    def test_it_dumps_no_core_and_makes_no_file_that_others_read(self, tmp_path: Path) -> None:
        assert output_of(program(tmp_path, "ulimit -c; umask")).split() == [b"0", b"0077"]

    def test_it_can_write_to_a_closed_pipe_and_die_of_it(self, tmp_path: Path) -> None:
        assert output_of(program(tmp_path, "yes | head -n 1")) == b"y\n"

    @as_root
    def test_as_another_user_in_one_group(self, tmp_path: Path) -> None:
        for directory in (tmp_path, *tmp_path.parents[:3]):
            directory.chmod(0o755)
        started = program(tmp_path, "id -u; id -G", user=User(uid=65534, gid=65533))
        assert output_of(started).split() == [b"65534", b"65533"]


class TestNothingWasDone:
    @pytest.mark.parametrize("text", ["#!/no/such/interpreter\n", "#!/etc/passwd\n"], ids=["none", "no program"])
    def test_an_interpreter_that_cannot_be_started(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(NotSent, match="was not started: the program: "):
            output_of(program(tmp_path, text))

    def test_a_program_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(NotSent, match="was not started: the program: No such file"):
            output_of(Program(path=tmp_path / "nothing"))

    def test_a_directory_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(NotSent, match="was not started: the directory: No such file"):
            output_of(program(tmp_path, "echo", directory=tmp_path / "nowhere"))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may become another user")
    def test_a_user_that_it_may_not_become(self, tmp_path: Path) -> None:
        with pytest.raises(NotSent, match="was not started: the user: "):
            output_of(program(tmp_path, "echo", user=User(uid=0, gid=0)))

    @as_root
    def test_a_user_that_may_not_read_it(self, tmp_path: Path) -> None:
        started = program(tmp_path, "echo", user=User(uid=65534, gid=65534))
        started.path.chmod(0o700)
        with pytest.raises(NotSent, match="was not started: the program: Permission denied"):
            output_of(started)

    def test_it_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(NotSent, match="has done nothing"):
            output_of(program(tmp_path, "exit 75"))


class TestNobodyKnows:
    def test_a_program_that_hangs(self, tmp_path: Path) -> None:
        file = tmp_path / "process"
        with pytest.raises(Unavailable, match="its time was over") as caught:
            output_of(program(tmp_path, f"echo $$ > {file}; trap '' TERM INT; sleep 1000", timeout=SHORT))
        assert not isinstance(caught.value, NotSent)
        assert not runs(int(file.read_text()))

    def test_a_program_that_dies(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="ended by signal 11") as caught:
            output_of(program(tmp_path, "echo '{}'; kill -SEGV $$"))
        assert not isinstance(caught.value, NotSent)

    def test_it_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="does not know") as caught:
            output_of(program(tmp_path, "exit 69"))
        assert not isinstance(caught.value, NotSent)

    @pytest.mark.parametrize("code", [1, 2, 64, 76, 127, 255])
    def test_any_other_exit_code_is_a_defect(self, tmp_path: Path, code: int) -> None:
        with pytest.raises(WrongAnswer, match=f"exit code {code}"):
            output_of(program(tmp_path, f"echo '{{}}'; exit {code}"))

    def test_endless_output(self, tmp_path: Path) -> None:
        with pytest.raises(WrongAnswer, match="more than 1000 octets on standard output"):
            output_of(program(tmp_path, "exec yes", max_output=1000))

    def test_endless_complaints(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(WrongAnswer, match=f"more than {MAX_COMPLAINTS} octets on standard error"):
            output_of(program(tmp_path, "exec yes >&2"))
        assert len(caplog.messages) == 21

    def test_an_octet_more_than_allowed(self, tmp_path: Path) -> None:
        with pytest.raises(WrongAnswer, match="more than 5 octets on standard output"):
            output_of(program(tmp_path, "printf 123456", max_output=5))

    def test_a_line_more_than_allowed(self, tmp_path: Path) -> None:
        with pytest.raises(WrongAnswer, match="octets on standard error"):
            output_of(program(tmp_path, f"head -c {MAX_COMPLAINTS + 1} /dev/zero | tr '\\0' x >&2"))

    def test_a_program_that_stops_its_guard(self, tmp_path: Path) -> None:
        file, began = tmp_path / "process", time.monotonic()
        with pytest.raises(Unavailable, match="guard has died"):
            output_of(program(tmp_path, f"echo $$ >{file}; kill -STOP $PPID; exec sleep 1000", timeout=SHORT))
        until_gone(int(file.read_text()))
        assert time.monotonic() - began < PATIENCE

    def test_output_as_long_as_allowed(self, tmp_path: Path) -> None:
        assert output_of(program(tmp_path, "printf 12345", max_output=5)) == b"12345"

    def test_a_program_that_reads_nothing(self, tmp_path: Path) -> None:
        assert output_of(program(tmp_path, "exec <&-; echo done"), bytes(1_000_000)) == b"done\n"

    def test_a_program_that_closes_its_outputs_and_goes_on(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="its time was over"):
            output_of(program(tmp_path, "exec >&- 2>&-; sleep 1000", timeout=SHORT))


CHILDREN = {
    "in the background": "sleep 1000 & echo $! > {file}",
    "in a session of its own": "setsid sh -c 'echo $$ > {file}; exec sleep 1000' & while [ ! -s {file} ]; do :; done",
    "forked twice": "(setsid sh -c 'echo $$ > {file}; exec sleep 1000' &) ; while [ ! -s {file} ]; do :; done",
    "that ignores signals": "(trap '' TERM HUP; sleep 1000) & echo $! > {file}",
}


class TestWhatItHasStarted:
    @pytest.mark.parametrize("text", CHILDREN.values(), ids=CHILDREN)
    def test_a_child_that_keeps_the_outputs_open_ends_with_it(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "child"
        began = time.monotonic()
        assert output_of(program(tmp_path, f"{text.format(file=file)}; echo done")) == b"done\n"
        assert not runs(int(file.read_text()))
        assert time.monotonic() - began < PATIENCE

    @pytest.mark.parametrize("text", CHILDREN.values(), ids=CHILDREN)
    def test_a_child_ends_when_the_time_is_over(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "child"
        with pytest.raises(Unavailable, match="its time was over"):
            output_of(program(tmp_path, f"{text.format(file=file)}; sleep 1000", timeout=SHORT))
        assert not runs(int(file.read_text()))

    def test_a_crowd_that_forks_without_end(self, tmp_path: Path) -> None:
        file = tmp_path / "children"
        text = f"while :; do setsid sh -c 'echo $$ >> {file}; sleep 1000' & sleep 0.01; done"
        with pytest.raises(Unavailable, match="its time was over"):
            output_of(program(tmp_path, text, timeout=SHORT))
        found = [int(line) for line in file.read_text().split()]
        assert len(found) > 1
        assert not [process for process in found if runs(process)]

    @pytest.mark.parametrize("who", ["worker", "guard"])
    def test_it_ends_when_its_worker_or_its_guard_is_killed(self, tmp_path: Path, who: str) -> None:
        file = tmp_path / "process"
        started = program(tmp_path, f"echo $PPID > {file}.guard; echo $$ > {file}; exec sleep 1000")
        code = "import sys, tests.unit.issuers.test_running as own; own.run_there(sys.argv[1])"
        with subprocess.Popen([sys.executable, "-c", code, str(started.path)], stdin=subprocess.DEVNULL) as worker:
            end = time.monotonic() + PATIENCE
            while not file.exists() or not file.read_text():
                assert time.monotonic() < end
                time.sleep(0.01)
            guard = int(file.with_suffix(".guard").read_text())
            os.kill(worker.pid if who == "worker" else guard, signal.SIGKILL)
            until_gone(int(file.read_text()))
            until_gone(guard)
        assert worker.returncode == (-signal.SIGKILL if who == "worker" else 0)


def run_there(path: str) -> None:
    """What the worker of that test does; it hears that the guard has died."""
    with pytest.raises(Unavailable, match="guard has died"):
        output_of(Program(path=Path(path)))


class TestComplaints:
    def test_they_are_logged_line_by_line(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        output_of(program(tmp_path, "echo one >&2; echo >&2; printf 'two\\033[1m\\377' >&2"))
        assert caplog.messages == [
            "issuer backend, issue: the program says: one",
            "issuer backend, issue: the program says: two\\x1b[1m�",
        ]
        assert {record.levelno for record in caplog.records} == {logging.WARNING}

    def test_no_secret_is_logged(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        started = program(tmp_path, "echo key=open-sesame >&2", secrets=frozenset({"open-sesame", "open"}))
        output_of(started)
        assert caplog.messages == ["issuer backend, issue: the program says: key=[secret]"]
        assert "open-sesame" not in repr(started)

    def test_long_lines_and_many_lines_are_cut(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        output_of(
            program(tmp_path, "head -c 1000 /dev/zero | tr '\\0' x >&2; for i in $(seq 30); do echo >&2 . $i; done")
        )
        assert len(caplog.messages[0]) < 500
        assert caplog.messages[-1] == "issuer backend, issue: the program says 10 more lines, which are not logged"
        assert len(caplog.messages) == 21
