"""Steps of answers.feature."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import NoAnswer, UnverifiedAnswer
from lockgate.reasons import Rejected
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf, Recipient
from lockgate.requests.submessages import PKCS10Response, Response
from lockgate_formats.cms import CmsEnvelopes
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.found_answers import Seen
from tests.support.scenarios.world import KEYSTORE_PASSWORD, RECIPIENT, World
from tests.support.wire.cms_objects import container

scenarios("answers.feature")


class Mail:
    """What the client has in hand."""

    response: Response | None = None
    first: Response | None = None
    error: Exception | None = None


@pytest.fixture
def mail() -> Mail:
    return Mail()


def seal(
    world: World,
    content: AnswerContent,
    *,
    signer: Identity | None = None,
    sign: bool = True,
    encrypt: bool = True,
    kind: ContentKind = ContentKind.ANSWER,
) -> bytes:
    """An answer as the worker would seal it, but for what the arguments change."""
    envelopes = CmsEnvelopes((signer or world.worker_identity).keystore)
    octets = world.contents.encode_answer(content)
    return envelopes.seal(octets, kind, sign=sign, encrypt_to=world.ra.der if encrypt else None)


def _resealed(**fields: Any) -> Callable[[World, Seen], list[bytes]]:
    return lambda world, seen: [seal(world, replace(seen.content, **fields))]


def _sealed(**options: Any) -> Callable[[World, Seen], list[bytes]]:
    return lambda world, seen: [seal(world, seen.content, **options)]


def _placed(**fields: Any) -> Callable[[World, Seen], list[bytes]]:
    return lambda world, seen: [seal(world, replace(seen.content, place=replace(seen.content.place, **fields)))]


def _responding(**fields: Any) -> Callable[[World, Seen], list[bytes]]:
    return lambda world, seen: [seal(world, replace(seen.content, response=replace(seen.content.response, **fields)))]


def _changed_signature(world: World, seen: Seen) -> list[bytes]:
    signed = bytearray(seal(world, seen.content, encrypt=False))
    signed[-1] ^= 1
    return [bytes(signed)]


def _notice(world: World, seen: Seen, digest: str, *, success: bool) -> list[bytes]:
    response = Response(request_id=0, success=success, reason=None if success else "unreadable")
    content = AnswerContent(
        response, digest, DigestOf.SUBMESSAGE, seen.content.place, seen.content.recipient, datetime.now(UTC)
    )
    return [seal(world, content, encrypt=False)]


def _certificate_in_a_notice(world: World, seen: Seen) -> list[bytes]:
    response = replace(seen.content.response, success=False, reason="unreadable")
    content = replace(seen.content, response=response, digest=_sent_digest(world), digest_of=DigestOf.SUBMESSAGE)
    return [seal(world, content)]


def _foreign_notice(world: World, seen: Seen) -> list[bytes]:
    """The genuine one that the worker of another data source gives, where the submessage is copied there."""
    elsewhere = replace(seen.content, recipient=Recipient(RECIPIENT.ca, "RAMessage2DS"))
    return _notice(world, replace(seen, content=elsewhere), _sent_digest(world), success=False)


def _sent_digest(world: World) -> str:
    with world.client() as client:
        return client.resume(world.sent[0]).parts[0].submessage_digest


ANSWERS: Mapping[str, Callable[[World, Seen], list[bytes]]] = {
    "is garbage": lambda *_: [b"garbage"],
    "is signed by another certificate of the same CA": lambda world, seen: [
        seal(world, seen.content, signer=world.ca_side.certify("CN=second worker", rsa_key(17), "WORKER"))
    ],
    "is signed by another CA's certificate with the worker's name": lambda world, seen: [
        seal(world, seen.content, signer=other_authority().issue("worker", rsa_key(17)))
    ],
    "is not signed": _sealed(sign=False),
    "is signed but not encrypted": _sealed(encrypt=False),
    "has a changed signature": _changed_signature,
    "is signed as a request": _sealed(kind=ContentKind.REQUEST),
    "answers another request": _resealed(digest="0" * 64),
    "answers another message": _placed(message_id="another"),
    "answers another part": _placed(part=2, parts=2),
    "answers a message with more parts": _placed(parts=2),
    "was given for another data source": _resealed(recipient=Recipient(RECIPIENT.ca, "RAMessage2DS")),
    "was given by another CA": _resealed(recipient=Recipient("other.example", RECIPIENT.data_source)),
    "refuses those octets as found in another data source": _foreign_notice,
    "has another request id": _responding(request_id=8),
    "is a response of another type": _resealed(response=Response(request_id=7, success=True)),
    "refuses other octets than those put": lambda world, seen: _notice(world, seen, "0" * 64, success=False),
    "holds one answer too many": lambda world, seen: 2 * [seal(world, seen.content)],
    "holds one answer too few": lambda *_: [],
    "claims success in a notice": lambda world, seen: _notice(world, seen, _sent_digest(world), success=True),
    "holds a certificate in a notice": _certificate_in_a_notice,
}


@given('a signed and encrypted PKCS10Request for "alice" that was answered')
def answered(world: World, mail: Mail) -> None:
    world.send(world.request("alice"))
    world.run_worker()
    mail.first = resume(world, world.sent[0])


@given('another signed and encrypted PKCS10Request for "bob" that was not answered yet')
def unanswered(world: World) -> None:
    world.send(world.request("bob"))


@when(parsers.parse("the row's answer is replaced by one that {deviation}"))
def replace_answer(world: World, deviation: str) -> None:
    (seen,) = world.seen()
    world.rewrite(world.sent[0], message=container(*ANSWERS[deviation](world, seen)))


@given('a message with requests for "bob" and "carol" that was answered')
def answered_two(world: World) -> None:
    world.send(world.request("bob"), world.request("carol"))
    world.run_worker()
    with world.client() as client:
        assert client.look(client.resume(world.sent[-1]))


ORDERS: Mapping[str, tuple[int, ...]] = {
    "the first one alone": (0,),
    "the second one alone": (1,),
    "both in the other order": (1, 0),
    "the first one twice": (0, 0),
    "both and the first again": (0, 1, 0),
}


@when(parsers.parse("the row's answers are replaced by {answers}"))
def rearrange(world: World, answers: str) -> None:
    envelopes = CmsEnvelopes(None)
    found = envelopes.split(world.row().message)
    assert not isinstance(found, Rejected)
    world.rewrite(world.sent[-1], message=envelopes.join([found[place] for place in ORDERS[answers]]))


@then("the client refuses to believe them")
def disbelieves_all(world: World) -> None:
    with world.client() as client, pytest.raises(UnverifiedAnswer):
        client.look(client.resume(world.sent[-1]))


@given(
    parsers.re('a (?P<request>[a-z ]+) PKCS10Request for "bob" whose answer was replaced by a (?P<answer>[a-z]+) one')
)
def answered_less(world: World, request: str, answer: str) -> None:
    world.send(world.request("bob"), protection=request)
    world.run_worker()
    (seen,) = world.seen()
    resealed = seal(world, seen.content, sign=answer == "signed", encrypt=False)
    world.rewrite(world.sent[-1], message=container(resealed))


@when(parsers.parse("a client that insists on {insistence} reads it"))
def insist(world: World, mail: Mail, insistence: str) -> None:
    policy = {"insist_signed": insistence == "signatures", "insist_encrypted": insistence == "encryption"}
    with world.client(**policy) as client:
        try:
            (mail.response,) = client.look(client.resume(world.sent[-1])) or (None,)
        except UnverifiedAnswer as error:
            mail.error = error


@then("it does not believe it")
def disbelieved(mail: Mail) -> None:
    assert isinstance(mail.error, UnverifiedAnswer)


@given(parsers.parse("an RA whose certificate is {standing} and who has {roles}"))
def refused_ra(world: World, standing: str, roles: str) -> None:
    if standing == "revoked":
        world.ca_side.revoke(world.ra, RevocationReason.KEY_COMPROMISE)
    if roles == "no role":
        world.grant()


@then(parsers.parse('its client learns that the CA refuses for "{reason}"'))
def learns_refusal(world: World, reason: str) -> None:
    response = resume(world, world.sent[-1])
    assert (response.success, response.reason) == (False, reason)


@given(parsers.parse("the RA knows {certificates}"), target_fixture="successor")
def known_workers(world: World, certificates: str) -> Identity:
    """The worker's next key."""
    successor = world.ca_side.certify("CN=worker", rsa_key(19), "WORKER")
    world.ra_host.path.with_name("next.pem").write_bytes(successor.certificate.public_bytes(Encoding.PEM))
    known = ["worker.pem", "next.pem"] if "next" in certificates else ["worker.pem"]
    world.ra_host.put("ra", {"worker_certificates": known})
    return successor


