"""What a mutant is: a rule's check taken out of one module, and the scenario or test that must fail then.

Each file beside this one, `rule_NN_TITLE.toml`, holds the mutants of one rule of docs/threat-model.md:

    rule = "4"

    [[mutant]]
    name = "password-in-clear"
    takes_out = "A password is taken that comes unencrypted."
    module = "core/lockgate/line/pipeline.py"
    find = '''the exact text; it stands in the module once'''
    replace = '''what stands there instead; nothing where this is left out'''
    feature = "secrets.feature"
    scenario = "A request that carries a password is refused unless it is encrypted, even if nothing is required"
    example = "plain-secret_in_clear"

`example` is a part of the example's row, its cells joined by hyphens; without it every row is run, and one must fail.
Instead of `feature` and `scenario` there may be `test`, a test's node id, or `types = true` where mypy must complain.
`may_hang = true` says that a test which runs out of time has failed, too.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.scenario import make_python_name

from tests.mutants.trial import Check

MUTANTS = Path(__file__).parent
ROOT = MUTANTS.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One check that is taken out.

    Attributes:
        rule: as docs/threat-model.md calls it.
        name: short, of its own among all mutants.
        module: relative to the root.
        check: None where mypy must complain.
        killed_by: the same for people.
    """

    rule: str
    name: str
    takes_out: str
    module: str
    find: str
    replace: str
    check: Check | None
    killed_by: str
    may_hang: bool = False

    def applied_to(self, source: str) -> str:
        """The module's text with the check taken out.

        Raises:
            ValueError: the text to be taken out does not stand in it exactly once.
        """
        if (count := source.count(self.find)) != 1:
            raise ValueError(f"{self.name}: its text stands {count} times in {self.module}, not once")
        return source.replace(self.find, self.replace)


def all_mutants() -> Sequence[Mutant]:
    """Every mutant, in the order of the rules."""
    return [mutant for path in sorted(MUTANTS.glob("*.toml")) for mutant in mutants_of(path)]


def mutants_of(path: Path) -> Sequence[Mutant]:
    """The mutants of one file."""
    document = tomllib.loads(path.read_text())
    return [_mutant(document["rule"], table) for table in document["mutant"]]


def _mutant(rule: str, table: dict[str, str]) -> Mutant:
    return Mutant(
        rule=rule,
        name=table["name"],
        takes_out=table["takes_out"],
        module=table["module"],
        find=table["find"],
        replace=table.get("replace", ""),
        check=_check(table),
        killed_by=_killed_by(table),
        may_hang=bool(table.get("may_hang", False)),
    )


def _check(table: dict[str, str]) -> Check | None:
    if table.get("types"):
        return None
    if "test" in table:
        return Check(table["test"], table.get("example", ""))
    steps = f"test_{table['feature'].removesuffix('.feature')}.py"
    module = next((ROOT / "tests/features").rglob(steps), ROOT / "tests/features" / steps).relative_to(ROOT)
    return Check(f"{module}::test_{make_python_name(table['scenario'])}", table.get("example", ""))


def _killed_by(table: dict[str, str]) -> str:
    if table.get("types"):
        return "mypy"
    where = table.get("test") or f"{table['feature']}: {table['scenario']}"
    return f"{where} [{table['example']}]" if "example" in table else where


def order_of(rule: str) -> tuple[int, str]:
    """Rules with numbers come by number, the others behind them."""
    return (int(rule), "") if re.fullmatch(r"\d+", rule) else (10**6, rule)
