"""Steps of approvals.feature."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import msgspec
import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from lockgate.approval import ApprovalKind, ApprovalRequest, ApprovalStatus, Verdict
from lockgate.authorization import Role
from lockgate.content import ContentKind
from lockgate.errors import CallerError, LockgateError
from lockgate.message import NewMessage
from lockgate.reasons import Reason
from lockgate.revocation import RevocationReason
from lockgate.submessages import EditUserRequest, PKCS12Request, PKCS12Response, Request
from lockgate.worker import ServiceWorker
from lockgate_ca_backend.administration.approvals import FIRST_PAGE, ApprovalPage, ApprovalView
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.profiles import EndEntityProfile
from lockgate_ca_backend.store.searches import CertificateQuery, Page
from lockgate_transport.contents import JsonContents
from tests.certificate_requests import pkcs10, spki
from tests.features.conftest import message_waits, only
from tests.features.council import APPROVER, Council, decide, decision, give_role, hold, newest, signed
from tests.features.office import other_authority
from tests.features.world import CA, RA_RIGHTS, World
from tests.identities import Identity, rsa_key

scenarios("approvals.feature")

PASSWORD = "a password of bob's"


# ---- given


@given(
    parsers.re(
        r"the (?P<which>certificate|end entity) profile (?P<name>\w+) asks for (?P<quorum>\d) approvals? of issue"
    )
)
def profile_asks(world: World, which: str, name: str, quorum: str) -> None:
    profile = CERTIFICATE_PROFILES[name] if which == "certificate" else END_ENTITY_PROFILES[name]
    asking = msgspec.structs.replace(profile, approvals={ApprovalKind.ISSUE: int(quorum)})
    world.office.administration.put_profile(name, asking)


@given("another RA with the same rights")
def another_ra(world: World, council: Council) -> None:
    other = world.office.certify("CN=other-ra", rsa_key(71))
    council.members["other RA"] = other
    give_role(world, "other RA", other, RA_RIGHTS)


@given(parsers.parse("approvals are valid for {minutes:d} minutes"))
def validity(world: World, minutes: int) -> None:
    world.office.configuration.put("approvals", {"validity": 60 * minutes})


def certify_again(world: World, who: Identity, key: int) -> Identity:
    """Another certificate of the same end entity."""
    fingerprint = hashlib.sha256(who.der).hexdigest()
    username = world.office.inspection.certificate(CertificateQuery(fingerprint=fingerprint)).username
    subject = str(who.certificate.subject.rfc4514_string())
    issued = world.office.administration.issue_keystore_certificate(
        username, subject, spki(rsa_key(key)), ca_name=CA, certificate_profile="RA"
    )
    return Identity(x509.load_der_x509_certificate(issued.certificate), rsa_key(key))


@given('"ann" has a second certificate with the same role')
def ann_again(world: World, council: Council) -> None:
    council.members["ann's second certificate"] = second = certify_again(world, council.members["ann"], 81)
    give_role(world, "ann's second", second, APPROVER)


@given("the RA has a second certificate that may approve")
def ra_again(world: World, council: Council) -> None:
    council.members["the RA's second certificate"] = second = certify_again(world, world.ra, 81)
    give_role(world, "the RA's second", second, APPROVER)


@given('the administrator "dora", whose certificate lacks the key usage digitalSignature')
def signless(world: World, council: Council) -> None:
    council.members["dora"] = world.office.certify("CN=dora", rsa_key(82), profile="SIGNLESS")
    give_role(world, "dora", council.members["dora"], APPROVER)


@given('the administrator "dora", whose certificate is valid for a day')
def short_lived(world: World, council: Council) -> None:
    signless_profile = msgspec.structs.replace(CERTIFICATE_PROFILES["RA"], validity_days=1)
    world.office.administration.put_profile("SIGNLESS", signless_profile)
    signless(world, council)


@given(parsers.re(r"a requester may have (?P<count>\d) open approvals?"))
def bounded(world: World, count: str) -> None:
    world.office.configuration.put("approvals", {"max_open": int(count)})


# ---- when


def send(world: World, council: Council, request: Request) -> None:
    council.request = request
    world.send(request)


@when(parsers.parse("the RA sends a signed and encrypted PKCS10Request with a weak key"))
def send_weak(world: World, council: Council) -> None:
    send(world, council, world.request("alice", pkcs10=pkcs10(rsa_key(41))))


@when("the RA sends a PKCS10Request that expires in 10 minutes")
def send_short(world: World, council: Council) -> None:
    draft = world.draft()
    council.request = draft.content.request
    draft.change(expires=draft.content.created + timedelta(minutes=10))
    world.put_draft(draft)
    council.octets = world.row().message


@when("the RA sends the same request in another message")
def send_again(world: World, council: Council) -> None:
    request = council.request or world.request("alice")
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
            work.open_approval(replace(model, requester=requester, action=action, opened=opened, rejected=None))


@when("the other RA sends the same request")
@when('the other RA sends a request for "alice"')
def send_as_other(world: World, council: Council) -> None:
    draft = world.draft()
    draft.signer = council.members["other RA"]
    world.put_draft(draft)


@when("the RA sends the same request with a different password")
def send_other_password(world: World) -> None:
    world.send(replace(keystore(world), password="another password of bob's"))


@when("the RA sends the same request, to be answered to the other RA")
def send_for_other(world: World, council: Council) -> None:
    draft = world.draft()
    draft.change(answer_certificate=council.members["other RA"].der)
    world.put_draft(draft)


@when(parsers.parse("the RA sends the request with another {name}"))
def send_other(world: World, name: str) -> None:
    others = {"subject_dn": "CN=malice,O=Example,C=SE", "pkcs10": pkcs10(rsa_key(22)), "email": "malice@example.org"}
    world.send(world.request("alice", **{name: others[name]}))


@when(parsers.parse("the RA asks for {action}"))
def ask_for(world: World, council: Council, action: str) -> None:
    send(world, council, ACTIONS[action](world))


@when("the RA sends a message that asks for a certificate and for an end entity")
def send_two(world: World) -> None:
    world.send(world.request("alice"), edit_user("eve"))


@when(parsers.parse('"{name}" sends an encrypted PKCS10Request for "{username}" without a signature'))
def send_unsigned(world: World, council: Council, name: str, username: str) -> None:
    draft = world.draft(username, sign=False)
    draft.change(answer_certificate=council.members[name].der)
    world.put_draft(draft)


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def pass_time(world: World, count: str, unit: str) -> None:
    world.office.hours.pass_by(timedelta(**{unit: int(count)}))


@when('"ann" approves and "ben" rejects at the same time', target_fixture="told")
def decide_together(world: World, council: Council) -> dict[str, str]:
    """Each in a thread of its own; both begin when both are ready."""
    verdicts = {"ann": Verdict.APPROVE, "ben": Verdict.REJECT}
    ready = Barrier(len(verdicts))
    view = world.office.approvals.approvals().items[0]

    def decided(name: str) -> str:
        octets = signed(council.members[name], decision(view.approval, verdicts[name], "no", created=view.now))
        ready.wait(60)
        try:
            return str(world.office.approvals.decide(view.approval.id, octets).standing.status)
        except CallerError as error:
            return str(error)

    with ThreadPoolExecutor(len(verdicts)) as pool:
        return dict(zip(verdicts, pool.map(decided, verdicts), strict=True))


@when(parsers.parse('"{name}" rejects because "{reason}", and collides {times:d} times with another transaction'))
def reject_colliding(world: World, council: Council, name: str, reason: str, times: int) -> None:
    """Another transaction has taken the decision's place in the list each time: the very error that says so."""
    left = times

    def collide(_: Connection) -> None:
        nonlocal left
        if left:
            left -= 1
            taken = sqlite3.IntegrityError("UNIQUE constraint failed")
            taken.sqlite_errorname = "SQLITE_CONSTRAINT_UNIQUE"
            raise IntegrityError(None, None, taken)

    view = world.office.approvals.approvals().items[0]
    octets = signed(council.members[name], decision(view.approval, Verdict.REJECT, reason, created=view.now))
    event.listen(world.office.engine, "commit", collide)
    world.office.approvals.decide(view.approval.id, octets)
    event.remove(world.office.engine, "commit", collide)
    assert left == 0


