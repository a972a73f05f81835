"""Steps of keys.feature."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import CallerError
from lockgate.revocation import RevocationReason
from lockgate.submessages import CertificateRequestRequest, CertificateRequestResponse
from tests.certificate_requests import pkcs10
from tests.features.conftest import only
from tests.features.office import BLOCKED_KEY
from tests.features.world import World
from tests.identities import ec_key, rsa_key
from tests.key_forms import ENCODINGS, Key, crmf, public_key, spkac

scenarios("keys.feature")

KEYS: Mapping[str, Key] = {"RSA": rsa_key(21), "P-256": ec_key(21), "blocked": rsa_key(BLOCKED_KEY)}
FORMS: Mapping[str, Callable[[Key, bytes], bytes]] = {
    "PKCS10": lambda key, encoding: pkcs10(key, encoding=encoding),  # type: ignore[arg-type]
    "CRMF": lambda key, encoding: crmf(key, encoding=encoding),
    "SPKAC": lambda key, encoding: spkac(key, encoding=encoding),
    "PUBLICKEY": lambda _, encoding: encoding,
}


@dataclass
class Known:
    """What a scenario has seen.

    Attributes:
        certificates: the last one of each end entity.
        refused: what the administration said.
    """

    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    key: Key | None = None
    refused: CallerError | None = None


@pytest.fixture
def known() -> Known:
    return Known()


def request_for(name: str, form: str, octets: bytes) -> CertificateRequestRequest:
    values: dict[str, Any] = {
        "request_id": 7,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": "ManagementCA",
        "request_type": form,
        "request_data": octets,
        "create_or_edit_user": True,
    }
    return CertificateRequestRequest(**values)


def certified(world: World) -> x509.Certificate:
    """The certificate in the only answer."""
    answer = only(world).content.response
    assert isinstance(answer, CertificateRequestResponse), answer
    assert answer.data is not None, answer.fail_info
    return x509.load_der_x509_certificate(answer.data)


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


# ---- given


@given(parsers.parse('"{name}" has a certificate for the {key} key in {encoding}, as {form}'))
def certificate_for_key(world: World, known: Known, name: str, key: str, encoding: str, form: str) -> None:
    world.send(request_for(name, form, FORMS[form](KEYS[key], ENCODINGS[encoding](KEYS[key].public_key()))))
    world.run_worker()
    known.certificates[name] = known.certificates["that"] = certified(world)


@given("that certificate was revoked as keyCompromise")
def compromised(world: World, known: Known) -> None:
    number = known.certificates["that"].serial_number
    world.office.administration.revoke(RevocationReason.KEY_COMPROMISE, ca_name="ManagementCA", serial_number=number)


@given(parsers.parse('certificates of "{name}" are for keys of one end entity alone'))
def distinct_keys(world: World, name: str) -> None:
    profile = world.office.inspection.profiles().certificate[name]
    world.office.administration.put_profile(name, msgspec.structs.replace(profile, distinct_keys=True))


@given(parsers.parse('the CA "{name}" with a key of the kind {kind}'))
def more_cas(world: World, name: str, kind: str) -> None:
    world.office.administration.create_ca(name, f"CN={name}", key=kind)


# ---- when


@when(parsers.parse('the RA asks for a certificate for "{name}" with the {key} key in {encoding}, as {form}'))
def ask(world: World, known: Known, name: str, key: str, encoding: str, form: str) -> None:
    known.key = KEYS[key]
    world.send(request_for(name, form, FORMS[form](KEYS[key], ENCODINGS[encoding](KEYS[key].public_key()))))


@when(parsers.re(r'the RA asks for a certificate for "(?P<name>\w+)" with the key of (?P<ca>\w+) in (?P<said>[^,]*)'))
def ask_for_ca_key(world: World, name: str, ca: str, said: str) -> None:
    key: Any = x509.load_der_x509_certificate(world.office.certificate(ca)).public_key()
    world.send(request_for(name, "PUBLICKEY", ENCODINGS[said](key)))


@when("an administrator imports a CA whose certificate has explicit parameters")
def import_explicit(world: World, known: Known, tmp_path: Path) -> None:
    key, certificate = tmp_path / "ca.key", tmp_path / "ca.der"
    curve = ("-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit")
    made = ("-x509", "-new", "-key", str(key), "-subj", "/CN=Imported", "-days", "3650", "-outform", "DER")
    usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("ecparam", *curve, "-out", str(key))
    openssl("req", *made, *usage, "-out", str(certificate))
    try:
        private = load_pem_private_key(key.read_bytes(), None)
        world.office.administration.import_ca("Imported", private, certificate.read_bytes())
    except CallerError as error:
        known.refused = error


# ---- then


@then(parsers.parse('the certificate of "{name}" holds that key in its usual encoding'))
def usual_encoding(world: World, known: Known, name: str) -> None:
    certificate = certified(world)
    assert certificate.subject.rfc4514_string() == f"CN={name},O=Example,C=SE"
    assert known.key is not None
    assert public_key(known.key) in certificate.tbs_certificate_bytes


@then(parsers.parse('the refusal of the key says "{words}"'))
def refusal_of_key(world: World, words: str) -> None:
    assert words in (only(world).content.response.fail_info or "")


@then(parsers.parse('the import is refused, because "{words}"'))
def import_refused(known: Known, words: str) -> None:
    assert known.refused is not None
    assert words in str(known.refused)


@then(parsers.parse('there is no CA "{name}"'))
def no_ca(world: World, name: str) -> None:
    assert name not in {its.name for its in world.office.administration.certification_authorities()}
