"""docs/stability.md lists exactly the public names; each port has a suite and a double, or a reason why not.

`python -m tests.test_public_names` writes the lists of the page anew.
"""

import ast
import importlib
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

import lockgate.ports
import lockgate_testing.contracts
import lockgate_testing.doubles

ROOT = Path(__file__).resolve().parent.parent
STABILITY = ROOT / "docs/stability.md"
EMBEDDING = ROOT / "docs/embedding.md"
ADAPTERS = ROOT / "docs/testing-adapters.md"
LISTED = re.compile(r"^### `([\w.]+)`\n\n```text\n(.*?)```", re.MULTILINE | re.DOTALL)
PUBLIC = (
    "lockgate",
    "lockgate.errors",
    "lockgate.ports",
    "lockgate.queue.message",
    "lockgate.queue.polling",
    "lockgate.reasons",
    "lockgate.requests.submessages",
    "lockgate_app.embedding",
    "lockgate_ra",
    "lockgate_testing",
)
SUITES = "lockgate_testing"
"""Its modules are public, too: docs/testing-adapters.md lists them."""


def listed() -> dict[str, list[str]]:
    return {module: names.split() for module, names in LISTED.findall(STABILITY.read_text())}


def as_listed(module: str) -> str:
    names = " ".join(importlib.import_module(module).__all__)
    return f"### `{module}`\n\n```text\n{textwrap.fill(names, 118, break_long_words=False)}\n```\n"


def test_the_page_lists_every_public_module() -> None:
    assert tuple(sorted(listed())) == PUBLIC


@pytest.mark.parametrize("module", PUBLIC)
def test_the_page_lists_the_names_of_a_module(module: str) -> None:
    names = importlib.import_module(module).__all__
    assert listed()[module] == list(names)
    assert len(set(names)) == len(names)
    assert not [name for name in names if not hasattr(importlib.import_module(module), name)]


@pytest.mark.parametrize("package", ["lockgate", "lockgate_app.embedding", "lockgate_ra", "lockgate_testing"])
def test_every_public_package_tells_the_version(package: str) -> None:
    assert importlib.import_module(package).__version__ == lockgate.version.__version__


def imported_from_us(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lockgate"):
            yield from ((node.module or "", alias.name) for alias in node.names)


PROVISIONAL = {"custom_request"}
"""Examples that need names which are not stable yet; the page says so."""
EXAMPLES = [
    path
    for path in sorted((ROOT / "examples").rglob("*.py"))
    if not PROVISIONAL & set(path.parts) and "issuers" not in path.parts
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_examples_import_stable_names_only(path: Path) -> None:
    found = [(module, name) for module, name in imported_from_us(path) if not module.startswith(SUITES)]
    assert not [(module, name) for module, name in found if name not in listed().get(module, ())]


def test_the_page_names_the_modules_that_are_not_stable_yet() -> None:
    module = ROOT / "examples/custom_request/certificate_status/__init__.py"
    provisional = {name for name, _ in imported_from_us(module)} - set(PUBLIC)
    (paragraph,) = re.findall(r"^## Not yet stable\n(.*?)^## ", STABILITY.read_text(), re.MULTILINE | re.DOTALL)
    assert provisional <= set(re.findall(r"`(lockgate[\w.]+)`", paragraph))


def ports() -> set[str]:
    """Every Protocol that a module of `lockgate.ports` defines."""
    found = set()
    for module in pkgutil.iter_modules(lockgate.ports.__path__):
        members = vars(importlib.import_module(f"lockgate.ports.{module.name}"))
        for name, member in members.items():
            own = getattr(member, "__module__", "") == f"lockgate.ports.{module.name}"
            if own and isinstance(member, type) and Protocol in member.__bases__:
                found.add(name)
    return found


def rows(document: Path, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    section = document.read_text().partition(f"\n{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table, heading
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named(cell: str) -> list[str]:
    return re.findall(r"\b[A-Z]\w+", cell)


def test_every_port_has_a_suite_or_a_reason() -> None:
    with_suite = {port for row in rows(ADAPTERS, "## The suites") for port in named(row[0])}
    with_reason = {port for row in rows(ADAPTERS, "### Ports without a suite") for port in named(row[0])}
    assert with_suite | with_reason == ports()
    assert not with_suite & with_reason


def test_every_suite_is_there() -> None:
    for port, module, classes, *_ in rows(ADAPTERS, "## The suites"):
        found = importlib.import_module(f"lockgate_testing.contracts.{module.strip('`')}")
        suites = re.findall(r"`(\w+Contract)`", classes)
        assert suites, port
        assert not [suite for suite in suites if not hasattr(found, suite)]


def test_every_port_has_a_double_or_a_reason() -> None:
    with_double: set[str] = set()
    without: set[str] = set()
    for port, double in rows(ADAPTERS, "## Doubles"):
        (with_double if double.startswith("`") else without).update(named(port))
    assert with_double | without == ports()
    assert not with_double & without


def test_every_double_is_there_and_implements_its_port() -> None:
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(lockgate_testing.doubles.__path__, "lockgate_testing.doubles.")
        if not module.name.endswith("__main__")
    ]
    for port, double in rows(ADAPTERS, "## Doubles"):
        if not double.startswith("`"):
            continue
        name = double.split("`")[1]
        classes = [vars(module)[name] for module in modules if name in vars(module)]
        assert classes, name
        assert getattr(lockgate.ports, port) in classes[0].__mro__


def test_every_port_is_explained_to_embedders() -> None:
    assert {port for row in rows(EMBEDDING, "## The ports") for port in named(row[0])} == ports()


if __name__ == "__main__":
    head = STABILITY.read_text().partition(f"### `{PUBLIC[0]}`\n")[0]
    STABILITY.write_text(head + "\n".join(map(as_listed, PUBLIC)))
