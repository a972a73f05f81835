"""Steps of no_downgrade.feature: on a deployment as `lockgate init` makes it."""

import shutil
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text
from structlog.testing import capture_logs

from lockgate.errors import ConfigurationError
from lockgate_app import deployment
from lockgate_app.checks import Finding, Severity, examine
from lockgate_app.container.databases import database_engine
from lockgate_app.settings import load_ca
from lockgate_app.workers import choice, running
from tests.integration.app.commands import lockgate

scenarios("no_downgrade.feature")

SECOND_WORKER = """
[workers.lax]
persistenceunit = "RAMessage1DS"
keystore.path = "worker.p12"
keystore.pwd = { file = "worker.password" }
"""
STRICT = "encryption.required = true\nsignature.required = true\n"
LAX = {
    "requires the same": STRICT,
    "requires no signatures": STRICT.replace("signature.required = true", "signature.required = false"),
    "requires no encryption": STRICT.replace("encryption.required = true", "encryption.required = false"),
    "accepts old devices": f"{STRICT}legacy_devices = true\n",
}


class Desk:
    """What one scenario has in hand."""

    logged: list[str]
    findings: list[Finding]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new deployment's CA configuration."""
    directory = tmp_path_factory.mktemp("init") / "deployment"
    return deployment.create(directory).ca_config


@pytest.fixture
def config(initialised: Path, tmp_path: Path) -> Path:
    """That of a copy of the deployment, for one scenario to change."""
    copy = shutil.copytree(initialised.parent.parent, tmp_path / "deployment")
    return copy / initialised.relative_to(initialised.parent.parent)


@when('a deployment is made by "lockgate init"', target_fixture="made")
def make(tmp_path: Path) -> Path:
    """Its CA configuration."""
    done = lockgate("init", tmp_path / "made")
    assert done.code == 0, done.err
    return deployment.Deployment(tmp_path / "made").ca_config


@then("its worker requires signatures and encryption")
def requires_both(made: Path) -> None:
    assert [worker.requirements for worker in load_ca(made).workers.values()] == [(True, True)]


@given(parsers.parse("a configuration with two workers on one data source, of which the second one {lax}"))
def two_workers(config: Path, lax: str) -> None:
    config.write_text(config.read_text() + SECOND_WORKER + LAX[lax])


@when("the workers are started")
def started(config: Path, desk: Desk) -> None:
    try:
        with capture_logs() as logged:
            zone = load_ca(config)
            running.run_once(zone, choice.chosen(zone, None))
        desk.logged = [str(line["reason"]) for line in logged if line["event"] == "not started"]
    except ConfigurationError as error:
        desk.logged = [str(error)]


@given("a configuration whose message database is the CA's own database")
def one_database(config: Path) -> None:
    config.write_text(config.read_text().replace("sqlite:///../messages/messages.db", "sqlite:///ca.db"))


@then("they do not start, and the message names both databases")
def not_started(desk: Desk) -> None:
    (reason,) = desk.logged
    assert "[data_sources.RAMessage1DS] is the same database as the CA's own database [ca.database]" in reason


@then("the second one does not start, and the message names both workers and the data source")
def refused(config: Path, desk: Desk) -> None:
    assert have_run(config) == ["main"]
    (reason,) = desk.logged
    assert all(name in reason for name in ("worker lax", "worker main", "RAMessage1DS"))


@then("both have run")
def both(config: Path, desk: Desk) -> None:
    assert desk.logged == []
    assert have_run(config) == ["lax", "main"]


def have_run(config: Path) -> list[str]:
    """The workers that held their lease at least once, by name."""
    engine = database_engine(load_ca(config).ca.database, None)
    with engine.connect() as connection:
        found = connection.execute(text("select worker from worker_lease order by worker")).scalars().all()
    engine.dispose()
    return list(found)


@given(parsers.parse('a deployment whose worker has "{setting}" set to false'))
def lowered(config: Path, setting: str) -> None:
    config.write_text(config.read_text().replace(f"{setting} = true", f"{setting} = false"))


@when("the deployment is checked")
def checked(config: Path, desk: Desk) -> None:
    desk.findings = list(examine(config, load_ca(config)))


@then(parsers.parse('the check warns of "{setting}"'))
def warned(desk: Desk, setting: str) -> None:
    warnings = [finding.text for finding in desk.findings if finding.verdict is Severity.WARNING]
    assert [text for text in warnings if text.startswith(f"{setting} = false")]
