"""Steps that the features of SCEP share."""

import pytest

from tests.features.steps.scep_attacks import *
from tests.features.steps.scep_outcomes import *
from tests.features.steps.scep_requests import *
from tests.support.scenarios.scep_site import Site
from tests.support.scenarios.world import World


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)
