"""Usernames and members of roles as they come out of a database from before their rules."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from cryptography import x509
from sqlalchemy import text

from lockgate.administration.authorities import RefusedByCa
from lockgate.names.dn import parse_dn
from lockgate.reasons import Reason
from lockgate.rights.authorization import ADMINISTRATOR, Role
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.migrating import upgrade
from tests.contract.registries import new_engine
from tests.integration.ca_backend.conftest import USER, Deployment
from tests.support.databases.schema import step_back

ISSUER = "CN=ManagementCA,O=Example,C=SE"
BEFORE = "0008"
OLD_NAMES = ("Alice", "alice", "alice ", "\u0430\u04cf\u0456\u0441\u0435", "Müller", "MÜLLER", "bob")


@pytest.fixture
def old(database_url: str) -> Iterator[Deployment]:
    """A CA with the end entities `OLD_NAMES` and the role Desk, whose members are named in the old way."""
    engine = new_engine(database_url)
    deployment = Deployment(engine)
    deployment.administration.create_ca("ManagementCA", ISSUER, key="P-256")
    certificate = deployment.issue(username="bob")
    for name in set(OLD_NAMES) - {"bob"}:
        stand_in = f"stand-in {secrets.token_hex(4)}"
        deployment.administration.put_end_entity(replace(USER, username=stand_in))
        with engine.begin() as connection:
            values = {"name": name, "stand": stand_in}
            connection.execute(text("update end_entity set username = :name where username = :stand"), values)
    deployment.administration.add_role(Role("Desk", frozenset({ADMINISTRATOR})))
    step_back(engine, CERTIFICATION_AUTHORITY, BEFORE)
    serial = certificate.serial_number
    with engine.begin() as connection:
        for issuer, number in ((ISSUER, serial), (ISSUER, 7), ("CN=Other", serial)):
            values = {"role": "Desk", "issuer": issuer, "serial": f"{number:040x}"}
            query = "insert into role_member (role, issuerdn, serial) values (:role, :issuer, :serial)"
            connection.execute(text(query), values)
    upgrade(engine, CERTIFICATION_AUTHORITY)
    yield Deployment(engine)
    engine.dispose()


def found(deployment: Deployment) -> Sequence[tuple[str, str, str]]:
    return [(one.kind, one.name, one.text) for one in Inspection(deployment.engine).unsettled()]


def test_an_old_database_keeps_its_end_entities_and_loses_members_that_nobody_is(old: Deployment) -> None:
    (role,) = old.administration.roles()
    bob = old.administration.member(parse_dn(ISSUER), certificate_of(old).serial_number)
    assert role == Role("Desk", frozenset({ADMINISTRATOR}), frozenset({bob}))
    assert set(found(old)) == {
        ("username", "alice", "Alice"),
        ("username", "Müller", "MÜLLER"),
        ("role", "Desk", f"serial number 7 of {ISSUER}"),
        ("role", "Desk", f"serial number {certificate_of(old).serial_number:x} of CN=Other"),
    }
    old.administration.edit_role("Desk", lambda role: role)
    assert {kind for kind, _, _ in found(old)} == {"username"}
    for name in OLD_NAMES:
        edited = old.administration.edit_end_entity(name, lambda stored: replace(stored, email="new@example.org"))
        assert edited.username == name
    for name, reason in (
        ("ALICE", Reason.USERNAME_TAKEN),
        ("müller", Reason.USERNAME_TAKEN),
        ("bob ", Reason.BAD_NAME),
    ):
        with pytest.raises(RefusedByCa) as refused:
            old.administration.add_end_entity(replace(USER, username=name))
        assert refused.value.rejected.reason is reason


def certificate_of(deployment: Deployment) -> x509.Certificate:
    with deployment.engine.connect() as connection:
        der = connection.execute(text("select certificate from certificate where username = 'bob'")).scalar_one()
    return x509.load_der_x509_certificate(bytes(der))
