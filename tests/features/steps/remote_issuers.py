"""remote_issuers.feature: how the issuer behaves, and what is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, when

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import PKCS12Request, RevocationRequest
from lockgate.rights.approval import ApprovalKind
from lockgate_app.one_time_passwords import new_one_time_password
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_testing.doubles.remote_ca import Wrong, running
from tests.features.steps.remote_issuer_actions import run_all
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios import cards
from tests.support.scenarios.cards import Card
from tests.support.scenarios.faulty_adapters import FAILING
from tests.support.scenarios.remote_issuer import REMOTE_CA, RemoteSite
from tests.support.scenarios.world import World, only

PASSWORD = "a k3ystore of b0b"
WRONG: Mapping[str, Wrong] = {
    "for another key": Wrong.KEY,
    "for another name": Wrong.SUBJECT,
    "that ends later": Wrong.END,
    "that begins long before": Wrong.BEGIN,
    "for other usages": Wrong.USAGES,
    "with an extension twice": Wrong.TWICE,
    "with a serial number of 21 octets": Wrong.SERIAL,
    "of another signer": Wrong.SIGNATURE,
    "that is none": Wrong.GARBAGE,
}


@pytest.fixture
def password() -> str:
    return new_one_time_password()


@given('a CA "RemoteCA" whose certificates a remote issuer signs', target_fixture="remote")
def remote(world: World, tmp_path: Path) -> Iterator[RemoteSite]:
    with running(tmp_path / "remote.db") as ca:
        yield RemoteSite(world, ca)


# ---- how the issuer behaves


@given("the issuer does what it is asked for")
def as_asked(remote: RemoteSite) -> None:
    remote.ca.behave()


@given("the issuer refuses everything")
def refusing(remote: RemoteSite) -> None:
    remote.ca.behave(refuses="not today")


@given("the issuer is away")
def away(remote: RemoteSite) -> None:
    remote.ca.behave(away=True)


@given("the issuer looks up and answers later")
def later(remote: RemoteSite) -> None:
    remote.promise(looks_up=True)
    remote.ca.behave(later=1)


@given("the issuer wants certificates confirmed")
def confirming(remote: RemoteSite) -> None:
    remote.promise(confirms=True)


@given("the issuer wants certificates confirmed, and returns them for another name")
def confirming_wrong(remote: RemoteSite) -> None:
    remote.promise(confirms=True)
    remote.ca.behave(wrong=Wrong.SUBJECT)


@given("the issuer is idempotent")
def idempotent(remote: RemoteSite) -> None:
    remote.promise(idempotent=True)


@given("the issuer looks up")
def looking_up(remote: RemoteSite) -> None:
    remote.promise(looks_up=True)
    remote.ca.behave()


@given("the issuer looks up, and calls arrive late")
def arriving_late(remote: RemoteSite) -> None:
    remote.promise(looks_up=True)
    remote.ca.behave(holds=True)


@given("the issuer neither looks up nor is idempotent")
def promising_nothing(remote: RemoteSite) -> None:
    remote.promise()


@given(parsers.parse("the issuer returns a certificate {wrong}"))
def returning(remote: RemoteSite, wrong: str) -> None:
    remote.ca.behave(wrong=WRONG[wrong])


@given("the issuer looks up, and answers nothing")
def silent(remote: RemoteSite) -> None:
    remote.promise(looks_up=True)
    remote.ca.behave(silent=True)


@given('certificates of "DISTINCT" are for keys of one end entity alone')
def distinct_keys(world: World) -> None:
    distinct = replace(CERTIFICATE_PROFILES["ENDUSER"], distinct_keys=True)
    world.ca_side.administration.put_profile("DISTINCT", distinct)
    allowed = world.ca_side.inspection.profiles().end_entity["EMPTY"]
    listed = allowed.certificate_profiles | {"DISTINCT"}
    world.ca_side.administration.put_profile("EMPTY", replace(allowed, certificate_profiles=listed))


@given("the issuer looks up, and takes 1 call at a time")
def looking_up_one_by_one(remote: RemoteSite) -> None:
    remote.promise(looks_up=True, calls=1)


@given(parsers.re(r"the issuer takes (?P<count>\d) calls? at a time"))
def calls_at_a_time(remote: RemoteSite, count: str) -> None:
    remote.promise(calls=int(count))


@given(parsers.parse("the adapter of the issuer {fails}"))
def failing(remote: RemoteSite, fails: str) -> None:
    remote.adapter = FAILING[fails]


@when("the issuer refuses after it has issued one certificate")
def refuse_second(remote: RemoteSite) -> None:
    """It refuses the second certificate alone: a runner's first round calls for the first one."""
    runner, fence = remote.runner(), remote.fence()
    runner.round(fence)
    assert len(remote.ca.issued()) == 1
    remote.ca.behave(refuses="not today")
    while len(remote.ca.calls()) < 2:
        assert runner.round(fence).claimed
    remote.ca.behave()
    runner.round(fence)


# ---- end entities, rights and approvals


