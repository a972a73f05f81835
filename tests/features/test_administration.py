"""Steps of administration.feature."""

import hashlib
from dataclasses import replace
from functools import partial

from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.certification.revocation import RevocationReason
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate.requests.submessages import PKCS12Request
from lockgate.rights.authorization import Role
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.features.steps.administration import attempted
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.ca_side import BLOCKED_KEY
from tests.support.scenarios.world import CA, World, only

scenarios("administration.feature")
ROLE = "role 0"
OF_ALICE = "select fingerprint from certificate where username = 'alice'"


# ---- given


@given("the certificate profile OLD and the end entity profile OLDER")
def profiles(world: World) -> None:
    old = replace(CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True)
    older = EndEntityProfile(certificate_profiles=frozenset({"OLD"}))
    world.ca_side.administration.put_profiles(ProfileSet({"OLD": old}, {"OLDER": older}))


@given("alice is registered under both")
def registered(world: World) -> None:
    world.ca_side.store_end_entity("alice", profile="OLDER", certificate_profile="OLD")


@given("alice was registered under both before she was moved to other profiles")
def registered_elsewhere(world: World) -> None:
    registered(world)
    world.ca_side.store_end_entity("alice")


@given("alice had a certificate under both before she was moved to other profiles")
def certified_and_moved(world: World) -> None:
    certify(world, keep=False)
    assert not world.ca_side.column("select fingerprint from escrowed_key")


@given("alice had a certificate under both, now revoked, before she was moved to other profiles")
def revoked_and_moved(world: World) -> None:
    certify(world, keep=False)
    (fingerprint,) = world.ca_side.column(OF_ALICE)
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=fingerprint)


@given("alice had a certificate and a kept key under both before she was moved to other profiles")
def kept_and_moved(world: World) -> None:
    certify(world, keep=True)
    assert world.ca_side.column("select fingerprint from escrowed_key") == world.ca_side.column(OF_ALICE)


def certify(world: World, *, keep: bool) -> None:
    """A keystore under OLD and OLDER; afterwards alice is moved to other profiles."""
    world.grant("/")
    world.send(
        PKCS12Request(
            request_id=1,
            username="alice",
            subject_dn="CN=alice",
            end_entity_profile="OLDER",
            certificate_profile="OLD",
            ca_name=CA,
            password="sesame-1",
            key_alg="ECDSA",
            key_spec="P-256",
            store_keys=keep,
        )
    )
    world.run_worker()
    assert only(world).content.response.success
    world.ca_side.store_end_entity("alice")


# ---- when


@when(parsers.re("an administrator deletes the (?P<kind>certificate|end entity) profile (?P<name>\\w+)"))
def delete_profile(world: World, refusals: list[str], kind: str, name: str) -> None:
    attempted(lambda: world.ca_side.administration.delete_profile(ProfileKind(kind), name), refusals)


@when(parsers.parse('an administrator adds a role with the rule "{rule}"'))
def add_role(world: World, refusals: list[str], rule: str) -> None:
    attempted(lambda: world.ca_side.administration.add_role(Role("new", frozenset({rule}))), refusals)


@when(parsers.parse('an administrator creates a CA named "{name}"'))
def create_ca(world: World, refusals: list[str], name: str) -> None:
    attempted(lambda: world.ca_side.administration.create_ca(name, "CN=New", key="P-256"), refusals)


@when(parsers.parse("an administrator has a keystore certified for {key}"))
def certify_keystore(world: World, refusals: list[str], key: str) -> None:
    public_key = spki(rsa_key(BLOCKED_KEY if "blocked" in key else 19))
    certify = partial(world.ca_side.administration.issue_keystore_certificate, "new", "CN=new", public_key)
    attempted(lambda: certify(ca_name="ManagementCA", certificate_profile="RA"), refusals)


@when("an administrator removes the RA's role")
def remove_role(world: World) -> None:
    world.ca_side.administration.remove_role(ROLE)


@when("an administrator takes the RA out of its role")
def remove_member(world: World) -> None:
    world.ca_side.administration.edit_role(ROLE, lambda role: replace(role, members=frozenset()))


@when(parsers.parse("an administrator takes the rule {rule} from the RA's role"))
def remove_rule(world: World, rule: str) -> None:
    world.ca_side.administration.edit_role(ROLE, lambda role: replace(role, rules=role.rules - {rule}))


@when("an administrator lets the profile ENDUSER certify P-384 keys only")
def narrow_profile(world: World) -> None:
    narrow = replace(CERTIFICATE_PROFILES["ENDUSER"], key_types=frozenset({"P-384"}))
    world.ca_side.administration.put_profiles(ProfileSet({"ENDUSER": narrow}), replace=True)


@when("an administrator revokes the RA's certificate")
def revoke(world: World) -> None:
    world.ca_side.revoke(world.ra, RevocationReason.SUPERSEDED)


@when(parsers.parse('an administrator gives the end entity "{name}" the password "{password}"'))
def set_password(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name)
    world.ca_side.administration.edit_end_entity(name, lambda stored: stored, password)


# ---- then


@then(parsers.re("the (?P<kind>certificate|end entity) profile (?P<name>\\w+) is (?P<absent>not )?stored"))
def profile_is_stored(world: World, kind: str, name: str, absent: str | None) -> None:
    assert (world.ca_side.inspection.profiles().get(ProfileKind(kind), name) is None) == bool(absent)


@then(parsers.parse('the audit log says that the password of "{name}" was set'))
def password_audited(world: World, name: str) -> None:
    with world.ca_side.engine.connect() as connection:
        query = text("select details from audit where event = 'endentity.edited' and target = :name")
        assert connection.execute(query, {"name": name}).scalars().all() == ['{"password":"set"}']


@then(parsers.parse('"{secret}" stands nowhere in the CA\'s database'))
def nowhere(world: World, secret: str) -> None:
    with world.ca_side.engine.connect() as connection:
        everything = "\n".join(connection.connection.dbapi_connection.iterdump())  # type: ignore[union-attr]
    assert "alice" in everything
    assert secret not in everything
    assert hashlib.sha256(secret.encode()).hexdigest() not in everything
