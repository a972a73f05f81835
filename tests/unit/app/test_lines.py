"""Log lines of workers, in a program that has configured structlog and in one that has not."""

import logging

import pytest
import structlog

from lockgate_app.workers.lines import Lines


def test_they_go_to_the_standard_librarys_logging(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "lockgate.test")
    lines, error = Lines("lockgate.test", worker="main").bind(more=1), ValueError("wrong")
    lines.debug("one")
    lines.info("two", claimed=3)
    lines.warning("three")
    lines.error("four", exc_info=error)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "one worker=main more=1"),
        ("INFO", "two worker=main more=1 claimed=3"),
        ("WARNING", "three worker=main more=1"),
        ("ERROR", "four worker=main more=1"),
    ]
    assert caplog.records[-1].exc_info is not None
    assert caplog.records[-1].exc_info[1] is error
    assert capsys.readouterr() == ("", "")


def test_no_value_adds_a_line(caplog: pytest.LogCaptureFixture) -> None:
    Lines("lockgate.test").warning("unavailable", reason="down\nINFO:lockgate.worker:all is well %s \x1b[2J")
    (record,) = caplog.records
    assert record.getMessage() == r"unavailable reason=down\nINFO:lockgate.worker:all is well %s \x1b[2J"


def test_where_structlog_is_configured_they_go_there(caplog: pytest.LogCaptureFixture) -> None:
    with structlog.testing.capture_logs() as logged:
        Lines("lockgate.test", worker="main").info("two", claimed=3)
    assert logged == [{"event": "two", "worker": "main", "claimed": 3, "log_level": "info"}]
    assert not caplog.records
