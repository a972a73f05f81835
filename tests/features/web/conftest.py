"""Steps that the features of the enrolment page share."""

import pytest

from tests.features.steps.web_enrolment import *
from tests.support.scenarios.web_site import WebSite
from tests.support.scenarios.world import World


@pytest.fixture
def site(world: World) -> WebSite:
    world.grant("/administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view")
    return WebSite(world)
