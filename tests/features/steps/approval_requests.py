"""approvals.feature: who asks for approvals, and the requests that wait for them."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from pytest_bdd import given, parsers, when

from lockgate.administration.listings import CertificateQuery
from lockgate.requests.submessages import Request
from lockgate.rights.approval import ApprovalKind
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from tests.features.approvals.requests import ACTIONS, edit_user, keystore
from tests.features.steps.sending import send_self_authenticating
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, give_role, newest
from tests.support.scenarios.world import RA_RIGHTS, World


@given(
    parsers.re(
        r"the (?P<which>certificate|end entity) profile (?P<name>\w+) asks for (?P<quorum>\d) approvals? of issue"
    )
)
def profile_asks(world: World, which: str, name: str, quorum: str) -> None:
    profile = CERTIFICATE_PROFILES[name] if which == "certificate" else END_ENTITY_PROFILES[name]
    asking = replace(profile, approvals={ApprovalKind.ISSUE: int(quorum)})
    world.ca_side.administration.put_profile(name, asking)


@given("another RA with the same rights")
def another_ra(world: World, approvers: Approvers) -> None:
    other = world.ca_side.certify("CN=other-ra", rsa_key(71))
    approvers.members["other RA"] = other
    give_role(world, "other RA", other, RA_RIGHTS)


@given(parsers.parse("approvals are valid for {minutes:d} minutes"))
def validity(world: World, minutes: int) -> None:
    world.ca_side.configuration.put("approvals", {"validity": 60 * minutes})


def certify_again(world: World, who: Identity, key: int) -> Identity:
    """Another certificate of the same end entity."""
    fingerprint = hashlib.sha256(who.der).hexdigest()
    username = world.ca_side.inspection.certificate(CertificateQuery(fingerprint=fingerprint)).username
    subject = str(who.certificate.subject.rfc4514_string())
    return world.ca_side.certify_again(username, subject, rsa_key(key))


@given('"ann" has a second certificate with the same role')
def ann_again(world: World, approvers: Approvers) -> None:
    approvers.members["ann's second certificate"] = second = certify_again(world, approvers.members["ann"], 81)
    give_role(world, "ann's second", second, APPROVER)


@given("the RA has a second certificate that may approve")
def ra_again(world: World, approvers: Approvers) -> None:
    approvers.members["the RA's second certificate"] = second = certify_again(world, world.ra, 81)
    give_role(world, "the RA's second", second, APPROVER)


@given('the administrator "dora", whose certificate lacks the key usage digitalSignature')
def signless(world: World, approvers: Approvers) -> None:
    approvers.members["dora"] = world.ca_side.certify("CN=dora", rsa_key(82), profile="SIGNLESS")
    give_role(world, "dora", approvers.members["dora"], APPROVER)


@given('the administrator "dora", whose certificate is valid for a day')
def short_lived(world: World, approvers: Approvers) -> None:
    signless_profile = replace(CERTIFICATE_PROFILES["RA"], validity_days=1)
    world.ca_side.administration.put_profile("SIGNLESS", signless_profile)
    signless(world, approvers)


@given(parsers.re(r"a requester may have (?P<count>\d) open approvals?"))
def bounded(world: World, count: str) -> None:
    world.ca_side.configuration.put("approvals", {"max_open": int(count)})


def send(world: World, approvers: Approvers, request: Request) -> None:
    approvers.request = request
    world.send(request)


@when(parsers.parse("the RA sends a signed and encrypted PKCS10Request with a weak key"))
def send_weak(world: World, approvers: Approvers) -> None:
    send(world, approvers, world.request("alice", pkcs10=pkcs10(rsa_key(41))))


@when("the RA sends a PKCS10Request that expires in 10 minutes")
def send_short(world: World, approvers: Approvers) -> None:
    draft = world.draft()
    approvers.request = draft.content.request
    draft.change(expires=draft.content.created + timedelta(minutes=10))
    world.put_draft(draft)
    approvers.octets = world.row().message


@when('the RA sends a PKCS10Request for "dora" with the password of "dora"')
def send_own_password(world: World, own_password: str) -> None:
    """An RA that may not add or edit anybody."""
    give_role(world, "viewer", world.ra, RA_RIGHTS.replace("create", "view"))
    send_self_authenticating(world, "", "dora", own_password)


@when("the RA sends the same request in another message")
def send_again(world: World, approvers: Approvers) -> None:
    request = approvers.request or world.request("alice")
    world.send(replace(request, request_id=8))


@when(parsers.parse("the RA sends the same request with the subject written {subject}"))
def send_rewritten(world: World, subject: str) -> None:
    world.send(world.request("alice", subject_dn=subject))


@when(parsers.parse("{count:d} more approvals are opened by others"))
def open_more(world: World, count: int) -> None:
    """Each by another requester, in the database itself: so many requests would take minutes."""
    model = newest(world)
    with world.ca.transaction(world.fence("observer")) as work:
        for number in range(count):
            requester = f"{number:064x}"
            action = model.action.replace(model.requester.encode(), requester.encode())
            opened = model.opened + timedelta(seconds=1 + number // 2)
            work.approvals.open(replace(model, requester=requester, action=action, opened=opened, rejected=None))


@when("the other RA sends the same request")
@when('the other RA sends a request for "alice"')
def send_as_other(world: World, approvers: Approvers) -> None:
    draft = world.draft()
    draft.signer = approvers.members["other RA"]
    world.put_draft(draft)


@when("the RA sends the same request with a different password")
def send_other_password(world: World) -> None:
    world.send(replace(keystore(world), password="another password of bob's"))


@when("the RA sends the same request, to be answered to the other RA")
def send_for_other(world: World, approvers: Approvers) -> None:
    draft = world.draft()
    draft.change(answer_certificate=approvers.members["other RA"].der)
    world.put_draft(draft)


@when(parsers.parse("the RA sends the request with another {name}"))
def send_other(world: World, name: str) -> None:
    others = {"subject_dn": "CN=malice,O=Example,C=SE", "pkcs10": pkcs10(rsa_key(22)), "email": "malice@example.org"}
    world.send(world.request("alice", **{name: others[name]}))


@when(parsers.parse("the RA asks for {action}"))
def ask_for(world: World, approvers: Approvers, action: str) -> None:
    send(world, approvers, ACTIONS[action](world))


@when("the RA sends a message that asks for a certificate and for an end entity")
def send_two(world: World) -> None:
    world.send(world.request("alice"), edit_user("eve"))


@when(parsers.parse('"{name}" sends an encrypted PKCS10Request for "{username}" without a signature'))
def send_unsigned(world: World, approvers: Approvers, name: str, username: str) -> None:
    draft = world.draft(username, sign=False)
    draft.change(answer_certificate=approvers.members[name].der)
    world.put_draft(draft)
