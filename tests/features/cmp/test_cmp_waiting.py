"""Steps of cmp_waiting.feature."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.rights.approval import ApprovalKind
from lockgate_formats.cmp.contents import RevocationRequest
from lockgate_formats.cmp.polls import read_poll_responses
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from lockgate_testing.doubles.remote_ca import running
from tests.features.steps.cmp_lost_senders import *  # noqa: F403
from tests.features.steps.cmp_outcomes import TAKEN, standing_of, told_to_wait
from tests.features.steps.cmp_requests import answered, confirmation, named, named_profiles, polls, requested, usual
from tests.features.steps.remote_issuer_actions import *  # noqa: F403
from tests.support.pki.identities import Identity
from tests.support.scenarios.approvers import Approvers, decide, decision, hold, newest, signed
from tests.support.scenarios.cmp_site import DELIVERING, CmpSite, key_of
from tests.support.scenarios.remote_issuer import REMOTE_CA, RemoteSite
from tests.support.scenarios.world import World
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, Secret

scenarios("cmp_waiting.feature")

KINDS = {"an ip": "ip", "a cp": "cp", "a kup": "kup", "an error": "error", "a pollRep": "pollRep"}
SECOND = "router, in its second transaction"


# ---- who asks for approvals, and other CAs


@given("the issuer refuses everything")
def refusing(remote: RemoteSite) -> None:
    remote.ca.behave(refuses="not today")


@given(parsers.parse("the certificate profile {name} asks for 1 approval of issue"))
def profile_asks(world: World, name: str) -> None:
    stored = world.ca_side.inspection.profiles().certificate[name]
    asking = replace(stored, approvals={ApprovalKind.ISSUE: 1})
    world.ca_side.administration.put_profile(name, asking)


@given('a CA "RemoteCA" of a remote issuer, for the alias "remote"', target_fixture="remote")
def remote_ca(world: World, tmp_path: Path) -> Iterator[RemoteSite]:
    with running(tmp_path / "remote.db") as ca:
        site = RemoteSite(world, ca)
        world.grant(DELIVERING)
        yield site


@given('the client "router" with a certificate of the remote issuer')
def certified_remotely(site: CmpSite, remote: RemoteSite) -> None:
    client = site.client("router", alias="remote")
    site.send("router", client.request(infos=[IMPLICIT_CONFIRM]))
    remote.run()
    polls(site, "router")
    site.configure("client", defaultCA=REMOTE_CA)
    site.clients["router"] = client.in_another_transaction().with_(
        key=key_of("the next key"), protection=site.holder("router"), alias="client"
    )


@when('an administrator revokes the certificate of "router"')
def revoked_by_administrator(site: CmpSite) -> None:
    identity = Identity(site.certificates["router"], key_of("router"))
    site.world.ca_side.revoke(identity, RevocationReason.SUPERSEDED)


@then(parsers.parse('"{name}" cannot approve that: "{why}"'))
def may_not_approve(world: World, approvers: Approvers, name: str, why: str) -> None:
    with pytest.raises(CallerError, match=why):
        decide(world, approvers.members[name])


@when(parsers.parse('the CA\'s database holds the approval of "{name}"'))
def held(world: World, approvers: Approvers, name: str) -> None:
    hold(world, signed(approvers.members[name], decision(newest(world))))


# ---- what the client sends


@when('"dora" asks for a certificate with her one-time password')
def asks_by_password(site: CmpSite, own_password: str) -> None:
    client = site.client("dora", protection=Secret(b"dora", own_password.encode()), alias="client")
    site.send("dora", client.request(time=site.now))


@when('the client "router" asks for a certificate, and for another one that cannot be granted')
def asks_with_bad(site: CmpSite) -> None:
    client = site.client("router")
    other = client.with_(name="rou\u200bter", key=key_of("another"))
    site.send("router", client.request(client.cert_req_msg(0), other.cert_req_msg(1)))


@when(
    parsers.re(
        'the client "router" asks for a certificate of the profile ENDUSER'
        "(?P<more>, and for another one of the profile KEEPING)?$"
    )
)
def asks_for_profiles(site: CmpSite, more: str | None) -> None:
    client = site.client("router")
    other = client.with_(name="router2", key=key_of("router2"))
    messages = [client.cert_req_msg(0), other.cert_req_msg(1)][: 2 if more else 1]
    names = ["ENDUSER", "KEEPING"][: len(messages)]
    site.send("router", client.request(*messages, infos=[named_profiles(*names)]))


@when('the client "router" asks for the same once more in another transaction')
def asks_once_more(site: CmpSite) -> None:
    client = site.client("router").in_another_transaction()
    site.clients[SECOND] = client
    site.send(SECOND, requested(site, client, usual(client)))


@when('the RA "desk" asks to revoke the certificate of "router" in another transaction')
def revokes_once_more(site: CmpSite) -> None:
    site.clients[SECOND] = site.client("desk").in_another_transaction()
    site.send(SECOND, site.clients[SECOND].revocation(RevocationRequest(template=named(site, "router"))))


@when('the RA "desk" polls for the certReqId -1 in both transactions')
def ra_polls(site: CmpSite) -> None:
    for name in ("desk", SECOND):
        site.send(name, site.client(name).poll(answered(site, name).header.sender_nonce, -1))


@when(parsers.re('the client "router" polls in its (?P<which>first|second) transaction'))
def polls_in(site: CmpSite, which: str) -> None:
    name = "router" if which == "first" else SECOND
    site.send(name, site.client(name).poll(answered(site, name).header.sender_nonce))


@when(parsers.parse('the client "router" polls for the certReqId {number:d}'))
def polls_for(site: CmpSite, number: int) -> None:
    site.send("router", site.client("router").poll(answered(site, "router").header.sender_nonce, number))


@when(parsers.re('the client "router" sends a (?P<what>confirmation|poll for another request) while it waits'))
def does_not_fit(site: CmpSite, what: str) -> None:
    heard = answered(site, "router")
    poll = site.client("router").poll(heard.header.sender_nonce, 1)
    site.send("router", confirmation(site, "router") if what == "confirmation" else poll)
    site.heard["router"] = heard


# ---- outcomes


@then("it is told twice that the certificate is revoked")
def told_twice(site: CmpSite) -> None:
    for answer in site.answers[-2:]:
        assert answer
        assert answer.message.body_type is BodyType.RP
        assert [status.status for status in answer.statuses] == [PkiStatus.ACCEPTED]
    assert standing_of(site, site.certificates["router"]) == "revoked"


@then(parsers.re(f"it is told to wait, in (?P<kind>{'|'.join(KINDS)})(?P<more>, and to poll again after .*)?$"))
def waits_in(site: CmpSite, kind: str, more: str | None) -> None:
    told_to_wait(site)
    assert site.answer.kind == KINDS[kind]
    if more:
        (response,) = read_poll_responses(site.answer.message.body)
        assert more.endswith(f" {response.check_after} seconds")
    else:
        assert [status.texts for status in site.answer.statuses] == [
            ("The request waits for administrators or for another CA.",)
        ]


@then(parsers.re("it gets a certificate for its key, in (?P<kind>an ip|a cp|a kup)"))
def gets_in(site: CmpSite, kind: str) -> None:
    assert site.answer.kind == KINDS[kind]
    (response,) = site.answer.responses
    assert response.status.status in TAKEN
    assert site.certificates["router"].public_key() == site.client("router").key.public_key()


def told(site: CmpSite) -> Sequence[PkiStatus]:
    return [response.status.status for response in site.answer.responses]


@then("the first request waits, and the second one is refused")
def one_waits(site: CmpSite) -> None:
    assert told(site) == [PkiStatus.WAITING, PkiStatus.REJECTION]


@then("the first request is granted, and the second one is refused")
def one_granted(site: CmpSite) -> None:
    assert told(site) == [PkiStatus.ACCEPTED, PkiStatus.REJECTION]
    assert len(site.answer.certificates) == 1


@then("both requests wait")
def both_wait(site: CmpSite) -> None:
    assert told(site) == [PkiStatus.WAITING, PkiStatus.WAITING]
    assert not site.answer.certificates


@then("both requests are granted")
def both_granted(site: CmpSite) -> None:
    assert told(site) == [PkiStatus.ACCEPTED, PkiStatus.ACCEPTED]
    assert len(set(site.answer.certificates)) == 2


@then(parsers.re("the answer returns the nonce of its (?P<which>first|last) message"))
def returns_nonce(site: CmpSite, which: str) -> None:
    first, last = site.asked[0], site.asked[-1]
    assert first
    assert last
    expected = first if which == "first" else last
    assert site.answer.header.recip_nonce == expected.header.sender_nonce


@then("it is granted a certificate of the remote issuer")
def granted_remotely(site: CmpSite, remote: RemoteSite) -> None:
    assert list(site.answer.certificates) == list(remote.ca.issued())
    assert told(site) == [PkiStatus.ACCEPTED]


@then(parsers.re("the issuer has issued (?P<count>one certificate|two certificates)"))
def issued_remotely(remote: RemoteSite, count: str) -> None:
    assert len(remote.ca.issued()) == (1 if count.startswith("one") else 2)


@then("the issuer has revoked every certificate")
def revoked_remotely(site: CmpSite, remote: RemoteSite) -> None:
    issued = remote.certificates()
    assert set(remote.ca.revoked()) == {certificate.serial_number for certificate in issued}
    for certificate in remote.ca.issued():
        assert standing_of(site, x509.load_der_x509_certificate(certificate)) == "revoked"
