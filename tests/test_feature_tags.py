"""Tags of the features: each `@in-process-ca` has its reason beside it."""

import re
from pathlib import Path

import pytest

FEATURES = sorted((Path(__file__).parents[1] / "features").glob("*.feature"))
TAGS = {"@in-process-ca", "@every-issuer"}
REASON = re.compile(r"# in-process-ca: \S.*\.")


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_what_needs_the_ca_in_this_process_says_why(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines()]
    tagged = [number for number, line in enumerate(lines) if "@in-process-ca" in line.split()]
    assert [lines[number] for number in tagged if not REASON.fullmatch(lines[number - 1])] == []
    assert sum(line.startswith("# in-process-ca:") for line in lines) == len(tagged)


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_there_are_no_other_tags(path: Path) -> None:
    lines = [line.split() for line in path.read_text().splitlines()]
    assert {tag for line in lines if line and line[0].startswith("@") for tag in line} <= TAGS
