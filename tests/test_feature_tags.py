"""Tags of the features: each one that leaves out issuers has its reason beside it."""

import re
from pathlib import Path

import pytest

FEATURES = sorted((Path(__file__).parents[1] / "features").glob("*.feature"))
LEAVING_OUT = ("in-process-ca", "chosen-serial-number", "keys-judged-here", "exact-certificates")
TAGS = {"@every-issuer", *(f"@{tag}" for tag in LEAVING_OUT)}


@pytest.mark.parametrize("tag", LEAVING_OUT)
@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_what_leaves_out_issuers_says_why(path: Path, tag: str) -> None:
    reason = re.compile(rf"# {tag}: \S.*\.")
    lines = [line.strip() for line in path.read_text().splitlines()]
    tagged = [number for number, line in enumerate(lines) if f"@{tag}" in line.split()]
    assert [lines[number] for number in tagged if not reason.fullmatch(lines[number - 1])] == []
    assert sum(line.startswith(f"# {tag}:") for line in lines) == len(tagged)


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_there_are_no_other_tags(path: Path) -> None:
    lines = [line.split() for line in path.read_text().splitlines()]
    assert {tag for line in lines if line and line[0].startswith("@") for tag in line} <= TAGS
