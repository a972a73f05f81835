"""Real parts, which the tests need besides Python. A missing one skips those tests, or fails them where asked to."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import NoReturn, TypeVar

import pytest

REQUIRED = "LOCKGATE_REQUIRE_REAL_PARTS"
"""With this set to 1, a missing real part fails the tests that need it, instead of skipping them."""
T = TypeVar("T")


class MissingPart(Exception):
    """Something that the tests need is not installed; the text names the remedy."""


def do_without(missing: MissingPart) -> NoReturn:
    """End the test: it is skipped, or it fails where real parts are required."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(str(missing))
    pytest.skip(str(missing))


def program(name: str, package: str, more: str = "") -> str:
    """The path of a program.

    Args:
        package: of Debian, that brings it.
        more: directories to look in after those of PATH, separated by colons.

    Raises:
        MissingPart: it is not installed.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{more}")
    if found is None:
        raise MissingPart(f"{name} is missing: apt-get install {package}")
    return found


def needed_program(name: str, package: str, more: str = "") -> str:
    """The same, for the test that is running: it ends where there is none."""
    try:
        return program(name, package, more)
    except MissingPart as missing:
        do_without(missing)


@contextmanager
def part_or_skip(part: AbstractContextManager[T]) -> Iterator[T]:
    """What `part` gives, for the test that is running: it ends where a program for it is missing."""
    with ExitStack() as stack:
        try:
            entered = stack.enter_context(part)
        except MissingPart as missing:
            do_without(missing)
        yield entered
