"""Steps of cmp_answers.feature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate_formats import der
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.macs import HMAC_SHA256, PBMAC1_SHA256, PasswordBasedMac
from lockgate_formats.cmp.protection import MacProtection
from lockgate_formats.cmp.signatures import SigningKey
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.features.steps.cmp_requests import confirmation
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.cmp_site import FACTORY, CmpSite, key_of
from tests.support.wire.cmp_messages import Signature

scenarios("cmp_answers.feature")


@given(parsers.parse('a CA "SubCA" under OtherCA, for the alias "{alias}"'))
def sub_ca(site: CmpSite, alias: str) -> None:
    site.world.ca_side.administration.create_ca("SubCA", "CN=Sub CA", key="P-256", issuer="OtherCA")
    site.configure(alias, defaultCA="SubCA")


@given(parsers.re('the alias "(?P<alias>[^"]+)" (?P<sends>leaves roots out|sends roots along)'))
def with_roots(site: CmpSite, alias: str, sends: str) -> None:
    site.configure(alias, with_roots=sends == "sends roots along")


MACS: Mapping[str, MacProtection] = {
    "PasswordBasedMac and SHA-512": PasswordBasedMac(bytes(16), algorithm(oids.SHA512, der.NULL), 100, HMAC_SHA256),
    "PBMAC1 and SHA-256": PBMAC1_SHA256,
}
SIGNATURES: Mapping[str, tuple[SigningKey, tuple[tuple[str, Any], ...]]] = {
    "an RSA key, PKCS#1 v1.5": (rsa_key(81), ()),
    "an RSA key, PSS": (rsa_key(81), (("pss", True),)),
    "an EC key and SHA-384": (ec_key(85), (("digest", "sha384"),)),
    "an Ed25519 key": (ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)), ()),
}


@given(parsers.parse('the client "router" protects its messages with {how}'))
def protects_with(site: CmpSite, how: str) -> None:
    if how in MACS:
        site.client("router", protection=replace(FACTORY, mac=MACS[how]))
        return
    key, options = SIGNATURES[how]
    site.client("router", key=key)
    site.enrol("router")
    signature = Signature(site.certificates["router"], key, options=options)
    site.client("router", protection=signature, alias="client", key=key_of("a new key"))


@when(parsers.re('the client "router" gets (?P<answer>a pkiconf|an error|a genp)'))
def gets(site: CmpSite, answer: str) -> None:
    client = site.client("router")
    if answer == "a pkiconf":
        site.send("router", client.request())
        site.send("router", confirmation(site, "router"))
    elif answer == "an error":
        site.send("router", client.request().with_(recip_nonce=bytes(16)))
    else:
        site.send("router", client.message(BodyType.GENM, write_general(())))
    assert site.answer.kind == answer.split(" ")[1]


@then(parsers.parse("extraCerts holds: {names}"))
def extra_certs(site: CmpSite, names: str) -> None:
    known = {"the service's": site.service.public_bytes(Encoding.DER)}
    expected = [known.get(name) or site.world.ca_side.certificate(name) for name in names.split(", ")]
    assert list(site.answer.message.extra_certs) == expected


@then("the senderKID of the answer is the identifier of the service's key")
def key_identifier(site: CmpSite) -> None:
    expected = site.service.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert site.answer.header.sender_kid == expected


@then("no two answers have the same senderNonce")
def own_nonces(site: CmpSite) -> None:
    nonces = [answer.header.sender_nonce for answer in site.answers if answer]
    assert len(nonces) == len(set(nonces)) == 2
