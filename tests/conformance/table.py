"""A table of requirements: read from TOML, and written as a document."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
_FEATURE = re.compile(r"(?P<feature>[a-z_0-9]+\.feature): (?P<scenario>.+)")
_TEST = re.compile(r"(?P<file>tests/[a-z_/0-9]+\.py)::(?P<name>[A-Za-z_0-9]+)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row.

    Attributes:
        section: of the standard.
        proofs: scenarios as `FEATURE: SCENARIO`, and tests as `FILE::NAME`.
        left_out: why it is not done; None where it is.
    """

    area: str
    text: str
    section: str
    proofs: tuple[str, ...] = ()
    left_out: str | None = None


def requirements(name: str) -> Sequence[Requirement]:
    """The rows of `NAME.toml`."""
    read = tomllib.loads((HERE / f"{name}.toml").read_text())
    return [
        Requirement(area["name"], row["text"], row["section"], tuple(row.get("proofs", ())), row.get("left_out"))
        for area in read["area"]
        for row in area["row"]
    ]


def missing(proofs: Sequence[str]) -> Iterator[str]:
    """Those that do not exist."""
    for proof in proofs:
        if found := _FEATURE.fullmatch(proof):
            path, wanted = (
                ROOT / "features" / found["feature"],
                f"^  Scenario( Outline)?: {re.escape(found['scenario'])}$",
            )
        elif found := _TEST.fullmatch(proof):
            path, wanted = ROOT / found["file"], rf"^\s*def {found['name']}\("
        else:
            yield proof
            continue
        if not path.is_file() or re.search(wanted, path.read_text(), re.MULTILINE) is None:
            yield proof


def document(name: str) -> str:
    """docs/NAME-conformance.md."""
    rows = requirements(name)
    done = sum(row.left_out is None for row in rows)
    lines = [
        f"# Conformance: {name.upper()}",
        "",
        "Written by `python -m tests.conformance --write`. Every test and scenario that is named here exists, and the",
        "suite runs it: a row without *left out* holds as long as the suite passes.",
        f"{done} of {len(rows)} requirements are done.",
    ]
    for area in dict.fromkeys(row.area for row in rows):
        lines += ["", f"## {area}", "", "| requirement | section | result | proved by |", "|---|---|---|---|"]
        lines += [_line(row) for row in rows if row.area == area]
    return "\n".join(lines) + "\n"


def _line(row: Requirement) -> str:
    result = "passes" if row.left_out is None else f"left out: {row.left_out}"
    return f"| {row.text} | {row.section} | {result} | {'; '.join(f'`{proof}`' for proof in row.proofs)} |"
