"""Everything that the product says: log records and output of this process, standard error of the installed command.

What a command writes to standard output is its result: a one-time password is shown there, on purpose.
"""

import logging
import os
import subprocess
import traceback
from bisect import bisect_right
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from lockgate_app.logs import PACKAGES


class Records:
    """What was said, each piece with its place."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._starts: list[int] = []
        self._places: list[str] = []

    def add(self, text: str | bytes | None, what: str) -> None:
        """Keep `text`; `what` says what it is."""
        if text:
            self._starts.append(len(self._text))
            self._places.append(f"{what}, {os.environ.get('PYTEST_CURRENT_TEST', 'outside of a test')}")
            self._text += text.encode(errors="surrogatepass") if isinstance(text, str) else text
            self._text += b"\n"

    def place_of(self, needle: bytes) -> str | None:
        """Where `needle` stands: the piece, the test, and the line of the piece; None if nowhere."""
        found = self._text.find(needle)
        if found < 0:
            return None
        piece = bisect_right(self._starts, found) - 1
        line = self._text.count(b"\n", self._starts[piece], found) + 1
        return f"{self._places[piece]}, line {line}"


def is_product(command: object) -> bool:
    """Whether `command` runs the installed `lockgate`."""
    if isinstance(command, list | tuple) and command:
        return Path(os.fsdecode(command[0])).name == "lockgate"
    return False


class _Pipe:
    """A pipe from the product; what is read from it is kept."""

    def __init__(self, pipe: Any, records: Records) -> None:
        self._pipe = pipe
        self._records = records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)

    def __enter__(self) -> "_Pipe":
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()

    def __iter__(self) -> Any:
        return iter(self.readline, self._pipe.read(0))

    def readline(self, *arguments: Any) -> Any:
        return self._kept(self._pipe.readline(*arguments))

    def read(self, *arguments: Any) -> Any:
        return self._kept(self._pipe.read(*arguments))

    def _kept(self, text: Any) -> Any:
        self._records.add(text, "standard error of lockgate")
        return text


def log_everything() -> None:
    """Let the product log debug lines too; a test that sets up logging ends that, so this comes before each."""
    for package in PACKAGES:
        logging.getLogger(package).setLevel(logging.DEBUG)


def keep_everything(records: Records, patch: pytest.MonkeyPatch) -> None:
    """From now on, keep in `records` what is logged, captured by a test, or told by an installed command."""
    _keep_logging(records, patch)
    _keep_captured(records, patch)
    _keep_commands(records, patch)


def _keep_logging(records: Records, patch: pytest.MonkeyPatch) -> None:
    handle = logging.Logger.callHandlers

    @wraps(handle)
    def kept(self: logging.Logger, record: logging.LogRecord) -> None:
        records.add(record.getMessage(), f"log line of {record.name}")
        if record.exc_info and record.exc_info[1] is not None:
            records.add("".join(traceback.format_exception(record.exc_info[1])), f"traceback of {record.name}")
        handle(self, record)

    patch.setattr(logging.Logger, "callHandlers", kept)


def _keep_captured(records: Records, patch: pytest.MonkeyPatch) -> None:
    read: Callable[..., Any] = pytest.CaptureFixture.readouterr

    @wraps(read)
    def kept(self: Any) -> Any:
        captured = read(self)
        for text in captured:
            records.add(text, "output")
        return captured

    patch.setattr(pytest.CaptureFixture, "readouterr", kept)


def _keep_commands(records: Records, patch: pytest.MonkeyPatch) -> None:
    start: Callable[..., None] = subprocess.Popen.__init__
    communicate: Callable[..., Any] = subprocess.Popen.communicate

    @wraps(start)
    def started(self: Any, command: Any, *arguments: Any, **options: Any) -> None:
        start(self, command, *arguments, **options)
        if is_product(command):
            self.stderr = self.stderr and _Pipe(self.stderr, records)

    @wraps(communicate)
    def communicated(self: Any, *arguments: Any, **options: Any) -> Any:
        said = communicate(self, *arguments, **options)
        if is_product(self.args):
            records.add(said[1], "standard error of lockgate")
        return said

    patch.setattr(subprocess.Popen, "__init__", started)
    patch.setattr(subprocess.Popen, "communicate", communicated)
