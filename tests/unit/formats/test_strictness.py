"""Warnings as errors, in servers with many threads."""

import threading
import warnings

import pytest

from lockgate_formats.strictness import warnings_as_errors


def test_warnings_are_errors_inside_the_block_only() -> None:
    with pytest.raises(UserWarning), warnings_as_errors(), warnings_as_errors():
        warnings.warn("inside", stacklevel=1)


def test_threads_that_overlap_leave_the_filters_as_they_were() -> None:
    before = list(warnings.filters)
    inside, leave, left = (threading.Event() for _ in range(3))

    def first() -> None:
        with warnings_as_errors():
            inside.set()
            leave.wait(10)
        left.set()

    def second() -> None:
        inside.wait(10)
        threading.Timer(0.05, leave.set).start()
        with warnings_as_errors():
            left.wait(10)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert list(warnings.filters) == before
