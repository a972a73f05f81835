"""Log lines: one JSON object each, one key a value."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from lockgate_app.logs import PACKAGES, configure_logs

_log = logging.getLogger("lockgate.a_part")


@pytest.fixture(autouse=True)
def logs_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for package in PACKAGES:
        logging.getLogger(package).setLevel(logging.NOTSET)


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
