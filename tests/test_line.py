"""The line cannot skip a step: each stage is made by one function, and what carries a request out is called by one."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core/lockgate"

MADE_BY = {
    "Unwrapped": {"line.pipeline.Pipeline._open"},
    "Verified": {"line.pipeline.Pipeline._bind"},
    "Understood": {"line.pipeline.Pipeline._understand"},
    "Recalled": {"line.pipeline.Pipeline._recall"},
    "Authenticated": {"line.pipeline.Pipeline._authenticate"},
    "Counted": {"line.pipeline.Pipeline._count"},
    "Admitted": {"line.pipeline.Pipeline._admit", "line.acting.Acting.deliver"},
    "Stated": {"line.acting.Acting._state"},
    "Authorized": {"line.acting.Acting._authorize"},
    "Cleared": {"line.clearance.Clearance.clear"},
    "Execution": {"line.acting.Acting._carry_out"},
}
"""Each stage, and what carries a cleared request out: where they are made."""
CALLED_BY = {
    "state": {"line.acting.Acting._state"},
    "respond": {"line.acting._respond"},
    "carry_out": {"line.acting.Acting._carry_out"},
    "perform": {"line.pipeline.Pipeline._execute", "line.acting.Acting.deliver"},
    "resume": {"line.pipeline.Pipeline._resume", "line.acting.Acting.deliver"},
    "order_all": {"effects.issuing.ordered"},
    "record_issued": {"effects.issuing.signed"},
    "intend": {"effects.issuing.intended"},
    "record_received": {"operations.conclusion.conclude_issued"},
}
"""The methods that only one step of the line may call or hand on."""


def functions(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.AST]]:
    """Every function and method with its name, and what stands outside of them under the module's name."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((f"{module}.{node.name}.{getattr(member, 'name', '')}", member) for member in node.body)
        else:
            yield f"{module}.{getattr(node, 'name', '')}", node


def everywhere() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(CORE.rglob("*.py")):
        module = ".".join(path.relative_to(CORE).with_suffix("").parts)
        yield from functions(ast.parse(path.read_text()), module)


def where(found: Callable[[ast.AST], Iterator[str]]) -> dict[str, set[str]]:
    """Each name that `found` finds, and the functions that it stands in."""
    places: dict[str, set[str]] = defaultdict(set)
    for place, node in everywhere():
        for name in found(node):
            places[name].add(place)
    return places


def calls(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield ast.unparse(inner.func).rpartition(".")[2]


def uses(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Load):
            yield inner.attr


def test_a_stage_is_made_in_one_place() -> None:
    called = where(calls)
    assert {stage: called[stage] for stage in MADE_BY} == MADE_BY


def test_a_step_is_taken_in_one_place() -> None:
    used = where(uses)
    assert {method: used[method] for method in CALLED_BY} == CALLED_BY


REQUEST_TYPES_OF_DEPLOYERS = [
    path
    for project in (ROOT / "examples").glob("*/pyproject.toml")
    if "lockgate.request_types" in project.read_text()
    for path in sorted(project.parent.rglob("*.py"))
]


def test_there_is_a_request_type_of_a_deployers() -> None:
    assert REQUEST_TYPES_OF_DEPLOYERS


@pytest.mark.parametrize("path", REQUEST_TYPES_OF_DEPLOYERS, ids=lambda path: path.parent.name)
def test_request_types_of_deployers_reach_no_transaction(path: Path) -> None:
    imported = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if (name or "").startswith(("lockgate.ports", "lockgate.line.pipeline"))}
