"""The world of a scenario, and the steps that several features share."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lockgate_app.logs import PACKAGES
from tests.features.steps.administration import *
from tests.features.steps.approvals import *
from tests.features.steps.outcomes import *
from tests.features.steps.preconditions import *
from tests.features.steps.sending import *
from tests.support.pki.identities import authority
from tests.support.scenarios.approvers import Approvers
from tests.support.scenarios.hosts import derive_keys_once, install, open_keystores_once
from tests.support.scenarios.issuer_sites import IN_PROCESS, SITES
from tests.support.scenarios.stored_objects import Holdings, furnish_copy
from tests.support.scenarios.world import World
from tests.support.step_definitions import step_definitions

__all__ = ["step_definitions"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what no remote issuer can do; each feature says why."""
    name = item.config.getoption("--issuer")
    if name == IN_PROCESS:
        return
    if item.get_closest_marker("in-process-ca"):
        pytest.skip("needs the CA in this process")
    for tag in sorted(SITES[name].leaves_out):
        if item.get_closest_marker(tag):
            pytest.skip(f"{tag}: this CA does that itself")


@pytest.fixture(scope="session")
def issuer_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Any] | None]:
    """The settings of the remote issuer that the features run over; None for the CA in this process."""
    name = request.config.getoption("--issuer")
    if name == IN_PROCESS:
        yield None
        return
    with SITES[name].running(tmp_path_factory.mktemp("issuer"), authority()) as settings:
        yield settings


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, issuer_settings: Mapping[str, Any] | None) -> Iterator[Path]:
    """Both hosts as they are when a scenario begins."""
    directory = tmp_path_factory.mktemp("template")
    install(directory, issuer_settings)
    with pytest.MonkeyPatch.context() as patch:
        open_keystores_once(patch)
        derive_keys_once(patch)
        yield directory


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Holdings]:
    """Both hosts, the CA's database with all the people of the rights' table and no message; and what the CA has."""
    directory = tmp_path_factory.mktemp("furnished") / "world"
    return directory, furnish_copy(template, directory)


@pytest.fixture
def refusals() -> list[str]:
    """What the administration refused, in its words."""
    return []


@pytest.fixture
def start(template: Path) -> Path:
    """What a scenario's hosts are copied from; a feature may begin with more."""
    return template


@pytest.fixture
def world(start: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """A world of the scenario's own; everything that the product logs is kept."""
    for package in PACKAGES:
        caplog.set_level(logging.DEBUG, package)
    world = World(Path(shutil.copytree(start, tmp_path / "world")))
    yield world
    world.close()


@pytest.fixture
def approvers() -> Approvers:
    return Approvers()
