"""The step definitions that are looked up once for a module are those that pytest-bdd looks up at each step."""

from pathlib import Path

import pytest
from pytest_bdd import given, then
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Step

from tests.support.step_definitions import look_up_each_time, look_up_once

FEATURES = Path(__file__).parents[2] / "features"
OVERRIDDEN = Step("the RA may do everything", "given", 0, 1, "Given")
OWN = Step("it is defined here alone", "then", 0, 1, "Then")
UNKNOWN = Step("nobody has defined it", "when", 0, 1, "When")


@given(OVERRIDDEN.name)
def overridden() -> None:
    """Defined for all features, too."""


@then(OWN.name)
def own() -> None:
    """Defined here alone."""


def test_they_are_the_same(request: pytest.FixtureRequest) -> None:
    scenarios = get_feature(str(FEATURES), "secrets.feature").scenarios.values()
    steps = [OVERRIDDEN, OWN, UNKNOWN, *(step for scenario in scenarios for step in scenario.steps)]
    manager, test = request.session._fixturemanager, request.node
    once = look_up_once()
    found = [list(once(step, manager, test)) for step in steps]
    assert found == [list(look_up_each_time(step, manager, test)) for step in steps]
    assert [len(definitions) for definitions in found[:3]] == [2, 1, 0]
