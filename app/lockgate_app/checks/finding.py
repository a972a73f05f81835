"""The result of a check: good, a warning, or wrong; its subject; and one plain sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lockgate.errors import LockgateError


class Severity(StrEnum):
    """How bad it is. Only `WRONG` makes `lockgate check` fail."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    verdict: Severity
    subject: str
    text: str


def good(subject: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(Severity.GOOD, subject, text)


def warning(subject: str, text: str) -> Finding:
    """It works, but less securely than it could."""
    return Finding(Severity.WARNING, subject, text)


def wrong(subject: str, text: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(Severity.WRONG, subject, text)


def guarded(subject: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of `check`. An error that stops it is a finding, too, and the checks after it go on."""
    try:
        yield from check()
    except LockgateError as error:
        yield wrong(subject, str(error).removeprefix(f"{subject}: "))
