"""What a host's processes leave for monitoring, and what becomes of the host where there is no room for it."""

import os
import tempfile
from pathlib import Path

import pytest

from lockgate_app.container.timing import Step, Stopwatch
from lockgate_app.health.facts import ProcessFacts
from lockgate_app.health.processes import DIRECTORY, RETRY_SECONDS, ProcessReport, reported, shared_directory
from lockgate_app.health.refusals import RefusalCount


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DIRECTORY, "")
    monkeypatch.delenv(DIRECTORY)


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_which_processes_run_is_read_as_it_was_told_last() -> None:
    assert reported() == ProcessFacts()
    with shared_directory(wanted=True) as directory:
        report = ProcessReport(directory)
        report.tell({"worker main": False})
        report.tell({"worker main": True}, draining=True)
        assert reported() == ProcessFacts({"worker main": True}, draining=True)
    assert directory is not None
    assert not directory.exists()
    assert reported() == ProcessFacts()


def test_a_host_without_room_for_temporary_files_works_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with shared_directory(wanted=True) as directory:
        assert directory is None
        ProcessReport(directory).tell({"worker main": True})
        assert DIRECTORY not in os.environ
        assert reported().troubles() == ["it is not known which processes run"]


def test_what_was_told_is_not_known_any_more_where_what_has_changed_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    report, before = ProcessReport(tmp_path), {"worker main": True}
    report.tell(before)
    pauses = [report.pause]
    assert reported().troubles() == []
    (tmp_path / "processes.new").mkdir()
    report.tell({"worker main": False})
    pauses.append(report.pause)
    assert reported().troubles() == ["it is not known which processes run"]
    (tmp_path / "processes.new").rmdir()
    report.tell(before)
    pauses.append(report.pause)
    assert reported() == ProcessFacts(before)
    assert pauses == [None, RETRY_SECONDS, None]


def test_a_report_that_somebody_has_deleted_is_written_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    report = ProcessReport(tmp_path)
    for _ in range(2):
        report.tell({"worker main": True})
        assert reported() == ProcessFacts({"worker main": True})
        (tmp_path / "processes.json").unlink()


def test_work_goes_on_where_its_steps_cannot_be_measured() -> None:
    watch, done = Stopwatch(no_room), []
    for number in range(2):
        watch.since(Step.ANSWER, watch.monotonic())
        done.append(number)
    assert done == [0, 1]


def test_a_server_answers_where_its_refusals_cannot_be_counted() -> None:
    line = {"event": "refused", "reason": "weak_key"}
    assert RefusalCount(no_room)(None, "warning", dict(line)) == line
