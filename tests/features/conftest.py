"""The steps that several features share."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import given, parsers, then, when

from lockgate.audit import Event
from lockgate.certification.endentity import EndEntityStatus
from lockgate.errors import CallerError
from lockgate.queue.message import MessageStatus
from lockgate.reasons import Reason
from lockgate.requests.content import DigestOf
from lockgate.requests.submessages import PKCS10Response, Response
from lockgate.rights.approval import ApprovalKind, Verdict
from lockgate_app.logs import PACKAGES
from lockgate_ca_backend.profiles import KeyUsage
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, decide, give_role
from tests.support.scenarios.deviations import DRAFTS, SUBMESSAGES
from tests.support.scenarios.found_answers import Seen
from tests.support.scenarios.hosts import install, open_keystores_once
from tests.support.scenarios.stored_objects import Holdings, furnish_copy
from tests.support.scenarios.world import CA, RA_RIGHTS, WORKER, World
from tests.support.wire.cms_objects import container


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Both hosts as they are when a scenario begins."""
    directory = tmp_path_factory.mktemp("template")
    install(directory)
    with pytest.MonkeyPatch.context() as patch:
        open_keystores_once(patch)
        yield directory


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Holdings]:
    """Both hosts, the CA's database with all the people of the rights' table and no message; and what the CA has."""
    directory = tmp_path_factory.mktemp("furnished") / "world"
    return directory, furnish_copy(template, directory)


@pytest.fixture
def refusals() -> list[str]:
    """What the administration refused, in its words."""
    return []


def attempted(act: Callable[[], object], refusals: list[str]) -> None:
    """Do what an administrator asks for, and keep what the administration says against it."""
    try:
        act()
    except CallerError as error:
        refusals.append(str(error))


@pytest.fixture
def start(template: Path) -> Path:
    """What a scenario's hosts are copied from; a feature may begin with more."""
    return template


@pytest.fixture
def world(start: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """A world of the scenario's own; everything that the product logs is kept."""
    for package in PACKAGES:
        caplog.set_level(logging.DEBUG, package)
    world = World(Path(shutil.copytree(start, tmp_path / "world")))
    yield world
    world.close()


@pytest.fixture
def approvers() -> Approvers:
    return Approvers()


# ---- given


@given('the administrators "ann", "ben" and "ray", where "ray" may not approve')
def administrators(world: World, approvers: Approvers) -> None:
    for number, name in enumerate(("ann", "ben", "ray")):
        approvers.members[name] = world.ca_side.certify(f"CN={name}", rsa_key(61 + number))
    for name in ("ann", "ben"):
        give_role(world, name, approvers.members[name], APPROVER)


@given(parsers.re(r"ManagementCA asks for (?P<quorum>\d) approvals? of (?P<kind>\w+)"))
@when(parsers.re(r"ManagementCA asks for (?P<quorum>\d) approvals? of (?P<kind>\w+)"))
def ca_asks(world: World, quorum: str, kind: str) -> None:
    world.ca_side.administration.set_approval_rule(CA, ApprovalKind(kind), int(quorum))


@given(parsers.parse('certificates of "{name}" may be for keys whose possession nobody has shown'))
def unproven_keys(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, msgspec.structs.replace(profile, unproven_keys=True))


@given(parsers.parse('certificates of "{name}" are only for keys whose possession was shown'))
def proven_keys(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, msgspec.structs.replace(profile, unproven_keys=False))


@given(parsers.parse('certificates of "{name}" can be renewed in their last {days:d} days'))
def renewal_window(world: World, name: str, days: int) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, msgspec.structs.replace(profile, renewal_days=days))


