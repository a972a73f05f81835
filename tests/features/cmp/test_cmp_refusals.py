"""Steps of cmp_refusals.feature."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pytest_bdd import given, parsers, scenarios, when

from lockgate.administration.authorities import CaStatus
from lockgate.certification.revocation import RevocationReason
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.cms.algorithms import algorithm
from tests.features.steps.cmp_clients import under
from tests.features.steps.cmp_requests import answered, named_profiles, requested, taken
from tests.support.pki.identities import Authority, Identity, key_usage, make_authority, name, rsa_key
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.cmp_site import FACTORY, CmpSite, key_of
from tests.support.scenarios.unfit_signers import DAY, USAGE, certificate_by, known
from tests.support.scenarios.world import CA
from tests.support.wire.cmp_deviations import HMAC_SHA1, MESSAGES, OCTETS, Claimed
from tests.support.wire.cmp_messages import FEW_ITERATIONS, CmpMessage, Signature
from tests.support.wire.cmp_tampering import SOMEBODY

scenarios("cmp_refusals.feature")

FEATURE = Path(__file__).parents[3] / "features/cmp_refusals.feature"
OTHERS = {
    FailInfo.INCORRECT_DATA,
    FailInfo.TIME_NOT_AVAILABLE,
    FailInfo.UNACCEPTED_POLICY,
    FailInfo.UNACCEPTED_EXTENSION,
}
"""Bits of other services."""
OF_THE_PROXY = {FailInfo.SYSTEM_FAILURE}
"""Where the CA has not answered."""
Sending = Callable[[CmpSite], CmpMessage]
ECDSA_WITH_SHA1 = algorithm("1.2.840.10045.4.1")


def test_every_bit_that_has_a_meaning_is_used() -> None:
    text = FEATURE.read_text()
    used = {bit for bit in FailInfo if re.search(rf"\b{bit.rfc_name}\b", text)}
    assert used == set(FailInfo) - OTHERS - OF_THE_PROXY


# ---- what the aliases and the CA say


@given('the alias "ra" takes 20,000 iterations')
def many_iterations(site: CmpSite) -> None:
    site.configure("ra", iterations=20_000)


@given('the alias "ra" takes HMAC-SHA1')
def with_sha1(site: CmpSite) -> None:
    site.configure("ra", hmac_sha1=True)


def _switched_off(site: CmpSite) -> CmpMessage:
    site.world.ca_side.administration.set_ca_status(CA, CaStatus.OFFLINE)
    return site.client("router").request()


def _no_ca(site: CmpSite) -> CmpMessage:
    site.configure("ra", defaultCA="NoCA")
    return site.client("router").request()


def _authority(site: CmpSite) -> Authority:
    return site.world.ca_side.authority


def _issuer(site: CmpSite, issuer: bytes) -> CmpMessage:
    client = site.client("router")
    return client.request(client.cert_req_msg(template=replace(client.template, issuer=issuer)))


def _without_possession(site: CmpSite) -> CmpMessage:
    client = site.client("router")
    return client.request(client.cert_req_msg(possession=b""))


ASKING: Mapping[str, Sending] = {
    "the template names another issuer": lambda site: _issuer(site, name("Other CA").public_bytes()),
    "the template names the CA": lambda site: _issuer(
        site, site.world.ca_side.authority.certificate.subject.public_bytes()
    ),
    "the alias's CA does not exist": _no_ca,
    "the alias's CA is switched off": _switched_off,
    "its certProfile does not exist": lambda site: site.client("router").request(infos=[named_profiles("NONE")]),
    "does not show that it has the key": _without_possession,
    "its key is too weak": lambda site: site.client("router").with_(key=rsa_key(87, 1024)).request(),
}


@when(parsers.re(f'the client "router" asks for a certificate, and (?P<what>{"|".join(ASKING)})$'))
def asks_with(site: CmpSite, what: str) -> None:
    site.send("router", ASKING[what](site))


@when('the client "router" asks for a certificate for its own key')
def same_key(site: CmpSite) -> None:
    client = site.client("router", key=key_of("router"))
    site.send("router", requested(site, client, "a kur"))


# ---- messages


@when(parsers.re(f"somebody sends (?P<octets>{'|'.join(OCTETS)})$"))
def garbage(site: CmpSite, octets: str) -> None:
    site.send_octets(OCTETS[octets](site.client("router").request().octets))


@when(parsers.parse('the client "router" sends a message that {deviation}'))
def deviates(site: CmpSite, deviation: str) -> None:
    site.send("router", MESSAGES[deviation](site.client("router")))


@when(parsers.re('the client "router" sends a message with a MAC (?P<how>of 10,001 iterations|by HMAC-SHA1)'))
def unusual_mac(site: CmpSite, how: str) -> None:
    changed = {"iterations": 10_001} if "iterations" in how else {"mac": HMAC_SHA1}
    secret = replace(FACTORY, mac=replace(FEW_ITERATIONS, **changed))
    site.send("router", site.client("router", protection=secret).request())


@when('the client "router" sends a confirmation with a wrong hash')
def wrong_hash(site: CmpSite) -> None:
    heard = answered(site, "router")
    (own,) = taken(heard)
    wrong = replace(own, certificate_hash=bytes(32))
    site.send("router", site.client("router").confirmation(heard.header.sender_nonce, wrong))


@when('the client "gateway" asks for a certificate under the transaction id of "router"')
def taken_id(site: CmpSite) -> None:
    client = site.client("gateway", transaction_id=site.client("router").transaction_id)
    site.send("gateway", client.request())


# ---- signatures


def _signed(site: CmpSite, signature: Signature) -> CmpMessage:
    return under(site.client("router").request(), signature)


def _holder(site: CmpSite, **fields: Any) -> CmpMessage:
    site.enrol("router")
    return _signed(site, site.holder("router")).with_(**fields)


def _by_sha1(site: CmpSite) -> CmpMessage:
    message = _holder(site)
    return message.with_(protection=Claimed(ECDSA_WITH_SHA1, bytes(70), site.holder("router").extra_certs))


def _by(identity: Identity) -> Signature:
    return Signature(identity.certificate, identity.key)


def _fallen(reason: RevocationReason) -> Sending:
    def send(site: CmpSite) -> CmpMessage:
        site.enrol("router")
        site.world.ca_side.revoke(Identity(site.certificates["router"], key_of("router")), reason)
        return _signed(site, site.holder("router"))

    return send


def _workers(site: CmpSite) -> CmpMessage:
    site.enrol("router")
    fingerprint = site.certificates["router"].fingerprint(hashes.SHA256()).hex()
    site.world.ca_side.coordinator.introduce("another worker", [fingerprint])
    return _signed(site, site.holder("router"))


def _known(begin: timedelta, end: timedelta, usage: x509.KeyUsage = USAGE) -> Sending:
    return lambda site: _signed(site, _by(known(site.world, begin, end, usage)))


def _unknown(site: CmpSite) -> CmpMessage:
    certificate = certificate_by(site.world.ca_side.authority, rsa_key(13), -DAY, DAY, USAGE)
    return _signed(site, Signature(certificate, rsa_key(13)))


def _self_signed(site: CmpSite) -> CmpMessage:
    key = key_of("router")
    own = make_authority("router", key).certificate
    return _signed(site, Signature(own, key))


def _no_certificates(site: CmpSite) -> CmpMessage:
    message = _holder(site)
    site.configure("ra", certificates=False)
    return message


SIGNED: Mapping[str, Sending] = {
    "signed with another key": lambda site: _holder(site).with_(
        protection=Signature(site.certificates["router"], key_of("another"))
    ),
    "signed with SHA-1": _by_sha1,
    "without its certificate": lambda site: _holder(site, extra_certs=()),
    "whose sender is not the subject of its certificate": lambda site: _holder(site, sender=SOMEBODY),
    "whose senderKID is that of another key": lambda site: _holder(site, sender_kid=bytes(20)),
    "with a certificate of another CA": lambda site: _signed(
        site, _by(other_authority().issue("router", key_of("router")))
    ),
    "with a certificate that has signed itself": _self_signed,
    "with the certificate of the CA itself": lambda site: _signed(
        site, Signature(_authority(site).certificate, _authority(site).key)
    ),
    "with a certificate that the CA does not know": _unknown,
    "with a certificate that has expired": _known(-2 * DAY, -DAY),
    "with a certificate that is not valid yet": _known(DAY, 2 * DAY),
    "with a certificate that is revoked": _fallen(RevocationReason.SUPERSEDED),
    "with a certificate that is on hold": _fallen(RevocationReason.CERTIFICATE_HOLD),
    "with a certificate that is a worker's, too": _workers,
    "with a certificate that is not for signatures": _known(-DAY, DAY, key_usage("key_encipherment")),
    "at an alias that takes no certificates": _no_certificates,
}


@when(parsers.re(f'the client "router" sends a message (?P<how>{"|".join(SIGNED)})$'))
def sends_signed(site: CmpSite, how: str) -> None:
    site.send("router", SIGNED[how](site))
