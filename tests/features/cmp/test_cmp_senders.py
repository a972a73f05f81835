"""Steps of cmp_senders.feature."""

from collections.abc import Mapping
from dataclasses import replace

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate_formats import der
from lockgate_formats.cmp.contents import RevocationRequest
from lockgate_formats.cmp.crmf import RA_VERIFIED, encrypted_certificate_possession
from lockgate_formats.cmp.polls import read_poll_responses
from tests.features.steps.cmp_outcomes import check_refusal
from tests.features.steps.cmp_requests import named, ra
from tests.support.pki.identities import ec_key, make_authority
from tests.support.scenarios.allowed_keys_and_names import ENDUSER
from tests.support.scenarios.cmp_site import CmpSite, key_of, shared
from tests.support.wire.cmp_answers import CmpAnswer, read_answer
from tests.support.wire.cmp_messages import CmpClient, CmpMessage, Protection, Signature

scenarios("cmp_senders.feature")


# ---- RAs


@given('the alias "desk" takes every certificate for RAs')
def takes_all(site: CmpSite) -> None:
    site.configure("desk", ra_certificates=[], ra_by_purpose=True)


@when(parsers.parse('the client "router" asks the alias "desk" to revoke the certificate of "{other}"'))
def revokes_another(site: CmpSite, other: str) -> None:
    revoked = RevocationRequest(template=named(site, other))
    site.send("router", site.client("router").revocation(revoked, time=site.now), "desk")


# ---- possession of the key


@given(parsers.parse('the alias "desk" lets {who} vouch, and the profile certifies {keys}'))
def vouching(site: CmpSite, who: str, keys: str) -> None:
    profile = replace(ENDUSER, unproven_keys=keys == "unproven keys")
    site.world.ca_side.administration.put_profile("ENDUSER", profile)
    site.configure("desk", ra_verified=who == "RAs")


@when('the RA "desk" vouches for the key of "router"')
def vouches(site: CmpSite) -> None:
    client = ra(site, "desk", "router")
    site.send("desk", client.request(client.cert_req_msg(possession=RA_VERIFIED), time=site.now))


POSSESSIONS: Mapping[str, bytes] = {
    "nothing": b"",
    "raVerified": RA_VERIFIED,
    "encrCert": encrypted_certificate_possession(),
    "challengeResp": der.explicit(2, der.implicit(1, b"\x01")),
    "thisMessage": der.explicit(2, der.implicit(0, b"\x00key")),
}


@when(parsers.parse('the client "router" asks for a certificate with {possession} as its proof of possession'))
def other_possession(site: CmpSite, possession: str) -> None:
    client = site.client("router")
    site.send("router", client.request(client.cert_req_msg(possession=POSSESSIONS[possession]), time=site.now))


@then(parsers.parse('its request is refused as badPOP, and the sentence names "{kind}"'))
def names_the_kind(site: CmpSite, kind: str) -> None:
    check_refusal(site.answer.statuses, "badPOP", None)
    assert f"({kind})" in site.answer.statuses[0].texts[0]


# ---- nested messages


def inner(site: CmpSite, name: str, protection: Protection | None = None) -> CmpMessage:
    """A request of that client at the alias `two`."""
    client = site.client(name, alias="two", protection=protection or shared())
    return client.request(time=site.now)


def carried(site: CmpSite, signature: Signature, *messages: bytes) -> CmpMessage:
    """The RA's message around those of others."""
    carrier = CmpClient(key_of("desk"), signature, "two", "desk")
    return carrier.nested(*messages, time=site.now)


def desk(site: CmpSite) -> Signature:
    identity = site.desk()
    return Signature(identity.certificate, identity.key)


def subjects(answer: CmpAnswer) -> list[str]:
    """The common names in the certificates that are issued."""
    loaded = map(x509.load_der_x509_certificate, answer.certificates)
    return [
        str(one_name.value)
        for one in loaded
        for one_name in one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    ]


@when(parsers.parse('the RA "desk" carries {count:d} requests'))
def carries_many(site: CmpSite, count: int) -> None:
    names = [f"router{number}" for number in range(count)]
    site.sent |= {who: inner(site, who) for who in names}
    site.send("desk", carried(site, desk(site), *(site.sent[who].octets for who in names)), "two")


@then("the answers in its nested answer are 16 certificates")
def many_answers(site: CmpSite) -> None:
    for number, octets in enumerate(site.answer.inner):
        who = f"router{number}"
        assert subjects(read_answer(octets, site.sent[who], site.service)) == [who]
    assert len(site.answer.inner) == 16


# ---- vendors


@given('the device "sensor" of a vendor that the alias "ra" does not know')
def unknown_vendor(site: CmpSite) -> None:
    device = make_authority("Vendor CA", ec_key(75)).issue("sensor", ec_key(76))
    site.client("sensor", protection=Signature(device.certificate, device.key))


@given(parsers.re('the alias "ra" lists (?P<listed>(the (serial number|common name) of "sensor")|another device)$'))
def lists(site: CmpSite, listed: str) -> None:
    protection = site.client("sensor").protection
    assert isinstance(protection, Signature)
    names = {"the common name of": "sensor", "the serial number of": f"{protection.certificate.serial_number:x}"}
    site.configure("ra", vendor_names=[names.get(listed.removesuffix(' "sensor"'), "actor")])


@given('the alias "ra" is in client mode')
def client_mode(site: CmpSite) -> None:
    site.configure("ra", mode="client")


@then('it gets a certificate for the name "sensor"')
def for_the_sensor(site: CmpSite) -> None:
    assert subjects(site.answer) == ["sensor"]


@then("the answer holds no root")
def no_root(site: CmpSite) -> None:
    found = [x509.load_der_x509_certificate(one) for one in site.answer.message.extra_certs]
    assert found
    assert all(one.subject != one.issuer for one in found)


@then(parsers.parse("the pollRep is for the certReqId {number:d}"))
def polled_as(site: CmpSite, number: int) -> None:
    assert [one.cert_req_id for one in read_poll_responses(site.answer.message.body)] == [number]
