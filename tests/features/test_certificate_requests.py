"""Steps of certificate_requests.feature."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.requests.submessages import (
    CertificateRequestRequest,
    CertificateRequestResponse,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.inspection import Inspection
from tests.features.steps.cards import *  # noqa: F403
from tests.support.pki.bundles import bundled
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.pki.key_forms import Key, crmf, public_key, spkac
from tests.support.scenarios import cards
from tests.support.scenarios.ca_side import BLOCKED_KEY
from tests.support.scenarios.cards import Card
from tests.support.scenarios.key_requests import request_for
from tests.support.scenarios.world import World, only

scenarios("certificate_requests.feature")

FORMS: Mapping[str, Callable[..., bytes]] = {"PKCS10": pkcs10, "CRMF": crmf, "SPKAC": spkac, "PUBLICKEY": public_key}
KEYS: Mapping[str, Key] = {"RSA": rsa_key(21), "P-256": ec_key(21)}
LABELS = {"PKCS10": b"CERTIFICATE REQUEST", "PUBLICKEY": b"PUBLIC KEY"}


def pem(der: bytes, form: str) -> bytes:
    label = LABELS[form]
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, base64.encodebytes(der), label)


TEXTS: Mapping[str, Callable[[bytes, str], bytes]] = {
    "the PEM": pem,
    "the Base64": lambda der, _: base64.encodebytes(der),
    "the SPKAC= line": lambda der, _: b"SPKAC=" + base64.b64encode(der) + b"\n",
}
DEVIATIONS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "another key signed the PKCS10": lambda: {"request_data": pkcs10(rsa_key(21), signed_by=rsa_key(22))},
    "another key signed the CRMF": lambda: {
        "request_type": "CRMF",
        "request_data": crmf(rsa_key(21), signed_by=rsa_key(22)),
    },
    "another key signed the SPKAC": lambda: {
        "request_type": "SPKAC",
        "request_data": spkac(rsa_key(21), signed_by=rsa_key(22)),
    },
    "the CRMF says that the RA has verified it": lambda: {
        "request_type": "CRMF",
        "request_data": crmf(rsa_key(21), popo="ra_verified"),
    },
    "the CRMF is garbage": lambda: {"request_type": "CRMF", "request_data": b"garbage"},
    "the SPKAC is a PKCS10": lambda: {"request_type": "SPKAC"},
    "the PUBLICKEY is garbage": lambda: {"request_type": "PUBLICKEY", "request_data": b"garbage"},
    "the key is on the blocklist": lambda: {
        "request_type": "PUBLICKEY",
        "request_data": public_key(rsa_key(BLOCKED_KEY)),
    },
    "the key has 1024 bits": lambda: {"request_type": "SPKAC", "request_data": spkac(rsa_key(42, 1024))},
    "the request type is XENROLL": lambda: {"request_type": "XENROLL"},
    "the response type is PEM": lambda: {"response_type": "PEM"},
    "the certificate profile does not exist": lambda: {"certificate_profile": "NONE"},
    "the CA does not exist": lambda: {"ca_name": "NoCA"},
    "the subject has a control character": lambda: {"subject_dn": "CN=ali\x07ce"},
    "the serial number is no number": lambda: {"certificate_serial_number": "0x12"},
    "the serial number is zero": lambda: {"certificate_serial_number": "00"},
    "the serial number has 21 octets": lambda: {"certificate_serial_number": "ff" * 20},
    "the serial number is chosen without permission": lambda: {"certificate_serial_number": "0a"},
}


def asked(username: str = "alice", **fields: Any) -> CertificateRequestRequest:
    """A request that has nothing wrong with it, but for `fields`."""
    values: dict[str, Any] = {
        "request_id": 7,
        "username": username,
        "subject_dn": f"CN={username},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": "ManagementCA",
        "request_type": "PKCS10",
        "request_data": pkcs10(rsa_key(21)),
        "create_or_edit_user": True,
    }
    return CertificateRequestRequest(**(values | fields))


# ---- given


@given(parsers.parse('certificates of "{name}" may have chosen serial numbers'))
def chosen_numbers(world: World, name: str) -> None:
    profile = replace(CERTIFICATE_PROFILES[name], chosen_serial_number=True)
    world.ca_side.administration.put_profile(name, profile)


# ---- when


@when(parsers.parse('the RA asks for a {response} for "{name}" with the {key} key of a {form}'))
def ask_in_form(world: World, response: str, name: str, key: str, form: str) -> None:
    octets = FORMS[form](KEYS[key])
    world.send(asked(name, request_type=form, response_type=response, request_data=octets))


@when(parsers.parse('the RA asks with {text} of a {form} for a certificate of "{name}" for the RSA key'))
def ask_in_text(world: World, text: str, form: str, name: str) -> None:
    world.send(asked(name, request_type=form, request_data=TEXTS[text](FORMS[form](KEYS["RSA"]), form)))


@when(parsers.parse('the RA sends a PKCS10Request for "{name}", whose PKCS#10 is PEM'))
def send_pem(world: World, name: str) -> None:
    world.send(world.request(name, pkcs10=pem(pkcs10(rsa_key(21)), "PKCS10")))


@when(parsers.parse('the RA asks for a certificate for "alice", but {deviation}'))
def ask_deviating(world: World, deviation: str) -> None:
    world.send(asked(**DEVIATIONS[deviation]()))


@when(parsers.parse('the RA asks for a certificate for "{name}" with the serial number "{number}"'))
def ask_for_number(world: World, name: str, number: str) -> None:
    world.send(asked(name, certificate_serial_number=number))


@when(parsers.parse('the RA asks for a certificate for "{name}" as she is stored, and sets the password "{password}"'))
def set_password_along(world: World, name: str, password: str) -> None:
    world.send(replace(request_for(name, "PKCS10", pkcs10(rsa_key(21))), password=password))


@when(parsers.re(r'the RA asks for the certificate of "(?P<name>\w+)" with the password (?P<password>none|".*")'))
def ask_with_password(world: World, name: str, password: str) -> None:
    own = None if password == "none" else password.strip('"')
    world.send(asked(name, create_or_edit_user=False, password=own))


@when(
    parsers.parse('the RA asks for the certificate of "{name}" with the password "{password}", and names nothing else')
)
def ask_naming_nothing(world: World, name: str, password: str) -> None:
    empty = dict.fromkeys(("subject_dn", "ca_name", "end_entity_profile", "certificate_profile"), "")
    world.send(asked(name, create_or_edit_user=False, password=password, **empty))


@when(parsers.parse('the RA asks for the certificate of "{name}" for a bare key, with the password "{password}"'))
def ask_bare(world: World, name: str, password: str) -> None:
    bare = {"request_type": "PUBLICKEY", "request_data": world.own_key()}
    world.send(asked(name, create_or_edit_user=False, password=password, **bare))


@when(parsers.parse('the RA asks {count:d} times for the certificate of "{name}" with the password "{password}"'))
def ask_often(world: World, count: int, name: str, password: str) -> None:
    for _ in range(count):
        world.send(asked(name, create_or_edit_user=False, password=password))
        world.run_worker()


@when(parsers.parse('an administrator gives "{name}" the password "{password}"'))
def new_password(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password)


@when("the RA renews the card")
def renew(world: World, card: Card) -> None:
    world.send(cards.renewal(card))


@when(parsers.re("the RA renews the card, (but|and) (?P<deviation>.*)"))
def renew_deviating(world: World, card: Card, deviation: str) -> None:
    world.send(cards.renewal(card, **cards.DEVIATIONS[deviation](world, card)))


# ---- then


@then(parsers.parse("the answer holds a {response} for the {key} key"))
def holds(world: World, response: str, key: str) -> None:
    answer = only(world).content.response
    assert isinstance(answer, CertificateRequestResponse)
    assert (answer.success, answer.response_type) == (True, response)
    assert answer.data is not None
    found = [x509.load_der_x509_certificate(answer.data)] if response == "CERTIFICATE" else bundled(answer.data)
    assert len(found) == (2 if response == "PKCS7WITHCHAIN" else 1)
    (certificate,) = (one for one in found if one.subject.rfc4514_string() == "CN=alice,O=Example,C=SE")
    assert certificate.public_key() == KEYS[key].public_key()


@then(parsers.parse("the certificate has the serial number {number:d}"))
def has_number(world: World, number: int) -> None:
    answer = only(world).content.response
    assert isinstance(answer, CertificateRequestResponse)
    assert answer.data is not None
    assert x509.load_der_x509_certificate(answer.data).serial_number == number


@then(parsers.parse('the audit log says that "{name}" is locked'))
def lock_audited(world: World, name: str) -> None:
    with world.ca_side.engine.connect() as connection:
        query = "select target from audit where event = 'endentity.locked'"
        assert list(connection.execute(text(query)).scalars()) == [name]


@then(parsers.parse('administrators see that "{name}" is locked'))
def lock_shown(world: World, name: str) -> None:
    assert Inspection(world.ca_side.engine).end_entity(name).is_locked


@then("no new certificate was issued")
def none_renewed(world: World) -> None:
    assert [name for name in world.issued() if name == "alice"] == ["alice", "alice"]
