"""Every mutant can still be tried, and every rule of the threat model has some. `scripts/mutants` tries them."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser
from pytest_bdd.scenario import make_python_name

from tests.mutants.document import PATH, rules_of, with_section
from tests.mutants.mutant import ROOT, Mutant, all_mutants
from tests.mutants.trial import Check

MUTANTS = all_mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_still_applies(mutant: Mutant) -> None:
    source = (ROOT / mutant.module).read_text()
    assert ast.dump(ast.parse(mutant.applied_to(source))) != dumped(source)


@pytest.mark.parametrize(
    "mutant", [mutant for mutant in MUTANTS if mutant.check is not None], ids=lambda mutant: mutant.name
)
def test_what_must_fail_exists(mutant: Mutant) -> None:
    check = mutant.check
    assert check is not None
    feature = ROOT / "features" / re.sub(r".*/test_(\w+)\.py", r"\1.feature", check.file)
    tests = scenarios_of(feature) if check.file.startswith("tests/features/") else functions_of(ROOT / check.file)
    name = check.test.rpartition("::")[2]
    assert name in tests
    if check.file.startswith("tests/features/") and check.example:
        assert any(check.example in row for row in tests[name])


def test_no_mutant_names_what_is_not_defined(tmp_path: Path) -> None:
    """Such a one would fail its scenario, but not for the check that it takes out."""
    for mutant in MUTANTS:
        (tmp_path / f"{mutant.name}.py").write_text(mutant.applied_to((ROOT / mutant.module).read_text()))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821,F822,F823,PLE"]
    done = subprocess.run([*command, "--output-format", "concise", str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()


def test_each_name_is_one_mutant_s() -> None:
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


def test_every_rule_of_the_threat_model_has_mutants() -> None:
    rules = rules_of(PATH.read_text())
    assert len(set(rules)) == len(rules)
    assert set(rules) <= {mutant.rule for mutant in MUTANTS}


def test_the_threat_model_names_every_mutant() -> None:
    text = PATH.read_text()
    assert text == with_section(text, MUTANTS), "scripts/mutants --write writes the section anew"


def test_a_mutant_whose_text_is_gone_or_stands_twice_does_not_apply() -> None:
    mutant = MUTANTS[0]
    for source in ("", mutant.find * 2):
        with pytest.raises(ValueError, match="not once"):
            mutant.applied_to(source)


def test_an_example_is_a_part_of_its_row() -> None:
    check = Check("tests/features/test_x.py::test_y", "a certificate")
    assert check.is_made_by("tests/features/test_x.py::test_y[plain-a certificate]")
    assert not check.is_made_by("tests/features/test_x.py::test_y[plain-refused]")
    assert not check.is_made_by("tests/features/test_x.py::test_y_too[a certificate]")


@cache
def dumped(source: str) -> str:
    """What the module says, however it is laid out."""
    return ast.dump(ast.parse(source))


@cache
def scenarios_of(feature: Path) -> Mapping[str, list[str]]:
    """Each scenario's test, and its rows of examples, the cells joined by hyphens."""
    document: Any = Parser().parse(feature.read_text())
    children = document["feature"]["children"]
    nested = [inner for child in children if "rule" in child for inner in child["rule"]["children"]]
    scenarios = [child["scenario"] for child in (*children, *nested) if "scenario" in child]
    return {
        f"test_{make_python_name(scenario['name'])}": [
            "-".join(cell["value"] for cell in row["cells"])
            for table in scenario["examples"]
            for row in table["tableBody"]
        ]
        for scenario in scenarios
    }


@cache
def functions_of(module: Path) -> Mapping[str, list[str]]:
    """Each test function of a module and of the contract suites that it imports."""
    trees = [ast.parse(module.read_text())]
    trees += [ast.parse(path.read_text()) for path in suites_of(trees[0])]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name: [] for node in nodes if isinstance(node, ast.FunctionDef)}


def suites_of(tree: ast.Module) -> Iterator[Path]:
    """The files of the contract suites that a module imports."""
    imports = (node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    for name in imports:
        if name.startswith("lockgate_testing.contracts."):
            suite = ROOT / "adapters/testing" / name.replace(".", "/")
            yield from suite.glob("*.py") if suite.is_dir() else [suite.with_suffix(".py")]
