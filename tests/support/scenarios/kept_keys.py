"""Keys that the CA keeps, requests that recover them, and how these go wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy import text

from lockgate.requests.submessages import (
    KeyRecoveryRequest,
    PKCS12Request,
    PKCS12Response,
)
from tests.support.scenarios.world import CA, World, only

FIRST = "the first password"
SECOND = "the second password"


@dataclass
class Kept:
    """The keystores that were handed out first, by username."""

    keystores: dict[str, pkcs12.PKCS12KeyAndCertificates] = field(default_factory=dict)

    def certificate(self, name: str) -> x509.Certificate:
        found = self.keystores[name].cert
        assert found is not None
        return found.certificate

    def key(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = self.keystores[name].key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def asked(name: str, **fields: Any) -> PKCS12Request:
    values: dict[str, Any] = {
        "request_id": 3,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "KEEPING",
        "ca_name": CA,
        "password": FIRST,
        "key_alg": "ECDSA",
        "key_spec": "P-256",
        "store_keys": True,
    }
    return PKCS12Request(**(values | fields))


def keep(world: World, kept: Kept, name: str) -> None:
    """Let the CA make a key of `name`, and keep it."""
    world.send(asked(name))
    world.run_worker()
    kept.keystores[name] = keystore(world, FIRST)


def keystore(world: World, password: str = SECOND) -> pkcs12.PKCS12KeyAndCertificates:
    response = only(world).content.response
    assert isinstance(response, PKCS12Response), response
    assert response.pkcs12 is not None, response
    return pkcs12.load_pkcs12(response.pkcs12, password.encode())


def recovery(kept: Kept, name: str = "alice", **fields: Any) -> KeyRecoveryRequest:
    certificate = kept.certificate(name)
    values: dict[str, Any] = {
        "request_id": 4,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "KEEPING",
        "ca_name": CA,
        "issuer_dn": certificate.issuer.rfc4514_string(),
        "certificate_sn": f"{certificate.serial_number:x}",
        "password": SECOND,
    }
    return KeyRecoveryRequest(**(values | fields))


def execute(world: World, query: str, **values: Any) -> None:
    with world.ca_side.engine.begin() as connection:
        assert connection.execute(text(query), values).rowcount == 1


def changed_key(world: World, _: Kept) -> None:
    with world.ca_side.engine.begin() as connection:
        sealed = connection.execute(text("select sealed from escrowed_key")).scalar_one()
    document = msgspec.json.decode(sealed)
    ciphertext = bytearray(msgspec.json.decode(msgspec.json.encode(document["ciphertext"]), type=bytes))
    ciphertext[0] ^= 1
    document["ciphertext"] = bytes(ciphertext)
    execute(world, "update escrowed_key set sealed = :sealed", sealed=msgspec.json.encode(document))


def with_carol(world: World, kept: Kept) -> None:
    keep(world, kept, "carol")


def carols_key(world: World, kept: Kept) -> None:
    with_carol(world, kept)
    execute(
        world,
        "update escrowed_key set sealed = (select sealed from escrowed_key where username = 'carol')"
        " where username = 'alice'",
    )


def carols_row(world: World, kept: Kept) -> None:
    with_carol(world, kept)
    execute(world, "delete from escrowed_key where username = 'alice'")
    execute(
        world,
        "update escrowed_key set fingerprint = (select fingerprint from certificate where username = 'alice')"
        " where username = 'carol'",
    )


def other_secret(world: World, _: Kept) -> None:
    world.ca_side.configuration.put("ca", {"escrow_secret": "not the secret at all"})


def no_secret(world: World, _: Kept) -> None:
    world.ca_side.configuration.put("ca", {"escrow_secret": None})


def not_kept(world: World, kept: Kept) -> dict[str, Any]:
    world.send(asked("fred", store_keys=False))
    world.run_worker()
    number = world.seen()[0].content.response
    assert isinstance(number, PKCS12Response)
    assert number.certificate is not None
    serial = x509.load_der_x509_certificate(number.certificate).serial_number
    return {"username": "fred", "certificate_sn": f"{serial:x}"}


DEVIATIONS: Mapping[str, Callable[[World, Kept], dict[str, Any] | None]] = {
    "the serial number is another one": lambda *_: {"certificate_sn": "0abc"},
    "the issuer is another one": lambda *_: {"issuer_dn": "CN=Other CA"},
    "the serial number is no number": lambda *_: {"certificate_sn": "twelve"},
    "the certificate is the RA's": lambda world, _: {"certificate_sn": f"{world.ra.certificate.serial_number:x}"},
    "the certificate's key was not kept": not_kept,
    "the password is empty": lambda *_: {"password": ""},
    "the certificate profile does not exist": lambda *_: {"certificate_profile": "NONE"},
    'the username is "bob", who has no such certificate': lambda *_: {"username": "bob"},
    "the kept key was changed in the database": changed_key,
    'the kept key of "carol" stands in its place': carols_key,
    'the whole row of "carol" stands in its place': carols_row,
    "the escrow secret is another one": other_secret,
    "the CA has no escrow secret": no_secret,
}