@when(parsers.re("the worker runs with its (?P<which>next )?certificate"))
def run_with(world: World, successor: Identity, which: str | None) -> None:
    if which:
        path = world.ca_side.configuration.path.with_name("next.p12")
        write_pkcs12(path, rsa_key(19), successor.der, (), KEYSTORE_PASSWORD, "next")
        world.configure(**{"keystore.path": path.name})
    world.run_worker()


@when("the client is restarted and resumes the message")
@when("the client is restarted and resumes that message")
def resume_last(world: World, mail: Mail) -> None:
    try:
        mail.response = resume(world, world.sent[-1])
    except UnverifiedAnswer as error:
        mail.error = error


@when("the row is deleted and the client puts its message again")
def put_again(world: World) -> None:
    before = world.row().message
    with world.engine.begin() as connection:
        connection.exec_driver_sql("delete from message")
    with world.client() as client:
        pending = client.resume(world.sent[0])
    assert world.row().message == pending.content != before


@when("the client waits for it in vain")
def wait_in_vain(world: World, mail: Mail) -> None:
    try:
        resume(world, world.sent[-1])
    except NoAnswer as error:
        mail.error = error


@then("the client refuses to believe it")
def disbelieves(world: World) -> None:
    with pytest.raises(UnverifiedAnswer):
        resume(world, world.sent[0])


@then("it gets its certificate")
def gets_certificate(mail: Mail) -> None:
    assert isinstance(mail.response, PKCS10Response)
    assert mail.response.certificate


@then("it gets the same certificate")
def gets_same_certificate(world: World, mail: Mail) -> None:
    assert resume(world, world.sent[0]) == mail.first


@then("it learns that there is no answer yet")
def no_answer(mail: Mail) -> None:
    assert isinstance(mail.error, NoAnswer)


def resume(world: World, message_id: str) -> Response:
    """What a client gets that comes back to a message after its host was restarted."""
    with world.client() as client:
        (response,) = client.wait(client.resume(message_id), timedelta(seconds=5))
    return response
