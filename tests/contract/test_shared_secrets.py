"""Secrets that the CA can say again, as they stand in each database."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from lockgate.certification.endentity import EndEntity
from lockgate.errors import KeystoreError
from lockgate.ports import Fence
from lockgate_ca_backend.shared_secrets import SqlSharedSecrets
from lockgate_ca_backend.store import columns, protocol_tables, tables
from lockgate_testing.contracts.registry.protocols import HOUR, begun
from lockgate_testing.contracts.registry.shared_secrets import SOON, await_expiry, new_password
from lockgate_testing.contracts.registry.values import NUMBERS, described, order
from lockgate_testing.contracts.registry.work import must_issue
from tests.contract.registries import SqlRegistrySubject

_end_entity, _transaction = tables.end_entity, protocol_tables.protocol_transaction


@pytest.fixture
def fence(registry: SqlRegistrySubject) -> Fence:
    return registry.fence()


@pytest.fixture
def user() -> EndEntity:
    return described(f"user {next(NUMBERS)}")


def everything(registry: SqlRegistrySubject) -> bytes:
    """All that stands in the database."""
    with registry.engine.begin() as connection:
        rows = [row for table in columns.metadata.sorted_tables for row in connection.execute(select(table))]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


def sealed(registry: SqlRegistrySubject, username: str) -> bytes | None:
    with registry.engine.begin() as connection:
        query = select(_end_entity.c.sealedpassword).where(_end_entity.c.username == username)
        found = connection.execute(query).scalar_one()
    return None if found is None else bytes(found)


def test_no_secret_stands_in_the_database(registry: SqlRegistrySubject, fence: Fence, user: EndEntity) -> None:
    password, secret = new_password(), secrets.token_bytes(32)
    registry.put_one_time_password(user, password, HOUR)
    begun(registry, fence, secret=secret, content=b"content that stands there")
    told = everything(registry)
    assert b"content that stands there" in told
    for octets in (password.encode(), secret):
        assert not any(form in told for form in (octets, octets.hex().encode(), base64.b64encode(octets)))


def spend(registry: SqlRegistrySubject, user: EndEntity) -> None:
    with registry.ca.transaction(registry.fence()) as work:
        must_issue(registry, work, order(user))


def clear(registry: SqlRegistrySubject, user: EndEntity) -> None:
    with registry.ca.transaction(registry.fence()) as work:
        work.end_entities.clear_password(user.username)


def replace_it(registry: SqlRegistrySubject, user: EndEntity) -> None:
    registry.put_end_entity(user, new_password())


def expire(registry: SqlRegistrySubject, user: EndEntity) -> None:
    registry.put_one_time_password(user, new_password(), SOON)
    await_expiry()
    with registry.ca.transaction(registry.fence()) as work:
        work.end_entities.purge_passwords(1000)


@pytest.mark.parametrize("end", [spend, clear, replace_it, expire])
def test_a_password_that_has_ended_is_erased(
    registry: SqlRegistrySubject, user: EndEntity, end: Callable[[SqlRegistrySubject, EndEntity], None]
) -> None:
    registry.put_one_time_password(user, new_password(), HOUR)
    assert sealed(registry, user.username)
    end(registry, user)
    assert sealed(registry, user.username) is None


def test_a_password_in_anothers_row_does_not_open(registry: SqlRegistrySubject, fence: Fence, user: EndEntity) -> None:
    registry.put_one_time_password(user, new_password(), HOUR)
    other = replace(user, username=f"{user.username} other")
    registry.put_one_time_password(other, new_password(), HOUR)
    moved = update(_end_entity).where(_end_entity.c.username == other.username)
    moved = moved.values(sealedpassword=sealed(registry, user.username))
    with registry.engine.begin() as connection:
        connection.execute(moved)
    with pytest.raises(KeystoreError):
        registry.shared_secrets.of_end_entity(other.username)


@pytest.mark.parametrize("differing", ["protocol", "id"])
def test_a_secret_in_another_transactions_row_does_not_open(
    registry: SqlRegistrySubject, fence: Fence, differing: str
) -> None:
    saved = begun(registry, fence, secret=secrets.token_bytes(32))
    column = {"id": "transactionid"}.get(differing, differing)
    moved = replace(saved.key, **{differing: "0a"})
    same = _transaction.c.protocol == saved.key.protocol
    with registry.engine.begin() as connection:
        connection.execute(update(_transaction).where(same).values({column: "0a"}))
    with pytest.raises(KeystoreError):
        registry.shared_secrets.of_transaction(moved)
    with registry.ca.transaction(fence) as work, pytest.raises(KeystoreError):
        work.protocol_transactions.find(moved)
    with registry.engine.begin() as connection:
        connection.execute(_transaction.delete().where(_transaction.c.transactionid == moved.id))


def test_another_installations_secret_opens_none(registry: SqlRegistrySubject, fence: Fence, user: EndEntity) -> None:
    registry.put_one_time_password(user, new_password(), HOUR)
    saved = begun(registry, fence, secret=secrets.token_bytes(32))
    other = SqlSharedSecrets(registry.engine, b"another key encryption secret")
    with pytest.raises(KeystoreError):
        other.of_end_entity(user.username)
    with pytest.raises(KeystoreError):
        other.of_transaction(saved.key)
