"""What came of it: the answer, and what the CA holds."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import parsers, then

from lockgate.audit import Event
from lockgate.queue.message import MessageStatus
from lockgate.reasons import Reason
from lockgate.requests.content import DigestOf
from lockgate.requests.submessages import PKCS10Response, Response
from tests.support.scenarios.world import RA_RIGHTS, WORKER, World, only


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
