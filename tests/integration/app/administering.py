"""The administration's commands, run as operators run them."""

import json
from typing import Any

from sqlalchemy import select

from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from lockgate_ca_backend.store import tables
from tests.integration.app.commands import Outcome, lockgate

PASSWORD = "sesame-open-9271"
ALICE = (
    "alice", "--subject-dn", "CN=alice,O=Example", "--ca", "ManagementCA", "--end-entity-profile", "EMPTY",
    "--certificate-profile", "ENDUSER",
)  # fmt: skip
DESK = ("--rule", "/administrator", "--rule", "/ca/ManagementCA", "--rule", "/endentityprofile/EMPTY")


def administer(deployment: Deployment, *arguments: object) -> Outcome:
    return lockgate("--config", deployment.ca_config, *arguments)


def done(deployment: Deployment, *arguments: object) -> str:
    outcome = administer(deployment, *arguments)
    assert outcome.code == 0, outcome.err
    return outcome.out


def answered(deployment: Deployment, *arguments: object) -> Any:
    return json.loads(done(deployment, *arguments, "--json"))


def refused(deployment: Deployment, *arguments: object) -> str:
    outcome = administer(deployment, *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    return outcome.err


def audited(deployment: Deployment) -> list[tuple[str, str, str]]:
    engine = CaContainer(zone=load_ca(deployment.ca_config)).engine()
    with engine.begin() as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.sequence)).all()
    engine.dispose()
    return [(row.event, row.who, row.target) for row in rows]
