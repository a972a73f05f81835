"""Steps of administration.feature."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from pytest_bdd import parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.authorization import Role
from lockgate.errors import CallerError
from lockgate.revocation import RevocationReason
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.profiles import ProfileSet
from tests.features.office import BLOCKED_KEY
from tests.features.world import World
from tests.identities import rsa_key

scenarios("administration.feature")
ROLE = "role 0"


@pytest.fixture
def refusals() -> list[str]:
    """What the administration refused, in its words."""
    return []


def attempted(act: Callable[[], object], refusals: list[str]) -> None:
    try:
        act()
    except CallerError as error:
        refusals.append(str(error))


# ---- when


@when(parsers.parse('an administrator adds a role with the rule "{rule}"'))
def add_role(world: World, refusals: list[str], rule: str) -> None:
    attempted(lambda: world.office.administration.add_role(Role("new", frozenset({rule}))), refusals)


@when(parsers.parse('an administrator creates a CA named "{name}"'))
def create_ca(world: World, refusals: list[str], name: str) -> None:
    attempted(lambda: world.office.administration.create_ca(name, "CN=New", key="P-256"), refusals)


@when(parsers.parse("an administrator has a keystore certified for {key}"))
def certify(world: World, refusals: list[str], key: str) -> None:
    number = BLOCKED_KEY if "blocked" in key else 19
    attempted(lambda: world.office.certify("CN=new", rsa_key(number)), refusals)


@when("an administrator removes the RA's role")
def remove_role(world: World) -> None:
    world.office.administration.remove_role(ROLE)


@when("an administrator takes the RA out of its role")
def remove_member(world: World) -> None:
    world.office.administration.edit_role(ROLE, lambda role: replace(role, members=frozenset()))


@when(parsers.parse("an administrator takes the rule {rule} from the RA's role"))
def remove_rule(world: World, rule: str) -> None:
    world.office.administration.edit_role(ROLE, lambda role: replace(role, rules=role.rules - {rule}))


@when("an administrator lets the profile ENDUSER certify P-384 keys only")
def narrow_profile(world: World) -> None:
    narrow = msgspec.structs.replace(CERTIFICATE_PROFILES["ENDUSER"], key_types=frozenset({"P-384"}))
    world.office.administration.put_profiles(ProfileSet({"ENDUSER": narrow}), replace=True)


@when("an administrator revokes the RA's certificate")
def revoke(world: World) -> None:
    world.office.revoke(world.ra, RevocationReason.SUPERSEDED)


@when(parsers.parse('an administrator gives the end entity "{name}" the password "{password}"'))
def set_password(world: World, name: str, password: str) -> None:
    world.office.store_end_entity(name)
    world.office.administration.edit_end_entity(name, lambda stored: stored, password)


# ---- then


@then("the administration accepts it")
def accepted(refusals: list[str]) -> None:
    assert refusals == []


@then(parsers.parse("the administration refuses it: {words}"))
def refused(refusals: list[str], words: str) -> None:
    (refusal,) = refusals
    assert words in refusal


@then(parsers.parse('the audit log says that the password of "{name}" was set'))
def password_audited(world: World, name: str) -> None:
    with world.office.engine.connect() as connection:
        query = text("select details from audit where event = 'endentity.edited' and target = :name")
        assert connection.execute(query, {"name": name}).scalars().all() == ['{"password":"set"}']


@then(parsers.parse('"{secret}" stands nowhere in the CA\'s database'))
def nowhere(world: World, secret: str) -> None:
    with world.office.engine.connect() as connection:
        everything = "\n".join(connection.connection.dbapi_connection.iterdump())  # type: ignore[union-attr]
    assert "alice" in everything
    assert secret not in everything
    assert hashlib.sha256(secret.encode()).hexdigest() not in everything
