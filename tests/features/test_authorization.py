"""Steps of authorization.feature."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.authorization import ADMINISTRATOR, EVERYTHING, Action, Member, Role, action_right
from lockgate.reasons import Rejected
from lockgate_transport.trust import IssuerTrust
from tests.features.conftest import only
from tests.features.holdings import REQUESTS, Holdings, furnish
from tests.features.world import CA, World
from tests.identities import rsa_key

scenarios("authorization.feature")

RIGHTS = {
    ADMINISTRATOR,
    *("/ca/ManagementCA", "/ca/OtherCA"),
    *("/endentityprofile/EMPTY", "/endentityprofile/GUARDED", "/endentityprofile/SERVICE"),
    *map(action_right, Action),
}
"""Every right that there is in the world of the scenarios."""


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Holdings]:
    """The CA's database as the rights' table finds it, no message yet, and what the CA has."""
    directory = tmp_path_factory.mktemp("furnished") / "world"
    shutil.copytree(template, directory)
    world = World(directory)
    holdings = furnish(world)
    world.close()
    for what in ("ra", "messages"):
        shutil.rmtree(directory / what)
        shutil.copytree(template / what, directory / what)
    return directory, holdings


@pytest.fixture
def start(furnished: tuple[Path, Holdings]) -> Path:
    """Every scenario of this feature begins with that."""
    return furnished[0]


@pytest.fixture
def before() -> list[str]:
    """What the CA held when the last request was sent."""
    return []


@given(parsers.parse('an RA with two roles: "{first}" and "{second}"'))
def ra_with_two_roles(world: World, first: str, second: str) -> None:
    world.grant(first, second)


@given(parsers.parse('the end entity "{name}" is stored with the CA "{ca}" and the end entity profile "{profile}"'))
def stored_end_entity(world: World, name: str, ca: str, profile: str) -> None:
    world.office.store_end_entity(name, ca_name=ca, profile=profile)


@given(
    parsers.re(
        r"an RA in a role whose member is named by (?P<issuer>the CA|another)'s name"
        r" and (?P<owner>the RA|another)'s serial number"
    )
)
def named_by_serial_number(world: World, issuer: str, owner: str) -> None:
    trusted = IssuerTrust([world.office.certificate(CA)]).path(world.ra.der)
    assert not isinstance(trusted, Rejected)
    member = Member(
        issuer_dn=trusted.issuer_dn if issuer == "the CA" else "CN=Another CA",
        serial_number=trusted.serial_number + (0 if owner == "the RA" else 1),
    )
    world.office.drop_roles()
    world.office.add_role(Role("role", frozenset({EVERYTHING}), frozenset({member})))


@given("another certificate with the RA's subject, issued by the CA to somebody else")
def namesake(world: World) -> None:
    world.ra = world.office.certify("CN=ra", rsa_key(16))


@given(parsers.parse("an RA with one role that has every right but {right}"))
def ra_without(world: World, right: str) -> None:
    assert right in RIGHTS
    world.grant(", ".join(RIGHTS - {right}))


@when(parsers.re("the RA sends, (?P<signed>signed|unsigned), an? (?P<request>.*)"))
def send_kind(world: World, furnished: tuple[Path, Holdings], before: list[str], signed: str, request: str) -> None:
    before[:] = held(world)
    protection = "signed and encrypted" if signed == "signed" else "encrypted"
    world.send(REQUESTS[request](furnished[1]), protection=protection)


@when(parsers.parse('that somebody sends a signed and encrypted PKCS10Request for "{name}"'))
def namesake_sends(world: World, name: str) -> None:
    world.send(world.request(name))


@then(parsers.parse('the audit log says that the signer was "{name}"'))
def audit_names_signer(world: World, name: str) -> None:
    details = json.loads(world.office.refusals()[-1])
    assert details["signer"].split(" (")[0] == name
    assert len(details["signer_fingerprint"]) == 64


@then("the request succeeds")
def succeeds(world: World) -> None:
    response = only(world).content.response
    assert response.success, response


@then(parsers.parse("the request is refused for lack of {right}, and nothing has changed"))
def refused(world: World, before: list[str], right: str) -> None:
    response = only(world).content.response
    assert response.reason == ("signer_not_administrator" if right == ADMINISTRATOR else "not_authorized")
    assert (response.fail_info or "").endswith(f"Missing: {right}")
    assert held(world) == before


@then(parsers.parse('the audit log says that the RA was denied the {kind} on "{whom}" for lack of {right}'))
def denial_audited(world: World, furnished: tuple[Path, Holdings], kind: str, whom: str, right: str) -> None:
    with world.office.engine.connect() as connection:
        query = "select who, target, details from audit where event = 'access.denied'"
        ((who, target, details),) = connection.execute(text(query)).all()
    told = json.loads(details)
    role = "" if right == ADMINISTRATOR else "role 0"
    assert who.split(" (")[0] == "CN=ra"
    assert target == furnished[1].targets.get(whom, whom)
    assert (told["request_type"], told["missing"], told["role"]) == (kind, right, role)
    assert told["message"] == f"{world.sent[-1]} 1/1"


def held(world: World) -> Sequence[str]:
    """Every end entity and certificate as it is stored, and whose key is kept."""
    queries = (
        "select username || status || revision from end_entity",
        "select hex(fingerprint) || status from certificate",
        "select hex(fingerprint) from escrowed_key",
    )
    with world.office.engine.connect() as connection:
        return [str(its) for query in queries for its in connection.execute(text(query)).scalars()]
