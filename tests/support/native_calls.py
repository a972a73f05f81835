"""What a piece of work calls in libraries not written in Python: which stages run, and in which order."""

import sys
import warnings
from collections.abc import Callable, Collection
from types import FrameType
from typing import Any


def calls_during(work: Callable[[], object], names: Collection[str]) -> list[str]:
    """The calls of functions with these `names` that are not written in Python, in order."""
    return [name for name, _ in _observed(work, names)]


def strict_during(work: Callable[[], object], names: Collection[str]) -> dict[str, bool]:
    """For each of these functions that was called: whether warnings were errors then, at least once."""
    found: dict[str, bool] = {}
    for name, strict in _observed(work, names):
        found[name] = found.get(name, False) or strict
    return found


def _observed(work: Callable[[], object], names: Collection[str]) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    before = list(warnings.filters)

    def notice(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and (name := getattr(called, "__name__", "")) in names:
            found.append((name, list(warnings.filters) != before))

    previous = sys.getprofile()
    sys.setprofile(notice)
    try:
        work()
    finally:
        sys.setprofile(previous)
    return found
