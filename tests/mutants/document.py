"""The last section of docs/threat-model.md: which mutants each rule has."""

import re
from collections.abc import Iterable
from itertools import groupby

from tests.mutants.mutant import ROOT, Mutant, order_of

PATH = ROOT / "docs/threat-model.md"
HEADING = "## Mutants\n"
_INTRODUCTION = """
A rule without a scenario that fails is a sentence. So each check below is taken out in a copy of the tree, one at a
time, and the scenario or test that its file in `tests/mutants` names must fail then: `scripts/mutants` tries all,
`scripts/mutants 12` those of one rule, and `scripts/mutants --list` tells what kills each one. Rules without a number
are those of the sections above, and of a worker's [whitelist](operation.md). `scripts/mutants --write` writes this.

| rule | checks that are taken out |
|---|---|
"""
_NUMBERED = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def rules_of(text: str) -> list[str]:
    """The numbers of the rules in the document's tables."""
    return _NUMBERED.findall(text.partition(HEADING)[0])


def section(mutants: Iterable[Mutant]) -> str:
    """The section as it must be."""
    ordered = sorted(mutants, key=lambda mutant: order_of(mutant.rule))
    rows = (
        f"| {rule} | {', '.join(f'`{mutant.name}`' for mutant in of_rule)} |\n"
        for rule, of_rule in groupby(ordered, lambda mutant: mutant.rule)
    )
    return HEADING + _INTRODUCTION + "".join(rows)


def with_section(text: str, mutants: Iterable[Mutant]) -> str:
    """The document with its last section as it must be."""
    return text.partition(HEADING)[0].rstrip() + "\n\n" + section(mutants)
