"""Steps of audit.feature."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import Connection, text

from lockgate.administration.audit import Tampering
from tests.support.scenarios.world import World

scenarios("audit.feature")


class Verification:
    """What the verification found."""

    findings: Sequence[Tampering]


@pytest.fixture
def verification() -> Verification:
    return Verification()


def run(*statements: str) -> Callable[[Connection], None]:
    """Statements on the worker's entries."""

    def tamper(connection: Connection) -> None:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount

    return tamper


OWN = "writer = 'worker1'"
TAMPERING: Mapping[str, Callable[[Connection], None]] = {
    "changes who is behind the worker's third entry": run(f"update audit set who = 'me' where {OWN} and number = 3"),
    "changes the event of the worker's third entry": run(
        f"update audit set event = 'request.refused' where {OWN} and number = 3"
    ),
    "changes the target of the worker's third entry": run(
        f"update audit set target = 'mallory' where {OWN} and number = 3"
    ),
    "changes the time of the worker's third entry": run(f"update audit set time = time + 1 where {OWN} and number = 3"),
    "changes a detail of the worker's third entry": run(
        f"update audit set details = '{{}}' where {OWN} and number = 3"
    ),
    "removes the worker's third entry": run(f"delete from audit where {OWN} and number = 3"),
    "removes the worker's last entry": run(f"delete from audit where {OWN} and number = 6"),
    "removes all of the worker's entries": run(f"delete from audit where {OWN}"),
    "swaps the worker's second and third entry": run(
        f"update audit set number = 99 where {OWN} and number = 2",
        f"update audit set number = 2 where {OWN} and number = 3",
        f"update audit set number = 3 where {OWN} and number = 99",
    ),
    "adds an entry behind the worker's last": run(
        "insert into audit (time, writer, event, who, target, details, number, seal)"
        f" select time, writer, event, who, target, details, 7, seal from audit where {OWN} and number = 6",
        f"update audit_head set number = 7 where {OWN}",
    ),
    "moves an entry of the administration's to the worker's third place": run(
        f"delete from audit where {OWN} and number = 3",
        "update audit set writer = 'worker1' where writer = 'administration' and number = 3",
    ),
    "removes the worker's last entry and turns its head back without the seal": run(
        f"delete from audit where {OWN} and number = 6", f"update audit_head set number = 5 where {OWN}"
    ),
}


@given('certificates were issued to "alice", "bob" and "carol" by one worker')
def issued(world: World) -> None:
    for name in ("alice", "bob", "carol"):
        world.send(world.request(name))
        world.run_worker()


THIRD = "time, event, who, target, details, seal"


@given(
    "a copy of the CA's database as it was after the worker's second entry, in which the worker has gone on otherwise",
    target_fixture="third_of_the_copy",
)
def another_history(world: World) -> Mapping[str, object]:
    """Its third entry."""
    other = World(Path(shutil.copytree(world.directory, world.directory.with_name("copy"))))
    other.sent += world.sent
    with other.ca_side.engine.begin() as connection:
        run(
            f"delete from audit where {OWN} and number > 2",
            f"update audit_head set number = 2, seal = (select seal from audit where {OWN} and number = 2) where {OWN}",
        )(connection)
    other.send(other.request("zoe"))
    other.run_worker()
    with other.ca_side.engine.connect() as connection:
        found = connection.execute(text(f"select {THIRD} from audit where {OWN} and number = 3")).one()
    other.close()
    return dict(found._mapping)


@when("somebody puts the third entry of the copy in the place of the worker's third entry")
def put_third(world: World, third_of_the_copy: Mapping[str, object]) -> None:
    values = ", ".join(f"{name} = :{name}" for name in third_of_the_copy)
    with world.ca_side.engine.begin() as connection:
        found = connection.execute(text(f"update audit set {values} where {OWN} and number = 3"), third_of_the_copy)
    assert found.rowcount == 1


@when(parsers.parse("somebody {tampers} in the database"))
def tampered(world: World, tampers: str) -> None:
    with world.ca_side.engine.begin() as connection:
        TAMPERING[tampers](connection)


@when("the audit log is verified")
def verified(world: World, verification: Verification) -> None:
    verification.findings, _ = world.ca_side.container.auditor().verify()


@then("it is as it was written")
def untouched(verification: Verification) -> None:
    assert verification.findings == []


@then(parsers.re(r'the finding names the worker\'s entry (?P<entry>\d+): "(?P<finding>.*)"'))
def found(verification: Verification, entry: str, finding: str) -> None:
    first = next(finding for finding in verification.findings if finding.writer == "worker1")
    assert first.number == int(entry)
    assert first.text.startswith(finding)
