"""Steps of console.feature."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.administration.entrants import Entrants
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import ConfigurationError
from lockgate.reasons import Rejected
from lockgate.rights.approval import ApprovalStatus
from lockgate.rights.signer import TrustedCertificate
from lockgate_app.container.ca_health import ca_readings
from lockgate_app.container.ca_host import CaHost
from lockgate_app.container.console import console_web
from lockgate_transport.http.serving import Listening
from tests.support.console import Answer, Visitor, new_link
from tests.support.pki.identities import Identity
from tests.support.scenarios.approvers import Approvers, decision, give_role, newest, signed
from tests.support.scenarios.world import World
from tests.support.wire.serving import serving

scenarios("console.feature")
SEALED = ("/", "/approvals", "/approvals/{id}", "/approvals/{id}/document", "/certificates", "/audit", "/messages")
ELSEWHERE = {
    "from a page of another origin": {"Origin": "http://other.example", "Sec_Fetch_Site": "cross-site"},
    "from a page of no origin": {"Origin": "null"},
}
_SITE = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
FROM_ELSEWHERE = {
    "follow a link to the first page": ("/", _SITE),
    "follow a link to the approvals": ("/approvals", _SITE),
    "follow a link with a condition": ("/?after=1", _SITE),
    "show the first page within its own": ("/", _SITE | {"Sec_Fetch_Dest": "iframe"}),
    "load a document as a picture": ("/approvals", _SITE | {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}),
    "ask by another port of this host": ("/", _SITE | {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"}),
    "ask by a name that points to this host": ("/", {"Host": "other.example"}),
}


@dataclass
class Desk:
    """The console, and who is at it.

    Attributes:
        link: that was used last.
        answers: to what was sent.
    """

    visitor: Visitor
    link: str = ""
    answers: list[Answer] = field(default_factory=list)

    def token(self) -> str:
        return self.visitor.get("/").token


@given("the console of the CA's host", target_fixture="desk")
def served(world: World) -> Iterator[Desk]:
    world.ca_side.configuration.put("console", {"listen": "127.0.0.1:9465"})
    zone = world.ca_side.configuration.zone
    with ca_readings(zone) as readings:
        web = console_web(CaHost(world.ca_side.container, "a test"), {"RAMessage1DS": world.store}, readings)
        with serving(web.server(Listening("127.0.0.1", 0))) as port:
            yield Desk(Visitor(port))


@given(parsers.parse("the console listens on {address}, exposed = {exposed}, with TLS = {tls}"))
def listening_on(world: World, address: str, exposed: str, tls: str) -> None:
    files = {"tls_certificate": "server.pem", "tls_key": "server.key"} if tls == "true" else {}
    world.ca_side.configuration.put("console", {"listen": address, "exposed": exposed == "true", **files})


@given(parsers.parse('the RA\'s request for "{username}" waits for an administrator'))
def waiting(world: World, username: str) -> None:
    world.send(world.request(username))
    world.run_worker()
    assert newest(world).settled is None


@given(parsers.parse('the administrator "{name}" has the rights {rules}'))
def rights(world: World, approvers: Approvers, name: str, rules: str) -> None:
    world.ca_side.administration.remove_role(name)
    give_role(world, name, approvers.members[name], rules)


@when("an operator enters by a one-time link")
@when("a thief has the session of an operator")
def enter(world: World, desk: Desk) -> None:
    desk.link = new_link(world.ca_side.configuration.zone)
    assert desk.visitor.enter(desk.link).status == 200


@when("a stranger finds the link in the operator's history")
def find_link(desk: Desk) -> None:
    desk.answers = [replace(desk.visitor, cookie="").get(f"/enter?link={desk.link}")]


@when("an operator makes two links", target_fixture="links")
def make_links(world: World) -> Sequence[str]:
    return [new_link(world.ca_side.configuration.zone) for _ in range(2)]


@when("the operator sends what is no decision")
def send_rubbish(world: World, desk: Desk) -> None:
    send(world, desk, b"no decision", b"\x30\x80" * 1000)


@when("the thief sends a decision that is signed by ray, the RA and nobody")
def send_forged(world: World, desk: Desk, approvers: Approvers) -> None:
    signers: Sequence[Identity] = (approvers.members["ray"], world.ra)
    view = world.ca_side.approvals.approvals().items[0]
    forged = [signed(who, decision(view.approval, created=view.now)) for who in signers]
    send(world, desk, *forged, b"a decision that nobody has signed")


@when("the approval's hour passes")
def pass_hour(world: World) -> None:
    world.ca_side.hours.pass_by(timedelta(minutes=61))


@when("the operator sends the decision of ann")
def send_once(world: World, desk: Desk, approvers: Approvers) -> None:
    send(world, desk, by_ann(world, approvers))


@when("the operator sends the decision of ann twice")
def send_twice(world: World, desk: Desk, approvers: Approvers) -> None:
    octets = by_ann(world, approvers)
    send(world, desk, octets, octets)


@when("the operator sends a decision of ann about an action that somebody has altered")
def send_altered(world: World, desk: Desk, approvers: Approvers) -> None:
    approval = newest(world)
    altered = approval.action.replace(b"alice", b"mallory")
    assert altered != approval.action
    send(world, desk, signed(approvers.members["ann"], decision(approval, action=altered)))


@when(parsers.parse("the decision of ann comes {origin}"))
def send_from(world: World, desk: Desk, approvers: Approvers, origin: str) -> None:
    path, octets = f"/approvals/{newest(world).id}", by_ann(world, approvers)
    tokens = {"without the token of the session": "", "with the token of another session": "0" * 64}
    token = tokens.get(origin, desk.token())
    desk.answers = [desk.visitor.post(path, octets, token, **ELSEWHERE.get(origin, {}))]


@when(parsers.parse('the certificate of "{name}" is revoked'))
def revoke(world: World, approvers: Approvers, name: str) -> None:
    fingerprint = hashlib.sha256(approvers.members[name].der).hexdigest()
    world.ca_side.administration.revoke(RevocationReason.UNSPECIFIED, fingerprint=fingerprint)


@when(parsers.parse('the role of "{name}" is taken away'))
def take_role(world: World, name: str) -> None:
    world.ca_side.administration.remove_role(name)


@when(parsers.parse("a page of another site lets the operator's browser {ask}"))
def asked_from_elsewhere(desk: Desk, ask: str) -> None:
    path, headers = FROM_ELSEWHERE[ask]
    desk.answers = [desk.visitor.get(path, **headers)]


@then("the page says only how to go on")
def goes_on(desk: Desk) -> None:
    (answer,) = desk.answers
    assert (answer.status, answer.cookie, answer.token) == (200, "", "")
    assert "You come from another site" in answer.text


@when("the operator enters by another link on another desk", target_fixture="other_desk")
def enter_again(world: World, desk: Desk) -> Desk:
    other = Desk(replace(desk.visitor, cookie=""))
    enter(world, other)
    return other


@then("the first session has ended, and the second has not")
def first_ended(desk: Desk, other_desk: Desk) -> None:
    assert (desk.visitor.get("/").status, other_desk.visitor.get("/").status) == (401, 200)


@when("the operator logs out")
def log_out(desk: Desk) -> None:
    assert desk.visitor.post("/leave", b"", desk.token()).status == 200


@then("the session has ended, and the audit log says who has left")
def left(world: World, desk: Desk) -> None:
    assert desk.visitor.get("/").status == 401
    entries = [entry.who for entry in world.ca_side.container.auditor().entries() if entry.event == "console.left"]
    assert entries == ["the user of a one-time link"]


@then("nothing of the CA's host listens for administrators")
def nothing_listens(world: World) -> None:
    assert world.ca_side.configuration.zone.console is None


@then("the configuration is refused")
def configuration_refused(world: World) -> None:
    with pytest.raises(ConfigurationError, match="other hosts reach"):
        world.ca_side.configuration.zone.console  # noqa: B018  (it is read now)


@then(parsers.parse("administrators enter by {way}"))
def way_in(world: World, way: str) -> None:
    table = world.ca_side.configuration.zone.console
    assert table is not None
    assert table.takes_certificates is (way == "certificates")


@then("a stranger sees neither a page nor a document nor what is behind a form")
def sees_nothing(desk: Desk) -> None:
    answers = [desk.visitor.get(path.format(id="0" * 32)) for path in SEALED]
    answers.append(desk.visitor.post(f"/approvals/{'0' * 32}", b"any", "0" * 64))
    assert {answer.status for answer in answers} == {401}


@then("the operator sees the approvals")
def sees_approvals(desk: Desk) -> None:
    assert desk.visitor.get("/approvals").status == 200


@then("the audit log says that somebody has entered by a link")
def entry_audited(world: World) -> None:
    entries = [entry for entry in world.ca_side.container.auditor().entries() if entry.event == "console.entered"]
    assert [(entry.who, entry.details) for entry in entries] == [("the user of a one-time link", '{"by":"link"}')]


@then("the stranger is refused")
@then("each of them is refused")
def all_refused(desk: Desk) -> None:
    assert desk.answers
    assert all(answer.status in (400, 403) for answer in desk.answers)
    assert not any(answer.cookie for answer in desk.answers)


@then(parsers.parse("each is told {words}"))
def told(desk: Desk, words: str) -> None:
    assert all(words in answer.text for answer in desk.answers), [answer.text for answer in desk.answers]


@then("the first of them opens nothing")
def first_opens_nothing(desk: Desk, links: Sequence[str]) -> None:
    assert [desk.visitor.get(f"/enter?link={link}").status for link in links] == [403, 200]


@then(parsers.parse("the first counts, and the second is refused: {why}"))
def first_counts(desk: Desk, why: str) -> None:
    first, second = desk.answers
    assert (first.status, second.status) == (200, 400), first.text
    assert why in second.text


@then(parsers.parse("the approval is {status}"))
def approval_is(world: World, status: str) -> None:
    assert world.ca_side.approvals.approvals().items[0].standing.status is ApprovalStatus(status)


@then(parsers.parse('"{name}" is let in'))
def let_in(world: World, approvers: Approvers, name: str) -> None:
    assert isinstance(judged(world, approvers, name), TrustedCertificate)


@then(parsers.parse('"{name}" is refused as {reason}'))
def not_let_in(world: World, approvers: Approvers, name: str, reason: str) -> None:
    refused = judged(world, approvers, name)
    assert not isinstance(refused, TrustedCertificate)
    assert refused.reason == reason


def judged(world: World, approvers: Approvers, name: str) -> TrustedCertificate | Rejected:
    container = world.ca_side.container
    return Entrants(container.administrators(), container.registry()).judge(approvers.members[name].der)


def by_ann(world: World, approvers: Approvers) -> bytes:
    approval = newest(world)
    return signed(approvers.members["ann"], decision(approval))


def send(world: World, desk: Desk, *decisions: bytes) -> None:
    path, token = f"/approvals/{newest(world).id}", desk.token()
    desk.answers = [desk.visitor.post(path, octets, token) for octets in decisions]
