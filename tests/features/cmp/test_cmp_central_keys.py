"""Steps of cmp_central_keys.feature."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import KeystoreError
from lockgate.names.keyspec import KeyKind, KeySpecification
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_formats import der
from lockgate_formats.cmp.key_delivery import open_private_key
from lockgate_formats.cmp.recipients import Opener
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.public_keys import ALGORITHMS, encoded
from tests.features.steps.cmp_clients import PROTECTIONS
from tests.features.steps.cmp_remote import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.cmp_key_authority import KGA_KEY, sign_keys_with
from tests.support.scenarios.cmp_site import SECRET, CmpSite
from tests.support.scenarios.stored_secrets import is_stored
from tests.support.wire.cmp_messages import Protection, Secret, Signature, updates

scenarios("cmp_central_keys.feature")

KINDS_OF_KEYS = frozenset[KeyKind]({"RSA", "P-256", "P-384"})
MADE = replace(CERTIFICATE_PROFILES["ENDUSER"], generated_key=KeySpecification.P_256, key_types=KINDS_OF_KEYS)
AGREEING = replace(MADE, key_usage=frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"}))
RSA_KEY, EC_KEY = rsa_key(94), ec_key(94)
WANTED: Mapping[str, bytes | None] = {
    "a key": None,
    "a key on P-256": ALGORITHMS["P-256"],
    "a key on P-384": ALGORITHMS["P-384"],
    "an RSA key": ALGORITHMS["RSA"],
    "an Ed25519 key": ALGORITHMS["Ed25519"],
    "an X25519 key": der.sequence(der.oid("1.3.101.110")),
    "a key it has": None,
}
"""The algorithm that the template names; None where it holds nothing of the key."""
KINDS = {"an ir": BodyType.IR, "a cr": BodyType.CR, "a kur": BodyType.KUR}
ASKED = "(?P<key>" + "|".join(sorted(WANTED, key=len, reverse=True)) + ")"


@given("the CA makes keys for CMP clients")
def makes_keys(site: CmpSite) -> None:
    put_profile(site, "ENDUSER", MADE)
    sign_keys_with(site.world.ca_side)
    for alias in ("ra", "client", "desk"):
        site.configure(alias, central_keys=True)


def put_profile(site: CmpSite, name: str, profile: object) -> None:
    site.world.ca_side.administration.put_profile(name, profile)  # type: ignore[arg-type]


@given("the key that signs keys has a certificate for other purposes")
def other_purposes(site: CmpSite) -> None:
    sign_keys_with(site.world.ca_side, "WORKER", KGA_KEY + 2)


@given("the certificate profile keeps keys")
def keeps_keys(site: CmpSite) -> None:
    put_profile(site, "ENDUSER", replace(MADE, key_recovery=True))


# ---- clients


@given(parsers.parse('the client "router" protects its messages with {protection}'))
def protects(site: CmpSite, protection: str) -> None:
    if protection in PROTECTIONS:
        shown = PROTECTIONS[protection](site, "router")
        assert shown is not None
    else:
        shown = holding(site, protection)
    aliases = {"a shared secret": "ra", "the certificate of an RA": "desk"}
    site.client("router", protection=shown, alias=aliases.get(protection, "client"))


def holding(site: CmpSite, what: str) -> Protection:
    """The client has a certificate for a key of that kind."""
    signs_only = what == "a certificate that signs only"
    put_profile(site, "ENDUSER", MADE if signs_only else AGREEING)
    key = RSA_KEY if what == "its RSA certificate" else EC_KEY
    site.send("router", site.client("router", key=key).request())
    (certificate,) = site.answer.certificates
    site.client("router", transaction_id=bytes(16))
    return Signature(x509.load_der_x509_certificate(certificate), key)


@given('the client "router" where the alias leaves keys to the clients')
def no_central_keys(site: CmpSite) -> None:
    protects(site, "a one-time password")
    site.configure("client", central_keys=False)


# ---- what is asked for


@pytest.fixture
def asked() -> dict[str, object]:
    return {}


@when(parsers.re(f"it asks for a certificate and {ASKED}, by (?P<request>an ir|a cr|a kur)$"))
def asks(site: CmpSite, key: str, request: str, asked: dict[str, object]) -> None:
    client = site.client("router")
    algorithm = WANTED[key]
    empty = None if algorithm is None else der.sequence(algorithm, der.bit_string(b""))
    controls = [updates(client.protection.certificate)] if request == "a kur" else []  # type: ignore[union-attr]
    proof = None if key == "a key it has" else b""
    message = client.cert_req_msg(
        template=replace(client.template, public_key=empty), controls=controls, possession=proof
    )
    try:
        site.send("router", client.request(message, body_type=KINDS[request]))
    except KeystoreError as error:
        asked["error"] = error


# ---- what came of it


@then(
    parsers.re("it gets a certificate for an? (?P<made>RSA|P-256|P-384) key that it opens with (?P<opener>.+)$"),
    target_fixture="key",
)
def gets_key(site: CmpSite, made: str, opener: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    (response,) = site.answer.responses
    assert response.certificate
    assert response.private_key
    delivered = open_private_key(response.private_key, OPENERS[opener](site))
    signer = x509.load_der_x509_certificate(delivered.signer)
    signer.verify_directly_issued_by(site.world.ca_side.authority.certificate)
    assert signer.public_key() == rsa_key(KGA_KEY).public_key()
    key = load_der_private_key(delivered.private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    certificate = x509.load_der_x509_certificate(response.certificate)
    assert encoded(certificate.public_key()) == encoded(key.public_key())
    assert made == ("RSA" if isinstance(key, rsa.RSAPrivateKey) else f"P-{key.key_size}")
    return key


def secret_of(site: CmpSite) -> bytes:
    protection = site.client("router").protection
    assert isinstance(protection, Secret)
    return protection.secret


OPENERS: Mapping[str, Callable[[CmpSite], Opener]] = {
    "that password": secret_of,
    "that secret": lambda _: SECRET.encode(),
    "its RSA key": lambda _: RSA_KEY,
    "its EC key": lambda _: EC_KEY,
    "the RA's key": lambda site: site.desk().key,
}


@then("the CA's database holds the key nowhere, and keeps no key")
def nowhere(site: CmpSite, key: ec.EllipticCurvePrivateKey) -> None:
    assert not is_stored(site.world.ca_side, key.private_numbers().private_value.to_bytes(key.key_size // 8, "big"))
    assert not kept(site)


@then("the CA keeps the key")
def keeps(site: CmpSite) -> None:
    assert len(kept(site)) == 1


def kept(site: CmpSite) -> list[str]:
    return list(site.world.ca_side.column("select fingerprint from escrowed_key"))


@then("no certificate was issued for a key of the CA")
def none_issued(site: CmpSite) -> None:
    assert not list(
        site.world.ca_side.column("select serial from certificate where possession = 'made' and username = 'router'")
    )


@then(parsers.parse("the service says: {sentence}"))
def says(asked: dict[str, object], sentence: str) -> None:
    assert sentence in str(asked["error"])
