"""What takes long is tried in fifths, of which five are everything."""

import subprocess
import sys
from itertools import chain
from pathlib import Path

from tests.support.fifths import FIFTHS, fifth_of

ROOT = Path(__file__).parents[1]
SLOW, QUICK = "tests/crash/test_request_types.py", "tests/test_line.py"


def test_fifths_of_five_days_are_everything_once() -> None:
    everything = range(23)
    for first in (1, 364):
        fifths = [fifth_of(everything, first + day) for day in range(FIFTHS)]
        assert sorted(chain.from_iterable(fifths)) == list(everything)
    assert fifth_of(everything, None) == everything


def collected(*options: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", SLOW, QUICK, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_of_the_tests_that_kill_a_fifth_is_left_and_of_others_all() -> None:
    everything = collected()
    slow = [name for name in everything if name.startswith(SLOW)]
    assert [*fifth_of(slow, 2), *everything[len(slow) :]] == collected("--fifth", "2")
