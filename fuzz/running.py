"""How a target runs under atheris."""

import sys
from collections.abc import Callable


def fuzz(parse: Callable[[bytes], object]) -> None:
    """Feed `parse` until it raises; the process's arguments are libFuzzer's."""
    import atheris  # noqa: PLC0415  (only fuzzing needs it)

    atheris.instrument_all()
    atheris.Setup(sys.argv, parse)
    atheris.Fuzz()
