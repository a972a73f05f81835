"""Steps of secrets.feature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import CallerError
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    EditUserRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    PKCS12Request,
    RenewalRequest,
    Request,
)
from tests.features.steps.sending import send_self_authenticating
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.deviations import DRAFTS
from tests.support.scenarios.hostile_octets import DATA
from tests.support.scenarios.world import CA, LEASE, World, only
from tests.support.wire.cms_objects import auth_enveloped, cbc_enveloped, container

scenarios("secrets.feature")


@pytest.fixture
def refusals() -> list[CallerError]:
    """What the client raised."""
    return []


@when(parsers.parse("the RA sends an encrypted and unsigned submessage, but {deviation}"))
def send_unsigned(world: World, deviation: str) -> None:
    draft = world.draft(sign=False)
    if deviation == "its envelope is not authenticated":
        world.put(container(cbc_enveloped(draft.signed_bytes(), world.worker_identity.certificate)))
        return
    if deviation == "its ciphertext was changed":
        content = draft.signed_bytes()
        world.put(container(auth_enveloped(content, DATA, world.worker_identity.certificate, spoil_ciphertext=True)))
        return
    DRAFTS[deviation](world, draft)
    world.put_draft(draft)


DESCRIBED: Mapping[str, Any] = {
    "username": "alice",
    "subject_dn": "CN=alice,O=Example,C=SE",
    "end_entity_profile": "EMPTY",
    "certificate_profile": "ENDUSER",
    "ca_name": CA,
    "password": "correct horse",
}
REQUESTS: Mapping[str, Request] = {
    "PKCS12Request": PKCS12Request(request_id=7, **DESCRIBED),
    "CertificateRequestRequest": CertificateRequestRequest(
        request_id=7, request_type="PKCS10", request_data=pkcs10(rsa_key(21)), create_or_edit_user=True, **DESCRIBED
    ),
    "EditUserRequest": EditUserRequest(request_id=7, **DESCRIBED),
    "KeyRecoveryRequest": KeyRecoveryRequest(request_id=7, issuer_dn="CN=Other CA", certificate_sn="0abc", **DESCRIBED),
    "KeyStoreRetrievalRequest": KeyStoreRetrievalRequest(request_id=7, username="alice", password="correct horse"),
    "RenewalRequest": RenewalRequest(
        request_id=7, certificate=b"no certificate", signed_message=b"no message", content_key=b"the content key!"
    ),
}


@when(parsers.parse("a {request} that carries {secret} is put {protection}"))
def put_with_secret(world: World, request: str, secret: str, protection: str) -> None:
    """Past the client's own check, as another client would."""
    field = "content_key" if secret == "a content key" else "password"
    assert getattr(REQUESTS[request], field)
    draft = world.draft(sign="signed" in protection, encrypt="encrypted" in protection)
    draft.change(request=REQUESTS[request])
    world.put_draft(draft)


CHALLENGED: Mapping[str, Mapping[str, Any]] = {
    "PKCS10Request that adds alice": {"username": "alice"},
    "PKCS10Request in PEM that adds alice": {"username": "alice"},
    "PKCS10Request that edits bob": {"username": "bob"},
}


@given(parsers.parse('the end entity "{name}" is stored'))
def is_stored(world: World, name: str) -> None:
    world.ca_side.store_end_entity(name)


@when(parsers.parse('a {request}, whose PKCS#10 holds the challenge password "{password}", is put {protection}'))
def put_challenged(world: World, request: str, password: str, protection: str) -> None:
    """Past the client's own check, as another client would."""
    draft = world.draft(sign="signed" in protection, encrypt="encrypted" in protection)
    content = pkcs10(rsa_key(21), challenge=password)
    if "PEM" in request:
        content = x509.load_der_x509_csr(content).public_bytes(Encoding.PEM)
    if request in CHALLENGED:
        draft.ask(pkcs10=content, **CHALLENGED[request])
    else:
        certification = REQUESTS["CertificateRequestRequest"]
        assert isinstance(certification, CertificateRequestRequest)
        draft.change(request=replace(certification, request_data=content, password=None))
    world.put_draft(draft)


@then(parsers.parse("{count:d} certificates were issued"))
def issued_count(world: World, count: int) -> None:
    assert len(world.issued()) == count


@then(parsers.parse('the challenge password "{password}" stands in no log line and not in the CA\'s database'))
def challenge_nowhere(world: World, caplog: pytest.LogCaptureFixture, password: str) -> None:
    assert password not in caplog.text
    assert password.encode() not in b"".join(path.read_bytes() for path in world.directory.rglob("ca.db*"))


@when(
    parsers.parse(
        'the RA sends {count:d} PKCS10Requests for the existing end entity "{name}" with the challenge password'
        ' "{password}"'
    )
)
def send_several(world: World, count: int, name: str, password: str) -> None:
    for _ in range(count):
        send_self_authenticating(world, "", name, password)


@when(
    parsers.parse(
        'the RA\'s client is asked to send a {protection} PKCS10Request that {does} "alice",'
        " with a challenge password inside"
    )
)
def ask_client(world: World, refusals: list[CallerError], protection: str, does: str) -> None:
    content = pkcs10(rsa_key(21), challenge="correct horse")
    request = world.request("alice", pkcs10=content, create_or_edit_user=does == "adds")
    try:
        world.send(request, protection=protection)
    except CallerError as error:
        refusals.append(error)


@then("it refuses, and puts nothing into the message database")
def nothing_put(world: World, refusals: list[CallerError]) -> None:
    assert len(refusals) == 1
    assert world.store.claim(1, LEASE) == []


@then(parsers.parse('neither "{first}" nor "{second}" stands in a log line, in the CA\'s database or in its answer'))
def nowhere(world: World, caplog: pytest.LogCaptureFixture, first: str, second: str) -> None:
    stored = b"".join(path.read_bytes() for path in world.directory.rglob("ca.db*"))
    answer = repr(only(world).content)
    for password in (first, second):
        assert password not in caplog.text
        assert password not in answer
        assert password.encode() not in stored
