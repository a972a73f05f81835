"""Log lines: one JSON object each, one key a value."""

import json
import logging

import pytest
import structlog

from lockgate_app.logs import configure_logs

_log = logging.getLogger("lockgate.a_part")


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_hands_its_way_of_logging_to_the_next(turn: int) -> None:
    """The first leaves something behind; whichever comes after it must not see that."""
    assert not structlog.is_configured(), turn
    root, handlers = logging.getLogger(), logging.getLogger().handlers[:]
    assert all(type(handler) is not logging.StreamHandler for handler in handlers)
    assert logging.getLogger("opentelemetry").level == logging.NOTSET
    configure_logs(logging.ERROR)
    assert structlog.is_configured()
    assert root.handlers != handlers


def test_a_mapping_gives_one_key_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    _log.warning("%s", {"event": "request.refused", "message": "m'1\n", "part": "0"})
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {
        "event": "request.refused",
        "message": "m'1\n",
        "part": "0",
        "level": "warning",
        "logger": "lockgate.a_part",
    }


def test_other_arguments_stand_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    _log.warning("waits for %s: %d", "a", 1)
    assert set(line := json.loads(capsys.readouterr().err)) == {"event", "level", "logger", "timestamp"}
    assert line["event"] == "waits for a: 1"
