"""Steps of renewal.feature."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.administration.listings import CertificateQuery
from lockgate.administration.pages import Page
from lockgate.names.dn import parse_dn
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.inspection import Inspection
from tests.features.steps.preconditions import unproven_keys
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.old_keys import certify_unproven
from tests.support.scenarios.renewals import DEVIATIONS, NEW, OLD, RENEWAL, Renewal, ask_for, enrolled, written
from tests.support.scenarios.world import World

scenarios("renewal.feature")


@pytest.fixture
def renewals() -> list[Renewal]:
    """What "router" has signed."""
    return []


@given('"router" has a certificate for its key')
def router(world: World, renewals: list[Renewal]) -> None:
    identity = enrolled(world, "router", rsa_key(OLD))
    renewals.append(Renewal(identity, identity))


@given('"router" signs the PKCS10 of its new key in SignedData')
def in_signed_data(renewals: list[Renewal]) -> None:
    renewals[0].content_type = RENEWAL


@given(parsers.parse('certificates of "{name}" can be renewed for the key that they have'))
def same_key(world: World, name: str) -> None:
    profile = replace(CERTIFICATE_PROFILES[name], renewal_same_key=True)
    world.ca_side.administration.put_profile(name, profile)


@given(parsers.parse('the stored name of "router" is now "{name}"'))
def stored_name(world: World, name: str) -> None:
    world.ca_side.administration.edit_end_entity("router", lambda one: replace(one, subject_dn=parse_dn(name)))


@when(
    parsers.re(
        'the RA hands on the renewal that "router" has signed, but it is a PKCSReq for the name "(?P<asked>[^"]*)"'
    )
)
def hand_on_named(world: World, renewals: list[Renewal], asked: str) -> None:
    ask_for(renewals[0], written(asked))
    world.send(renewals[0].handed_on(world.ra))


@given('"mallory" has a certificate for the new key without having shown possession')
def unproven_certificate(world: World) -> None:
    unproven_keys(world, "ENDUSER")
    certify_unproven(world, "mallory", rsa_key(NEW))


@when('the RA hands on the latest renewal that "router" has signed')
def hand_on_latest(world: World, renewals: list[Renewal]) -> None:
    world.send(renewals[-1].handed_on(world.ra))


@then("the new key is certified for nobody")
def new_key_uncertified(world: World) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        assert work.certificates.on_key(work.keys.identity(spki(rsa_key(NEW)))) == []


@when('the RA hands on the renewal that "router" has signed')
@when("the RA hands on the same renewal again")
def hand_on(world: World, renewals: list[Renewal]) -> None:
    world.send(renewals[0].handed_on(world.ra))


@when('the RA hands on the renewal that "router" has signed, with a challenge password and without encryption')
def hand_on_password_in_clear(world: World, renewals: list[Renewal]) -> None:
    renewals[0].request = pkcs10(rsa_key(NEW), challenge="a password that stays secret")
    hand_on_in_clear(world, renewals)


HIDDEN: Mapping[str, Callable[[Renewal], None]] = {
    "as PEM": lambda renewal: setattr(renewal, "request", as_pem(renewal.request)),
    "in pieces": lambda renewal: setattr(renewal, "in_pieces", True),
}


@when(
    parsers.parse(
        'the RA hands on the renewal that "router" has signed, with a challenge password in a PKCS10 {hidden}'
        " and without encryption"
    )
)
def hand_on_hidden_password(world: World, renewals: list[Renewal], hidden: str) -> None:
    renewals[0].request = pkcs10(rsa_key(NEW), challenge="a password that stays secret")
    HIDDEN[hidden](renewals[0])
    assert not renewals[0].handed_on(world.ra).carries_secret()
    world.send(renewals[0].handed_on(world.ra), protection="signed")


def as_pem(request: bytes) -> bytes:
    return x509.load_der_x509_csr(request).public_bytes(Encoding.PEM)


@when('the RA hands on the renewal that "router" has signed, without encryption')
def hand_on_in_clear(world: World, renewals: list[Renewal]) -> None:
    draft = world.draft(encrypt=False)
    draft.change(request=renewals[0].handed_on(world.ra))
    world.put_draft(draft)


@when(
    parsers.re(
        r'the RA hands on the renewal that "router" has signed, but (?P<deviation>(?!it is a PKCSReq for the name).*)'
    )
)
def hand_on_deviating(world: World, renewals: list[Renewal], deviation: str) -> None:
    DEVIATIONS[deviation](world, renewals[0])
    world.send(renewals[0].handed_on(world.ra))


@then(parsers.re(r'"router" has (?P<count>\d) certificates?(, the last one for the (?P<which>new|old) key)?'))
def certificates(world: World, count: str, which: str | None) -> None:
    found = Inspection(world.ca_side.engine).certificates(CertificateQuery(exact_username="router"), Page()).items
    assert len(found) == int(count)
    if which:
        newest = x509.load_der_x509_certificate(max(found, key=lambda certificate: certificate.sequence).certificate)
        assert newest.public_key() == rsa_key(NEW if which == "new" else OLD).public_key()
        assert newest.subject.rfc4514_string() == "CN=router,O=Example,C=SE"
        assert newest.signature_hash_algorithm is not None
        assert newest.signature_hash_algorithm.name == "sha256"