@given(parsers.parse('certificates of "{name}" allow keyEncipherment alone'))
def encipherment_alone(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    usage = frozenset[KeyUsage]({"keyEncipherment"})
    world.ca_side.administration.put_profile(name, msgspec.structs.replace(profile, key_usage=usage))


@given("the RA may do everything")
def mighty_ra(world: World) -> None:
    give_role(world, "mighty RA", world.ra, "/")


@given(
    parsers.re(
        "a worker that requires (?P<required>signatures and encryption|signatures only|encryption only"
        "|neither signatures nor encryption)"
    )
)
def worker(world: World, required: str) -> None:
    words = required.split() if "neither" not in required else []
    world.require(sign="signatures" in words, encrypt="encryption" in words)


@given("a worker without a keystore that requires neither signatures nor encryption")
def keyless_worker(world: World) -> None:
    world.require(sign=False, encrypt=False, keystore=False)


@given(parsers.re(r'a worker that requires signatures and encryption, with the whitelist "(?P<whitelist>.*)"'))
def listed_worker(world: World, whitelist: str) -> None:
    world.require(sign=True, encrypt=True, whitelist=whitelist)


@given("the worker lets old devices in")
def old_devices_served(world: World) -> None:
    world.configure(legacy_devices=True)


@given(parsers.parse("an RA with one role: {rules}"))
def ra_with_role(world: World, rules: str) -> None:
    world.grant(rules)


@given("an RA in no role")
def ra_without_role(world: World) -> None:
    world.grant()


@given(parsers.parse('the end entity "{name}" with the password "{password}" waiting for its certificate'))
def waiting_end_entity(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password)
    world.grant(RA_RIGHTS.replace("create", "view"))


@given(parsers.parse('the end entity "{name}" with the password "{password}" who already has its certificate'))
def certified_end_entity(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password, status=EndEntityStatus.GENERATED)
    world.grant(RA_RIGHTS.replace("create", "view"))


@given(parsers.parse('"{name}" is stored with the password "{password}"'))
def stored(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password)


# ---- when


@when(parsers.re(r'the RA sends an? (?P<protection>[a-z ]+) PKCS10Request for "(?P<name>\w+)"'))
def send_request(world: World, protection: str, name: str) -> None:
    world.send(world.request(name), protection=protection)


@when(
    parsers.re(
        r"the RA sends an? (?P<protection>[a-z ]*?) ?PKCS10Request for the existing end entity"
        r' "(?P<name>\w+)" with the challenge password "(?P<password>.*)"'
    )
)
def send_self_authenticating(world: World, protection: str, name: str, password: str) -> None:
    """Past the client's own check, as another client would."""
    protection = protection or "signed and encrypted"
    draft = world.draft(name, sign="signed" in protection, encrypt="encrypted" in protection)
    draft.ask(pkcs10=pkcs10(rsa_key(21), challenge=password or None), create_or_edit_user=False)
    world.put_draft(draft)


@when(parsers.parse("the RA sends a submessage, but {twist}"))
def send_twisted(world: World, twist: str) -> None:
    draft = world.draft()
    DRAFTS[twist](world, draft)
    world.put_draft(draft)


@when(parsers.parse("the database holds a submessage that is {twist}"))
def put_octets(world: World, twist: str) -> None:
    world.put(container(SUBMESSAGES[twist](world)))


@when("the worker runs")
def run_worker(world: World) -> None:
    world.run_worker()


@when(parsers.parse('"{name}" approves'))
def approve(world: World, approvers: Approvers, name: str) -> None:
    decide(world, approvers.members[name])


@when(parsers.parse('"{name}" rejects because "{reason}"'))
def reject(world: World, approvers: Approvers, name: str, reason: str) -> None:
    decide(world, approvers.members[name], Verdict.REJECT, reason)


# ---- then


def only(world: World) -> Seen:
    """The only answer in the last row."""
    (seen,) = world.seen()
    return seen


@then(parsers.re(r"the answer is: (?P<outcome>.*)"))
def answer_is(world: World, outcome: str) -> None:
    assert only(world).outcome == outcome


@then(parsers.parse("the answer is {protection}"))
def answer_is_protected(world: World, protection: str) -> None:
    seen = only(world)
    assert (seen.signed, seen.encrypted) == ("signed" in protection, "encrypted" in protection)


@then(parsers.parse('it holds a certificate for the key of the PKCS#10 with the subject "{subject}"'))
def holds_certificate(world: World, subject: str) -> None:
    response = only(world).content.response
    assert isinstance(response, PKCS10Response), response
    assert response.certificate is not None
    certificate = x509.load_der_x509_certificate(response.certificate)
    assert certificate.subject.rfc4514_string() == subject
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key == world.own_key()
    assert (response.request_id, response.fail_info, response.reason) == (7, None, None)


@then(parsers.parse("the answers are: {outcomes}"))
def answers_are(world: World, outcomes: str) -> None:
    assert [seen.outcome for seen in world.seen()] == outcomes.split(", ")


@then(parsers.parse('the CA answers "{reason}" in a signed notice that says nothing of the request'))
def notice(world: World, reason: str) -> None:
    seen = only(world)
    assert (seen.outcome, seen.signed, seen.encrypted) == (reason, True, False)
    assert seen.content.digest_of is DigestOf.SUBMESSAGE
    expected = Response(request_id=0, success=False, reason=reason, fail_info=Reason(reason).sentence)
    assert seen.content.response == expected


@then(parsers.parse('the CA answers "{reason}" in a signed and encrypted verdict'))
def verdict(world: World, reason: str) -> None:
    seen = only(world)
    assert (seen.outcome, seen.signed, seen.encrypted) == (reason, True, True)
    assert seen.content.digest_of is DigestOf.REQUEST
    assert seen.content.response.fail_info


@then(parsers.parse('the CA answers "{reason}"'))
def answers_reason(world: World, reason: str) -> None:
    assert only(world).outcome == reason


@then(parsers.parse('the CA answers "{reason}" in the words "{words}"'))
def answers_in_words(world: World, reason: str, words: str) -> None:
    response = only(world).content.response
    assert (response.reason, response.fail_info) == (reason, words)


@then(parsers.parse('the refusal says "{words}"'))
def refusal_says(world: World, words: str) -> None:
    assert words in (only(world).content.response.fail_info or "")


EFFECTS = (
    Event.END_ENTITY_ADDED,
    Event.END_ENTITY_EDITED,
    Event.CERTIFICATE_ISSUED,
    Event.CERTIFICATE_REVOKED,
    Event.KEY_RECOVERED,
)


@then("nothing was issued")
def nothing_issued(world: World) -> None:
    """No worker has issued, stored or revoked anything, for whatever end entity."""
    assert world.issued() == []
    assert not set(world.ca_side.done_by(WORKER)).intersection(EFFECTS)


@then("one certificate was issued")
def one_issued(world: World) -> None:
    assert len(world.issued()) == 1


@then("each certificate was issued by an operation of its own")
def own_operations(world: World) -> None:
    operations = world.ca_side.column("select operation from certificate where certificateprofile = 'ENDUSER'")
    assert len(operations) == len(set(operations)) == len(world.issued())


@then(parsers.parse('there is no end entity "{name}"'))
def no_end_entity(world: World, name: str) -> None:
    assert world.end_entity(name) is None


@then(parsers.parse('the audit log says that "{name}" asked for it'))
def audit_names(world: World, name: str) -> None:
    assert world.ca_side.requesters()[-1].split(" (")[0] == name


@then("the next message is answered with a certificate")
def next_message(world: World) -> None:
    world.grant(RA_RIGHTS)
    world.send(world.request("zoe"))
    world.run_worker()
    assert only(world).outcome == "a certificate"


@then(parsers.re(r'the missing right named is "(?P<right>.*)"'))
def missing_right(world: World, right: str) -> None:
    said = only(world).content.response.fail_info or ""
    assert said.partition("Missing: ")[2] == right


@then(parsers.parse('"{name}" is stored as {status} with the token {token}'))
def stored_as(world: World, name: str, status: str, token: str) -> None:
    found = world.end_entity(name)
    assert found is not None
    assert (found.status.name, found.token) == (status, token)


@then("nobody has a certificate")
def no_certificates(world: World) -> None:
    assert world.issued() == []


@then("the message waits")
def message_waits(world: World) -> None:
    assert world.row().status == 1


@then(parsers.parse("the message waits, and its row says {reason}"))
def waits_because(world: World, reason: str) -> None:
    row = world.row()
    assert (row.status, row.reason.partition(":")[0]) == (MessageStatus.WAITING, reason)


@then("the administration accepts it")
def accepted(refusals: list[str]) -> None:
    assert refusals == []


@then(parsers.parse("the administration refuses it: {words}"))
def refused(refusals: list[str], words: str) -> None:
    (refusal,) = refusals
    assert words in refusal