@given('the end entity "carol" with a one-time password')
def one_time(world: World, remote: RemoteSite, password: str) -> None:
    world.ca_side.store_end_entity("carol", ca_name=REMOTE_CA)
    world.ca_side.administration.edit_end_entity("carol", lambda stored: stored, password, timedelta(hours=5))


@given("the RA may view only what is of OtherCA")
def no_rights(world: World) -> None:
    world.grant("/administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create, /action/edit")


@given(parsers.parse("certificates of {name} need an approval"))
def need_approval(world: World, name: str) -> None:
    world.ca_side.administration.set_approval_rule(name, ApprovalKind.ISSUE, 1)


@given('"alice" has a certificate of RemoteCA')
def certified(world: World, remote: RemoteSite) -> None:
    request_for(world, remote, "alice")
    run_all(world, remote)
    assert only(world).outcome == "a certificate"


@given('"alice" has a certificate of RemoteCA that is on hold')
def on_hold(world: World, remote: RemoteSite) -> None:
    certified(world, remote)
    revoke(world, remote, RevocationReason.CERTIFICATE_HOLD)
    run_all(world, remote)


# ---- what is sent


@when(parsers.re(r'the RA requests a certificate of RemoteCA for "(?P<name>\w+)"$'))
def request_for(world: World, remote: RemoteSite, name: str) -> None:
    world.send(world.request(name, ca_name=REMOTE_CA))
    remote.sent = bytes(world.row().message)


@when('the RA requests a certificate of RemoteCA for "alice" with a PKCS10 without a challenge password')
def request_plain(world: World) -> None:
    world.send(world.request("alice", ca_name=REMOTE_CA))


@when('the RA requests a certificate of RemoteCA for "alice" with a PKCS10 with a challenge password')
def request_with_challenge(world: World) -> None:
    request = pkcs10(rsa_key(21), challenge="a secret of hers")
    world.send(world.request("alice", ca_name=REMOTE_CA, pkcs10=request))


@when(parsers.parse('the RA requests another certificate of ManagementCA for "{name}"'))
def request_another(world: World, name: str) -> None:
    world.send(world.request(name, pkcs10=pkcs10(rsa_key(22))))


@when('the RA requests certificates of RemoteCA for "alice" and of ManagementCA for "bob" in one message')
def request_both(world: World) -> None:
    bob = world.request("bob", pkcs10=pkcs10(rsa_key(22)))
    world.send(world.request("alice", ca_name=REMOTE_CA), bob)


@when(parsers.parse("the RA requests certificates of RemoteCA for {count:d} end entities in one message"))
def request_several(world: World, count: int) -> None:
    world.send(*(world.request(f"host{number}", ca_name=REMOTE_CA) for number in range(count)))


@when('the RA requests a certificate of ManagementCA for "bob" with her key and the profile DISTINCT')
def request_distinct(world: World) -> None:
    world.send(world.request("bob", certificate_profile="DISTINCT"))


@when('the RA requests a certificate of RemoteCA for "carol" by her password')
def request_by_password(world: World, password: str) -> None:
    request = pkcs10(rsa_key(21), challenge=password)
    world.send(world.request("carol", ca_name=REMOTE_CA, pkcs10=request, create_or_edit_user=False))


@when('the RA requests a keystore of RemoteCA for "dora"')
def request_keystore(world: World) -> None:
    world.send(
        PKCS12Request(
            request_id=7,
            username="dora",
            subject_dn="CN=dora,O=Example,C=SE",
            end_entity_profile="EMPTY",
            certificate_profile="KEEPING",
            ca_name=REMOTE_CA,
            password=PASSWORD,
            key_alg="ECDSA",
            key_spec="P-256",
            store_keys=True,
        )
    )


@when("the RA renews the card, and RemoteCA shall issue for signatures")
def renew_card(world: World, card: Card) -> None:
    world.send(cards.renewal(card, sign_ca=REMOTE_CA))


@when("the RA renews the card, and RemoteCA shall issue both certificates")
def renew_card_there(world: World, card: Card) -> None:
    world.send(cards.renewal(card, auth_ca=REMOTE_CA, sign_ca=REMOTE_CA))


@when("the message is put again as it was")
def put_again(world: World, remote: RemoteSite) -> None:
    world.requeue(world.sent[-1], remote.sent)


def revoke(world: World, remote: RemoteSite, reason: RevocationReason) -> None:
    (certificate,) = remote.certificates()
    issuer, serial_number = certificate.issuer.rfc4514_string(), f"{certificate.serial_number:x}"
    world.send(RevocationRequest(request_id=9, issuer_dn=issuer, certificate_sn=serial_number, reason=reason))


@when("the RA requests the revocation of her certificate")
def request_revocation(world: World, remote: RemoteSite) -> None:
    revoke(world, remote, RevocationReason.SUPERSEDED)


@when("the RA requests that it is taken from hold")
def request_release(world: World, remote: RemoteSite) -> None:
    revoke(world, remote, RevocationReason.REMOVE_FROM_CRL)
