"""The step definitions that a scenario's module sees, looked up once for the module.

pytest-bdd asks pytest at each step about every fixture of all collected tests. In a run of the whole suite this takes
longer than the steps do.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import pytest
from _pytest.fixtures import FixtureManager
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import step_function_context_registry

SCENARIO = importlib.import_module("pytest_bdd.scenario")  # the package's `scenario` is a function
Find = Callable[[Step, FixtureManager, pytest.Item], Iterator[pytest.FixtureDef[object]]]
look_up_each_time: Find = SCENARIO.find_fixturedefs_for_step
"""The library's own function: the definitions of a step that a test sees."""


def look_up_once() -> Find:
    """What finds the same definitions in the same order."""

    @cache
    def seen_from(module: pytest.Module, manager: FixtureManager) -> Sequence[pytest.FixtureDef[object]]:
        names = get_fixture_names(manager)
        definitions = (each for name in names for each in getfixturedefs(manager, name, module) or ())
        return [each for each in definitions if each.func in step_function_context_registry]

    def find(step: Step, fixturemanager: FixtureManager, node: pytest.Item) -> Iterator[pytest.FixtureDef[object]]:
        module = node.getparent(pytest.Module)
        assert module is not None
        for definition in seen_from(module, fixturemanager):
            known = step_function_context_registry[definition.func]
            if known.type in (None, step.type) and known.parser.is_matching(step.name):
                yield definition

    return find


@pytest.fixture(scope="session", autouse=True)
def step_definitions() -> Iterator[None]:
    """Let pytest-bdd find them so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SCENARIO, look_up_each_time.__name__, look_up_once())
        yield
