"""What becomes of a test whose real part is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.parts import REQUIRED, MissingPart, needed_program, part_or_skip


@contextmanager
def missing_server() -> Iterator[None]:
    if needed_program("sh", "dash"):
        raise MissingPart("a server is missing")
    yield


@pytest.mark.parametrize(("required", "end"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_it_is_skipped_or_fails_where_asked_to(
    monkeypatch: pytest.MonkeyPatch, required: str, end: type[BaseException]
) -> None:
    monkeypatch.setenv(REQUIRED, required)
    with pytest.raises(end, match="no-such-program is missing: apt-get install no-such-package"):
        needed_program("no-such-program", "no-such-package")
    with pytest.raises(end, match="a server is missing"), part_or_skip(missing_server()):
        pytest.fail("it was entered")


def test_a_program_is_found_where_the_test_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("programs")
    (directory / "no-such-program").write_text("#!/bin/sh\n")
    (directory / "no-such-program").chmod(0o755)
    assert needed_program("no-such-program", "", str(directory)) == str(directory / "no-such-program")
