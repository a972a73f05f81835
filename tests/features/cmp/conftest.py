"""The CA's CMP service, and steps that its features share."""

import shutil
from pathlib import Path

import pytest

from tests.features.steps.cmp_clients import *
from tests.features.steps.cmp_outcomes import *
from tests.features.steps.cmp_questions import *
from tests.features.steps.cmp_requests import *
from tests.features.steps.cmp_strangers import *
from tests.support.scenarios.cmp_site import DELIVERING, CmpSite, install_cmp
from tests.support.scenarios.world import World


@pytest.fixture(scope="session")
def with_cmp(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both hosts, with the service on the CA's."""
    directory = Path(shutil.copytree(template, tmp_path_factory.mktemp("cmp") / "world"))
    install_cmp(directory)
    return directory


@pytest.fixture
def start(with_cmp: Path) -> Path:
    """What a scenario's hosts are copied from."""
    return with_cmp


@pytest.fixture
def world(world: World) -> World:
    """Its RA delivers, and may do nothing else."""
    world.grant(DELIVERING)
    return world


@pytest.fixture
def site(world: World) -> CmpSite:
    return CmpSite(world)
