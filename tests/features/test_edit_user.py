"""Steps of edit_user.feature."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from pytest_bdd import parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus
from lockgate.requests.submessages import EditUserRequest, EditUserResponse
from tests.support.scenarios.world import World, only

scenarios("edit_user.feature")

DEVIATIONS: Mapping[str, dict[str, Any]] = {
    "its status is a number that no status has": {"status": 45},
    "its token is a CARD": {"token_name": "CARD"},
    "its password is empty": {"password": ""},
    "its subject has a control character": {"subject_dn": "CN=ali\x07ce"},
    "its certificate profile does not exist": {"certificate_profile": "NONE"},
    "its certificate profile is the workers'": {"certificate_profile": "WORKER"},
}


def edit(name: str, **fields: Any) -> EditUserRequest:
    """A request that has nothing wrong with it, but for `fields`."""
    values: dict[str, Any] = {
        "request_id": 8,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": "ManagementCA",
    }
    return EditUserRequest(**(values | fields))


@when(parsers.parse('the RA sends an EditUserRequest for "{name}" with the status {status} and the token {token}'))
def send_token(world: World, name: str, status: str, token: str) -> None:
    world.send(edit(name, status=EndEntityStatus[status], token_name=token))


@when(parsers.parse('the RA sends an EditUserRequest for "{name}" with the status {status} and no password'))
def send_status(world: World, name: str, status: str) -> None:
    world.send(edit(name, status=EndEntityStatus[status]))


@when(
    parsers.parse('the RA sends an EditUserRequest for "{name}" with the status {status} and the password "{password}"')
)
def send_password(world: World, name: str, status: str, password: str) -> None:
    world.send(edit(name, status=EndEntityStatus[status], password=password))


@when(parsers.parse('the RA sends an EditUserRequest for "{name}", but {deviation}'))
def send_deviating(world: World, name: str, deviation: str) -> None:
    world.send(edit(name, **DEVIATIONS[deviation]))


@when(parsers.parse('an EditUserRequest for "{name}" with the password "{password}" is put in clear'))
def put_in_clear(world: World, name: str, password: str) -> None:
    """Past the client's own check, as another client would."""
    draft = world.draft(encrypt=False)
    draft.content = dataclasses.replace(draft.content, request=edit(name, password=password))
    world.put_draft(draft)


@then("the edit succeeded")
def succeeded(world: World) -> None:
    assert only(world).content.response == EditUserResponse(request_id=8, success=True)


@then(parsers.parse('the password of "{name}" is "{password}"'))
def password_is(world: World, name: str, password: str) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        assert work.end_entities.check_password(name, password) is None


@then(parsers.parse('the password of "{name}" is not "{password}"'))
def password_is_not(world: World, name: str, password: str) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        assert work.end_entities.check_password(name, password) is not None
