"""Steps of own_renewal.feature."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import Page
from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.rights.authorization import Member
from lockgate_formats.requests.renewal import renewal_request
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import give_role
from tests.support.scenarios.old_keys import condemn
from tests.support.scenarios.world import World

scenarios("own_renewal.feature")

NEXT, ANOTHER, OTHER_RA = 71, 72, 73


@dataclass
class Sent:
    """What the message database held of the renewal before it was answered."""

    content: bytes = b""


@pytest.fixture
def sent() -> Sent:
    return Sent()


def fingerprint(identity: Identity) -> str:
    return hashlib.sha256(identity.der).hexdigest()


def username(world: World) -> str:
    """The RA's."""
    with world.ca.transaction(world.fence("observer")) as work:
        found = work.certificates.holder(fingerprint(world.ra))
    assert found is not None
    return found


def issued(world: World) -> Sequence[CertificateListing]:
    """The RA's certificates, the first one first."""
    found = world.ca_side.inspection.certificates(CertificateQuery(exact_username=username(world)), Page()).items
    return sorted(found, key=lambda entry: entry.sequence)


def ask(world: World, holder: Identity, key: rsa.RSAPrivateKey) -> None:
    world.send(renewal_request(7, holder.keystore, pkcs10(key)))


# ---- given


def becoming(**fields: Any) -> Callable[[EndEntity], EndEntity]:
    return lambda one: replace(one, **fields)


CHANGES: Mapping[str, Callable[[EndEntity], EndEntity]] = {
    'has the certificate profile "WORKER" now': becoming(certificate_profile="WORKER"),
    'has the CA "OtherCA" now': becoming(ca_name="OtherCA"),
    "has the status REVOKED now": becoming(status=EndEntityStatus.REVOKED),
}


@given(parsers.parse("the end entity of the RA {change}"))
def changed(world: World, change: str) -> None:
    world.ca_side.administration.edit_end_entity(username(world), CHANGES[change])


@given("the RA's certificate is revoked")
def revoked(world: World) -> None:
    world.ca_side.revoke(world.ra, RevocationReason.SUPERSEDED)


@given("the RA's certificate is on hold")
def on_hold(world: World) -> None:
    world.ca_side.revoke(world.ra, RevocationReason.CERTIFICATE_HOLD)


@given("the RA's key is condemned")
def condemned(world: World) -> None:
    condemn(world, world.ra.der)


@given("the RA's certificate belongs to no role any more")
def no_role(world: World) -> None:
    world.ca_side.drop_roles()


# ---- when


@when("the RA renews its own certificate")
def renew(world: World, sent: Sent) -> None:
    ask(world, world.ra, rsa_key(NEXT))
    sent.content = world.row().message


@when("the RA renews its own certificate for another key")
def renew_again(world: World) -> None:
    ask(world, world.ra, rsa_key(ANOTHER))


@when("the message is played again")
def play_again(world: World, sent: Sent) -> None:
    world.requeue(world.sent[-1], sent.content)


@when("the RA asks for the renewal that another RA's key has signed")
def renew_another(world: World) -> None:
    another = world.ca_side.certify("CN=another ra", rsa_key(OTHER_RA))
    give_role(world, "another RA", another, "/administrator, /action/revocation")
    ask(world, another, rsa_key(NEXT))


@when("the RA asks for the renewal that the worker's key has signed")
def renew_worker(world: World) -> None:
    ask(world, world.worker_identity, rsa_key(NEXT))


@when("the RA goes on with its next keystore")
def go_on(world: World) -> None:
    world.ra = Identity(x509.load_der_x509_certificate(issued(world)[-1].certificate), rsa_key(NEXT))


# ---- then


@then(parsers.re(r"the RA has (?P<count>\d) certificates?"))
def count(world: World, count: str) -> None:
    assert len(issued(world)) == int(count)


@then("both certificates of the RA have the same end entity, subject, CA and profiles")
def same_kind(world: World) -> None:
    old, new = issued(world)
    assert (new.username, new.ca_name, new.certificate_profile, new.end_entity_profile) == (
        old.username,
        old.ca_name,
        old.certificate_profile,
        old.end_entity_profile,
    )
    first, second = (x509.load_der_x509_certificate(one.certificate) for one in (old, new))
    assert (first.subject, first.issuer) == (second.subject, second.issuer)
    assert second.public_key() == rsa_key(NEXT).public_key()


@then("both certificates of the RA are members of its role")
def members(world: World) -> None:
    both = frozenset(Member(hashlib.sha256(one.certificate).hexdigest()) for one in issued(world))
    assert len(both) == 2
    assert [role.members for role in world.ca_side.administration.roles() if role.name == "role 0"] == [both]


@then("the audit log says that the next certificate has joined the role")
def audited(world: World) -> None:
    old, new = (hashlib.sha256(one.certificate).hexdigest() for one in issued(world))
    found = world.ca_side.column("select details from audit where event = 'role.changed' order by sequence")
    assert json.loads(found[-1]) == {"joined": f"certificate {new}", "renews": f"certificate {old}"}


@then("the new key has no role")
def no_role_joined(world: World) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        certified = work.certificates.on_key(work.keys.identity(spki(rsa_key(NEXT))))
    members = {member.fingerprint for role in world.ca_side.administration.roles() for member in role.members}
    assert not members & {certificate.fingerprint for certificate in certified}
