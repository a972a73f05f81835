"""Steps of key_recovery.feature."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import (
    EditUserRequest,
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
)
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.kept_keys import DEVIATIONS, FIRST, Kept, asked, keep, keystore, recovery
from tests.support.scenarios.old_keys import keep as keep_key
from tests.support.scenarios.stored_objects import described
from tests.support.scenarios.world import CA, World, only

scenarios("key_recovery.feature")

REASONS = {"superseded": RevocationReason.SUPERSEDED, "compromised": RevocationReason.KEY_COMPROMISE}


@pytest.fixture
def kept() -> Kept:
    return Kept()


# ---- given


@given(parsers.parse('the key of "{name}" is kept'))
def is_kept(world: World, kept: Kept, name: str) -> None:
    keep(world, kept, name)


@given("the CA host has another escrow secret, and knows the one before")
def changed_secret(world: World) -> None:
    before = {"file": "escrow.secret"}
    world.ca_side.configuration.put("ca", {"escrow_secret": "another escrow secret", "previous_escrow_secret": before})


@when("an administrator seals every kept key anew")
def seal_anew(world: World) -> None:
    done = world.ca_side.administration.rotate_escrow_key()
    assert done.sealed > 0
    assert not done.unusable


@when("the CA host forgets the escrow secret before")
def forget_secret(world: World) -> None:
    world.ca_side.configuration.put("ca", {"previous_escrow_secret": None})


@given(parsers.parse('the certificate of "{name}" is revoked as {reason}'))
def is_revoked(world: World, kept: Kept, name: str, reason: str) -> None:
    number = kept.certificate(name).serial_number
    world.ca_side.administration.revoke(REASONS[reason], ca_name=CA, serial_number=number)


@given("ManagementCA has taken its next key and certificate")
def taken_over(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)
    world.ca_side.administration.activate_rollover(CA)


@given(parsers.parse('"{name}" has the status {status} and the password "{password}"'))
def has_status(world: World, name: str, status: str, password: str) -> None:
    stored = world.end_entity(name)
    assert stored is not None
    world.ca_side.administration.put_end_entity(replace(stored, status=EndEntityStatus[status]), password)


@given(parsers.parse('the end entity "{name}" waits for a keystore with the password "{password}"'))
def waits(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, token=TokenType.P12)
    stored = world.end_entity(name)
    assert stored is not None
    world.ca_side.administration.put_end_entity(replace(stored, certificate_profile="KEEPING"), password)


@when(parsers.re(r'an administrator gives "(?P<name>\w+)" the status (?P<status>\w+) and (?P<password>.*)'))
def give_status(world: World, name: str, status: str, password: str) -> None:
    stored = world.end_entity(name)
    assert stored is not None
    world.ca_side.administration.put_end_entity(replace(stored, status=EndEntityStatus[status]), named(password))


@when(parsers.re(r'the RA gives "(?P<name>\w+)" the status (?P<status>\w+) and (?P<password>.*)'))
def ask_for_status(world: World, name: str, status: str, password: str) -> None:
    fields = {"end_entity_profile": "EMPTY", "certificate_profile": "KEEPING", "ca_name": CA, "token_name": "P12"}
    described = {"username": name, "subject_dn": f"CN={name},O=Example,C=SE", **fields}
    world.send(EditUserRequest(request_id=6, status=EndEntityStatus[status], password=named(password), **described))


@when(parsers.re(r'another RA, with every right gives "(?P<name>\w+)" the status (?P<status>\w+) and (?P<password>.*)'))
def another_asks(world: World, name: str, status: str, password: str) -> None:
    mine, rights = world.ra, "/administrator, /ca/ManagementCA, /endentityprofile/EMPTY"
    world.ra = world.ca_side.certify("CN=another ra", rsa_key(13))
    world.grant("/")
    ask_for_status(world, name, status, password)
    world.run_worker()
    assert only(world).content.response.success
    world.ra = mine
    world.grant(f"{rights}, /action/edit, /action/view")


def named(password: str) -> str | None:
    """The password in a step, or None where it says that there is none."""
    return None if password == "no password" else password.removeprefix("the password ").strip('"')


# ---- when


@when(parsers.re(r'the RA recovers the key of "(?P<name>\w+)"(?P<how>( ?for a new certificate)?)'))
def recover(world: World, kept: Kept, name: str, how: str) -> None:
    fields = {"reuse_certificate": False, "subject_dn": f"CN={name},OU=New,O=Example,C=SE"} if how else {}
    world.send(recovery(kept, name, **fields))


@when("the RA recovers the key of the new certificate")
def recover_again(world: World, kept: Kept) -> None:
    kept.keystores["alice"] = keystore(world)
    world.send(recovery(kept))


@when(parsers.parse('the RA recovers the key of "alice", but {deviation}'))
def recover_deviating(world: World, kept: Kept, deviation: str) -> None:
    world.send(recovery(kept, **(DEVIATIONS[deviation](world, kept) or {})))


@when("the RA asks for a PKCS#12 whose key is kept, under a profile that keeps none")
def ask_in_vain(world: World) -> None:
    world.send(asked("dora", certificate_profile="ENDUSER"))


@when(parsers.parse('the RA fetches the keystore of "{name}" with the password "{password}"'))
def fetch(world: World, name: str, password: str) -> None:
    world.send(KeyStoreRetrievalRequest(request_id=5, username=name, password=password))


@given(parsers.parse('"{name}" has been moved to OtherCA since'))
def is_moved(world: World, name: str) -> None:
    world.ca_side.administration.edit_end_entity(name, lambda one: replace(one, ca_name="OtherCA"))


@when(parsers.parse('the RA sets "{name}", at {ca_name}, to KEYRECOVERY, with a password'))
def set_key_recovery(world: World, name: str, ca_name: str) -> None:
    fields = described(name, ca_name=ca_name, token_name=TokenType.P12, password="correct horse")
    world.send(EditUserRequest(**fields, status=EndEntityStatus.KEY_RECOVERY))


@when(parsers.parse('the RA recovers the key of "{name}", with a new certificate of OtherCA'))
def recover_elsewhere(world: World, kept: Kept, name: str) -> None:
    world.send(recovery(kept, name, reuse_certificate=False, ca_name="OtherCA"))


@when(parsers.parse('another key of "{name}" is kept'))
def keep_another(world: World, name: str) -> None:
    keep_key(world, name, ec_key(73))
    with world.ca.transaction(world.fence("observer")) as work:
        assert len(work.certificates.of(name)) == 2


# ---- then


@then("it holds the kept key with the certificate it was kept with")
def holds_both(world: World, kept: Kept) -> None:
    store = keystore(world)
    assert isinstance(store.key, ec.EllipticCurvePrivateKey)
    assert store.key.private_numbers() == kept.key("alice").private_numbers()
    assert store.cert is not None
    assert store.cert.certificate == kept.certificate("alice")
    assert [extra.certificate.public_bytes(Encoding.DER) for extra in store.additional_certs] == [
        world.ca_side.authority.der
    ]


@then(parsers.parse('it holds the kept key with a new certificate for "{subject}"'))
def holds_new(world: World, kept: Kept, subject: str) -> None:
    store = keystore(world)
    assert store.cert is not None
    assert store.cert.certificate.subject.rfc4514_string() == subject
    assert store.cert.certificate != kept.certificate("alice")
    assert store.cert.certificate.public_key() == kept.key("alice").public_key()


@then(parsers.parse('it holds the kept key in a keystore that "{password}" opens'))
def holds_keystore(world: World, kept: Kept, password: str) -> None:
    assert fetched(world, world.sent[-1], password).private_numbers() == kept.key("alice").private_numbers()


@then("both keystores hold the same key")
def same_key(world: World) -> None:
    first, second = (fetched(world, message, "correct horse") for message in world.sent[-2:])
    assert first.private_numbers() == second.private_numbers()


def fetched(world: World, message_id: str, password: str) -> Any:
    response = world.seen(message_id)[0].content.response
    assert isinstance(response, KeyStoreRetrievalResponse), response
    assert response.keystore_data is not None, response
    return pkcs12.load_pkcs12(response.keystore_data, password.encode()).key


@then(parsers.parse('one certificate of "{name}" exists'))
def one_certificate(world: World, name: str) -> None:
    assert world.ca_side.issued_to("KEEPING").count(name) == 1


def recoveries(world: World) -> list[Any]:
    with world.ca_side.engine.connect() as connection:
        query = text("select who, target, details from audit where event = 'key.recovered' order by sequence")
        return list(connection.execute(query))


@then(
    parsers.re(
        r'the audit log says that the key of "(?P<name>\w+)" was recovered with (?P<which>the same|another) certificate'
    )
)
def audited(world: World, name: str, which: str) -> None:
    (entry,) = recoveries(world)
    assert (entry.who.split(" (")[0], entry.target) == ("CN=ra", name)
    assert (json.loads(entry.details)["certificate"] == "reused") == (which == "the same")


@then("the audit log says nothing of a recovery")
def not_audited(world: World) -> None:
    assert recoveries(world) == []


@then(parsers.parse('neither the key of "{name}" nor a password stands in the CA\'s database or in a log line'))
def nowhere(world: World, kept: Kept, name: str, caplog: pytest.LogCaptureFixture) -> None:
    key = kept.key(name)
    number = key.private_numbers().private_value
    secret = number.to_bytes(32)
    assert secret in key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stored = b"".join(path.read_bytes() for path in world.directory.rglob("*.db*"))
    assert b"escrowed_key" in stored
    for octets in (secret, FIRST.encode()):
        assert octets not in stored
    for shown in (FIRST, secret.hex(), str(number)):
        assert shown not in caplog.text