@when("the worker looks at the message again")
def look_again(world: World) -> None:
    """Before the approval expires, as after a decision."""
    world.store.expedite(world.sent)
    world.run_worker()


@when("the first message is put into the database again")
def put_again(world: World, council: Council) -> None:
    """The octets that were sent, as whoever owns the message database may have kept them."""
    delete(world, world.sent[0])
    world.store.put(NewMessage(world.sent[0], council.octets))


@when("the message is deleted from the message database")
def delete_message(world: World) -> None:
    delete(world, world.sent[-1])


def delete(world: World, message_id: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(text("delete from message where messageid = :id"), {"id": message_id})


@when("a worker that takes one message at a time looks 3 times", target_fixture="slow")
def look(world: World) -> ServiceWorker:
    world.configure(batch=1)
    worker = world.worker()
    world.configure(batch=None)
    look_more(world, worker, 3)
    return worker


@when(parsers.re(r"that worker looks (?P<times>\d) times? more"), converters={"times": int})
def look_more(world: World, slow: ServiceWorker, times: int) -> None:
    fence = world.fence()
    for _ in range(times):
        slow.round(fence)


@when("the end entity profile EMPTY changes")
def end_entity_profile_changes(world: World) -> None:
    changed = EndEntityProfile(certificate_profiles=frozenset({"ENDUSER"}))
    world.office.administration.put_profile("EMPTY", changed)


@when("the certificate profile ENDUSER changes")
def profile_changes(world: World) -> None:
    changed = msgspec.structs.replace(CERTIFICATE_PROFILES["ENDUSER"], validity_days=5)
    world.office.administration.put_profile("ENDUSER", changed)


@when('the end entity "alice" is stored meanwhile')
def stored_meanwhile(world: World) -> None:
    world.office.store_end_entity("alice")
    give_role(world, "editor", world.ra, RA_RIGHTS.replace("create", "edit"))


@when(parsers.parse('the certificate of "{name}" is revoked'))
def revoke(world: World, council: Council, name: str) -> None:
    world.office.revoke(council.members[name], RevocationReason.KEY_COMPROMISE)


@when(parsers.parse('the role of "{name}" is taken away'))
def take_role(world: World, name: str) -> None:
    world.office.administration.put_role(Role(name, frozenset()))


@when("the role of the RA is taken away")
def take_role_of_ra(world: World) -> None:
    world.office.administration.put_role(Role("role 0", frozenset()))


@when(parsers.parse("the database holds a decision that is {forged}"))
def hold_forged(world: World, council: Council, forged: str) -> None:
    hold(world, FORGERIES[forged](world, council.members["ann"], newest(world)))


@when(parsers.parse("the approval's row is rewritten: {column} is {value}"))
def rewrite(world: World, column: str, value: str) -> None:
    """And the message is looked at again."""
    world.store.expedite(world.sent)
    with world.office.engine.begin() as connection:
        connection.execute(text(f"update approval set {column} = :value"), {"value": value})


@when("the approval is deleted")
def delete_approval(world: World) -> None:
    with world.office.engine.begin() as connection:
        connection.execute(text("delete from approval"))


# ---- then


@then('"ben" is told that the approval is rejected')
def ben_told(told: dict[str, str]) -> None:
    assert told["ben"] == "rejected"


@then('"ann" is told that the approval is pending, or that it is rejected')
def ann_told(told: dict[str, str]) -> None:
    assert told["ann"] == "pending" or told["ann"].endswith("is rejected: there is nothing to decide")


@then("nothing is due for the worker")
def nothing_due(world: World) -> None:
    world.office.hours.pass_by(timedelta(minutes=59))
    assert list(world.store.claim(10, timedelta(minutes=1))) == []
    world.office.hours.pass_by(timedelta(minutes=2))
    assert len(world.store.claim(10, timedelta(minutes=1))) == 1


@then(parsers.parse('the audit log names "{name}" behind the approval'))
def audited(world: World, name: str) -> None:
    with world.office.engine.connect() as connection:
        query = "select event, who, details from audit where event like 'approval.%' order by sequence"
        opened, decided, used = connection.execute(text(query)).all()
    assert [its.event for its in (opened, decided, used)] == ["approval.opened", "approval.decided", "approval.used"]
    assert opened.who.startswith("CN=ra ")
    assert decided.who.startswith(f"CN={name} ")
    assert f"CN={name} " in used.details


@then("the certificate names the operation that used the approval")
def names_operation(world: World) -> None:
    (certificate,) = world.office.column("select operation from certificate where certificateprofile = 'ENDUSER'")
    behind = world.office.approvals.behind(certificate)
    assert behind is not None
    assert behind.approval.id == newest(world).id


@then(parsers.re(r"there (is|are) (?P<count>\d) approvals?"))
def count_approvals(world: World, count: str) -> None:
    assert len(world.office.approvals.approvals().items) == int(count)


@then("the approval tells neither the password nor its SHA-256 digest")
def tells_no_password(world: World) -> None:
    action = newest(world).action.decode()
    assert list(json.loads(action)["secrets"]) == ["keystore password of bob"]
    assert PASSWORD not in action
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() not in action


def listed(world: World, which: str, page: Page = FIRST_PAGE) -> ApprovalPage:
    return world.office.approvals.approvals(None if which == "all" else ApprovalStatus(which), page)


def concerned(view: ApprovalView) -> str:
    (username,) = json.loads(view.approval.action)["end_entities"]
    return str(username)


@then(
    parsers.parse("the list of {which} approvals says after the first page that {more:d} more follow"),
    target_fixture="which",
)
def first_page(world: World, which: str, more: int) -> str:
    assert listed(world, which).more == more
    return which


@then(parsers.parse('page by page it holds {count:d} approvals, the one for "{name}" last'))
def all_pages(world: World, which: str, count: int, name: str) -> None:
    page = listed(world, which, Page(400))
    views = list(page.items)
    while page.next is not None:
        page = listed(world, which, Page(400, page.next))
        views += page.items
    assert len({its.approval.id for its in views}) == len(views) == count
    assert views[-1].approval.requester == hashlib.sha256(world.ra.der).hexdigest()
    assert concerned(views[-1]) == name


@then(parsers.parse('the list of {which} approvals holds the one for "{name}" alone'))
def lists_one(world: World, which: str, name: str) -> None:
    page = listed(world, which)
    (view,) = page.items
    assert (concerned(view), page.next) == (name, None)


@then(parsers.parse("the list of {which} approvals holds {count:d}"))
def lists(world: World, which: str, count: int) -> None:
    page = listed(world, which, Page(1000))
    assert (len(page.items), page.next) == (count, None)
    assert {its.standing.status for its in page.items} == {ApprovalStatus(which)}


@then(parsers.parse('"{name}" is stored'))
def is_stored(world: World, name: str) -> None:
    assert world.end_entity(name) is not None


@then("both answers report success")
def both_succeed(world: World) -> None:
    assert [seen.content.response.success for seen in world.seen()] == [True, True]


@then(parsers.parse("the journal holds {count:d} verdicts"))
def verdicts(world: World, count: int) -> None:
    assert list(world.office.journal()) == ["success"] * count


@then("one message is answered with a keystore, the other one: approval_used")
def one_keystore(world: World) -> None:
    answers = [world.seen(sent)[0].content.response for sent in world.sent]
    keystores = [its.pkcs12 for its in answers if isinstance(its, PKCS12Response) and its.success]
    assert len(keystores) == 1
    assert keystores[0]
    assert [its.reason for its in answers if not its.success] == [Reason.APPROVAL_USED]


@then("the approval keeps no answer")
def keeps_no_answer(world: World) -> None:
    with world.office.engine.connect() as connection:
        (row,) = connection.execute(text("select settled, succeeded, outcome from approval")).all()
    assert row.settled is not None
    assert (row.succeeded, row.outcome) == (1, None)


@then(parsers.parse("the journal holds one verdict: {verdict}"))
def one_verdict(world: World, verdict: str) -> None:
    assert list(world.office.journal()) == [verdict]


@then("no request waits")
def nothing_waits(world: World) -> None:
    with world.office.engine.connect() as connection:
        assert connection.execute(text("select count(*) from pending_request")).scalar_one() == 0


@then("the verdict is kept until 5 minutes after the approval expires")
def verdict_kept(world: World) -> None:
    assert list(world.office.kept_until()) == [newest(world).expires + timedelta(minutes=5)]


@then(parsers.parse("the first message is answered: {outcome}"))
def first_is(world: World, outcome: str) -> None:
    assert [seen.outcome for seen in world.seen(world.sent[0])] == [outcome]


@then(parsers.parse('the CA answers "{reason}" to "{name}"'))
def answers_to(world: World, council: Council, reason: str, name: str) -> None:
    world.ra = council.members[name]
    assert only(world).outcome == reason


@then("both messages get the same certificate")
def same_certificate(world: World) -> None:
    first, second = (world.seen(sent)[0].content.response for sent in world.sent)
    assert first.success
    assert second == replace(first, request_id=8)


@then(parsers.parse('the answer says "{words}"'))
def answer_says(world: World, words: str) -> None:
    assert (only(world).content.response.fail_info or "").endswith(words)


@then(parsers.parse('"{name}" cannot approve any more: "{why}"'))
def cannot_again(world: World, council: Council, name: str, why: str) -> None:
    with pytest.raises(LockgateError, match=why):
        decide(world, council.members[name])


@then(parsers.parse('"{name}" with the role {rules} cannot approve: "{why}"'))
def cannot(world: World, council: Council, name: str, rules: str, why: str) -> None:
    give_role(world, name, council.members[name], rules)
    with pytest.raises(LockgateError, match=why):
        decide(world, council.members[name])


@then("the RA cannot approve its own request")
def cannot_oneself(world: World, council: Council) -> None:
    council.members["the RA"] = world.ra
    with pytest.raises(LockgateError, match="of their own"):
        decide(world, world.ra)


@then(parsers.re(r'even if the database holds (the approval of )?(?P<name>"[^"]+"|the RA)( twice)?, the message waits'))
def held_in_vain(world: World, council: Council, name: str) -> None:
    hold(world, signed(council.members[name.strip('"')], decision(newest(world))))
    world.run_worker()
    message_waits(world)
    no_certificate(world)


def no_certificate(world: World) -> None:
    assert world.issued() == []


# ---- what they need


def edit_user(username: str) -> EditUserRequest:
    return EditUserRequest(
        request_id=1,
        username=username,
        subject_dn=f"CN={username},O=Example,C=SE",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA,
    )


def keystore(_: World) -> PKCS12Request:
    """With a key that the CA makes."""
    return PKCS12Request(
        request_id=1,
        username="bob",
        subject_dn="CN=bob,O=Example,C=SE",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA,
        password=PASSWORD,
        key_alg="ECDSA",
        key_spec="P-256",
    )


ACTIONS: Mapping[str, Callable[[World], Request]] = {
    "a new end entity": lambda _: edit_user("bob"),
    "a keystore of a new entity": keystore,
}


def changed(world: World, ann: Identity, approval: ApprovalRequest) -> bytes:
    octets = bytearray(signed(ann, decision(approval, Verdict.REJECT, "rejected")))
    place = octets.index(b'"reject"')
    octets[place : place + 9] = b'"approve"'
    return bytes(octets)


def stranger() -> Identity:
    """A signer whom another CA of the same name has certified."""
    return other_authority().issue("ann", rsa_key(61))


FORGERIES: Mapping[str, Callable[[World, Identity, ApprovalRequest], bytes]] = {
    "garbage": lambda *_: b"garbage",
    "unsigned": lambda _, __, its: JsonContents().encode_decision(decision(its)),
    "signed by a stranger": lambda _, __, its: signed(stranger(), decision(its)),
    "signed as a request": lambda _, ann, its: signed(ann, decision(its), ContentKind.REQUEST),
    "changed after it was signed": changed,
    "about another approval": lambda _, ann, its: signed(ann, replace(decision(its), approval="0" * 32)),
    "about another action": lambda _, ann, its: signed(
        ann, decision(its, action=its.action.replace(b"alice", b"mallo"))
    ),
    "dated before the approval was opened": lambda _, ann, its: signed(
        ann, decision(its, created=its.opened - timedelta(minutes=1))
    ),
    "dated after the approval has expired": lambda _, ann, its: signed(
        ann, decision(its, created=its.expires + timedelta(minutes=1))
    ),
}
