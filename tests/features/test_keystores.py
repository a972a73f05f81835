"""Steps of keystores.feature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import KeyPair
from lockgate.requests.submessages import (
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
    PKCS12Request,
    PKCS12Response,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.keystores import HostKeyGenerator
from tests.support.scenarios.world import World, only

scenarios("keystores.feature")

PASSWORD = "a password of alice's"
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
DEVIATIONS: Mapping[str, dict[str, Any]] = {
    "its key is DSA 2048": {"key_alg": "DSA", "key_spec": "2048"},
    "its key is RSA 1024": {"key_spec": "1024"},
    "its key is ECDSA secp256k1": {"key_alg": "ECDSA", "key_spec": "secp256k1"},
    "its password is empty": {"password": ""},
    "its key shall be kept, and its profile keeps none": {"store_keys": True},
    "its certificate profile does not exist": {"certificate_profile": "NONE"},
    "its certificate profile is the workers'": {"certificate_profile": "WORKER"},
    "its CA does not exist": {"ca_name": "NoCA"},
    "its subject has a control character": {"subject_dn": "CN=ali\x07ce"},
}


def asked(**fields: Any) -> PKCS12Request:
    """A request that has nothing wrong with it, but for `fields`."""
    values: dict[str, Any] = {
        "request_id": 9,
        "username": "alice",
        "subject_dn": "CN=alice,O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": "ManagementCA",
        "password": PASSWORD,
        "key_alg": "ECDSA",
        "key_spec": "P-256",
    }
    if "key_spec" in fields:
        values["key_alg"] = "RSA"
    return PKCS12Request(**(values | fields))


@given(parsers.parse('the end entity "{name}" is {status} with the token {token} and the password "{password}"'))
def stored(world: World, name: str, status: str, token: str, password: str) -> None:
    kinds = {"status": EndEntityStatus[status], "token": TokenType(token)}
    world.ca_side.store_end_entity(name, password=password, **kinds)  # type: ignore[arg-type]


@given("certificates of ENDUSER are for P-384 keys only")
def one_kind_of_key(world: World) -> None:
    profile = replace(CERTIFICATE_PROFILES["ENDUSER"], key_types=frozenset({"P-384"}))
    world.ca_side.administration.put_profile("ENDUSER", profile)


@when("the worker runs, and notes which keys it makes", target_fixture="made")
def runs_and_notes(world: World, monkeypatch: pytest.MonkeyPatch) -> list[KeySpecification]:
    made: list[KeySpecification] = []
    generate = HostKeyGenerator.generate

    def noted(self: HostKeyGenerator, specification: KeySpecification) -> KeyPair:
        made.append(specification)
        return generate(self, specification)

    monkeypatch.setattr(HostKeyGenerator, "generate", noted)
    world.run_worker()
    return made


@then("it has made no key")
def made_none(made: list[KeySpecification]) -> None:
    assert made == []


@when(parsers.parse('the RA sends a PKCS12Request for "alice" with the key {algorithm} {specification}'))
def send_key(world: World, algorithm: str, specification: str) -> None:
    world.send(asked(key_alg=algorithm, key_spec=specification))


@when(parsers.parse('the RA sends a PKCS12Request for "alice", but {deviation}'))
def send_deviating(world: World, deviation: str) -> None:
    world.send(asked(**DEVIATIONS[deviation]))


@when(parsers.parse('the RA sends a KeyStoreRetrievalRequest for "{name}" with the password "{password}"'))
def fetch(world: World, name: str, password: str) -> None:
    world.send(KeyStoreRetrievalRequest(request_id=9, username=name, password=password))


@when(
    parsers.re(
        'the RA sends a KeyStoreRetrievalRequest for "alice" with the key (?P<algorithm>\\S+) (?P<specification>\\S+) '
        'under "(?P<password>.*)"'
    )
)
def fetch_with_wishes(world: World, algorithm: str, specification: str, password: str) -> None:
    wishes = {"keystore_password": password, "key_alg": algorithm, "key_spec": specification}
    world.send(KeyStoreRetrievalRequest(request_id=9, username="alice", password="correct horse", **wishes))


@when(parsers.parse('the RA sends {count:d} KeyStoreRetrievalRequests for "{name}" with the password "{password}"'))
def fetch_often(world: World, count: int, name: str, password: str) -> None:
    for _ in range(count):
        fetch(world, name, password)


@when(parsers.parse('{request} for "alice" is put in clear, signed'))
def put_in_clear(world: World, request: str) -> None:
    """Past the client's own check, as another client would."""
    requests = {
        "a PKCS12Request": asked(),
        "a PKCS12Request without a password": asked(password=""),
        "a KeyStoreRetrievalRequest": KeyStoreRetrievalRequest(request_id=9, username="alice", password=""),
    }
    draft = world.draft(encrypt=False)
    draft.content = replace(draft.content, request=requests[request])
    world.put_draft(draft)


@when("its row waits again and the worker runs", target_fixture="before")
def again(world: World) -> PKCS12Response:
    before = only(world).content.response
    assert isinstance(before, PKCS12Response)
    with world.client() as client:
        kept = client.resume(world.sent[-1])
    world.requeue(world.sent[-1], kept.content)
    world.run_worker()
    return before


def opened(world: World) -> pkcs12.PKCS12KeyAndCertificates:
    response = only(world).content.response
    assert isinstance(response, PKCS12Response), response
    assert response.pkcs12 is not None
    store = pkcs12.load_pkcs12(response.pkcs12, PASSWORD.encode())
    assert store.cert is not None
    assert store.cert.certificate.public_bytes(Encoding.DER) == response.certificate
    return store


def kind_of(key: object) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return f"RSA-{key.key_size}"
    return CURVES[key.curve.name] if isinstance(key, ec.EllipticCurvePrivateKey) else "Ed25519"


@then(parsers.parse('it holds a PKCS#12 with a {kind} key, its certificate for "{subject}" and the CA\'s'))
def holds_pkcs12(world: World, kind: str, subject: str) -> None:
    store = opened(world)
    assert store.cert is not None
    assert store.key is not None
    assert kind_of(store.key) == kind
    assert store.cert.certificate.public_key() == store.key.public_key()
    assert store.cert.certificate.subject.rfc4514_string() == subject
    chain = [extra.certificate.public_bytes(Encoding.DER) for extra in store.additional_certs]
    assert chain == [world.ca_side.certificate("ManagementCA")]


@then(parsers.parse('it holds a keystore of the kind {kind} that "{password}" opens'))
def holds_keystore(world: World, kind: str, password: str) -> None:
    response = only(world).content.response
    assert isinstance(response, KeyStoreRetrievalResponse), response
    assert response.keystore_data is not None
    assert response.keystore_type == kind
    if kind == "PEM":
        key = load_pem_private_key(response.keystore_data, password.encode())
        own, authority = x509.load_pem_x509_certificates(response.keystore_data)
    else:
        store = pkcs12.load_pkcs12(response.keystore_data, password.encode())
        assert store.cert is not None
        assert store.key is not None
        key, own, authority = store.key, store.cert.certificate, store.additional_certs[0].certificate
    assert own.public_key() == key.public_key()
    assert authority.public_bytes(Encoding.DER) == world.ca_side.certificate("ManagementCA")


@then(parsers.parse('it holds a keystore of the kind P12 that "{password}" opens, with a P-384 key'))
def holds_wished_keystore(world: World, password: str) -> None:
    holds_keystore(world, "P12", password)
    response = only(world).content.response
    assert isinstance(response, KeyStoreRetrievalResponse)
    assert response.keystore_data is not None
    key = pkcs12.load_pkcs12(response.keystore_data, password.encode()).key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp384r1"


@then("both are refused in the same words")
def same_words(world: World) -> None:
    first, second = (world.seen(message)[0].content.response for message in world.sent[-2:])
    assert first.reason == "wrong_credentials"
    assert (first.reason, first.fail_info) == (second.reason, second.fail_info)


@then("neither the password nor the key stands in a log line or in the CA's database")
def nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    key = opened(world).key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value
    encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    secret = number.to_bytes(32)
    assert secret in encoded
    kept = b"".join(path.read_bytes() for path in world.directory.rglob("*.db*"))
    for octets in (secret, PASSWORD.encode()):
        assert octets not in kept
    for shown in (PASSWORD, secret.hex(), str(number)):
        assert shown not in caplog.text


@then("the answer is the same as before")
def same_answer(world: World, before: PKCS12Response) -> None:
    assert only(world).content.response == before
