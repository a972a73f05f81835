"""Steps of cmp_hostile_senders.feature."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntity
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, RevocationRequest
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from tests.features.steps.cmp_nested import *  # noqa: F403
from tests.features.steps.cmp_nested import ALIAS, sent_on
from tests.features.steps.cmp_outcomes import audited
from tests.features.steps.cmp_requests import named
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.cmp_site import SECRET, CmpSite, key_of
from tests.support.scenarios.outside_ca import OutsideSite
from tests.support.scenarios.outside_ocsp import OcspSite
from tests.support.wire.cmp_messages import CmpClient, CmpMessage, Secret, Signature, updates

scenarios("cmp_hostile_senders.feature")

LONG_TYPE = der.element(der.OBJECT_IDENTIFIER, b"\x2a" + b"\x81" * 70 + b"\x01")
NO_NAME = der.sequence(der.integer(1))
UNREADABLE: Mapping[str, Mapping[str, bytes]] = {
    "extensions that are numbers": {"extensions": der.sequence(der.integer(5))},
    "an extension without content": {"extensions": der.sequence(der.sequence())},
    "an extension of a very long type": {"extensions": der.sequence(der.sequence(LONG_TYPE, der.octet_string(b"x")))},
    "an issuer that is no name": {"issuer": NO_NAME},
    "a subject that is no name": {"subject": NO_NAME},
}
"""Fields of a template, each DER; the message around it can be read."""
WHAT = f"(?P<what>{'|'.join(UNREADABLE)})$"


def unreadable(template: CertificateTemplate, what: str) -> CertificateTemplate:
    fields: dict[str, Any] = dict(UNREADABLE[what])
    return replace(template, **fields)


def broken(client: CmpClient, what: str) -> CmpMessage:
    return client.request(client.cert_req_msg(template=unreadable(client.template, what)))


# ---- who acts as an RA


@pytest.fixture
def desks(site: CmpSite) -> Mapping[str, Identity]:
    """An RA of each CA."""
    keys = {"ManagementCA": rsa_key(83), "OtherCA": rsa_key(84)}
    return {ca: site.world.ca_side.certify(f"CN=desk of {ca}", key, ca_name=ca) for ca, key in keys.items()}


def accept(site: CmpSite, identity: Identity) -> None:
    site.configure("ra", ra_certificates=[hashlib.sha256(identity.der).hexdigest()])


@given('the alias "ra" takes as an RA every certificate with the purpose')
def takes_by_purpose(site: CmpSite) -> None:
    site.configure("ra", ra_by_purpose=True)


@given('the alias "ra" takes as an RA the certificate that delivers, which it names')
def takes_deliverer(site: CmpSite) -> None:
    accept(site, site.world.ra)


@given('the alias "ra" names an RA with a certificate of OtherCA')
def takes_other(site: CmpSite, desks: Mapping[str, Identity]) -> None:
    accept(site, desks["OtherCA"])


def signing(site: CmpSite, identity: Identity) -> CmpClient:
    """The RA with that certificate, as it asks for "router"."""
    signature = Signature(identity.certificate, identity.key)
    return site.client("an RA", name="router", key=key_of("router"), protection=signature, alias="ra")


@when('the RA that delivers asks for a certificate for "router"')
def deliverer_asks(site: CmpSite) -> None:
    site.send("an RA", signing(site, site.world.ra).request())


@when('the RA that delivers sends on the request of "router" and of "gateway"')
def deliverer_sends_on(site: CmpSite) -> None:
    own = signing(site, site.world.ra)
    messages = (site.client(name).request().octets for name in ("router", "gateway"))
    site.send("an RA", own.nested(*messages))


@when('the RA that delivers asks to revoke the certificate of "router"')
def deliverer_revokes(site: CmpSite) -> None:
    revoked = RevocationRequest(template=named(site, "router"))
    site.send("an RA", signing(site, site.world.ra).revocation(revoked))


@when(parsers.parse('an RA with a certificate of {ca} asks for a certificate for "router"'))
def desk_asks(site: CmpSite, desks: Mapping[str, Identity], ca: str) -> None:
    site.send("an RA", signing(site, desks[ca]).request())


@given('the alias "ra" names an RA with a certificate of PartnerCA, a CA outside', target_fixture="outside")
def takes_outside(site: CmpSite) -> OutsideSite:
    outside = OutsideSite(site.world)
    accept(site, outside_desk(outside))
    return outside


@given("PartnerCA is a CA outside that has published a CRL", target_fixture="outside")
def outside_with_crl(site: CmpSite) -> OutsideSite:
    outside = OutsideSite(site.world)
    outside.publish()
    outside.run_fetches()
    return outside


@given('the end entity "router" has a one-time password')
def router_is_expected(site: CmpSite) -> None:
    site.expect("router")


@when(parsers.re(r'somebody with a certificate of PartnerCA (?P<asks>.*) for "router" at the alias "(?P<alias>.*)"'))
def stranger_asks(site: CmpSite, outside: OutsideSite, asks: str, alias: str) -> None:
    stranger = outside.authority.issue("router", rsa_key(86))
    signature = Signature(stranger.certificate, stranger.key)
    client = site.client("stranger", name="router", key=key_of("router"), protection=signature, alias=alias)
    update = "key update" in asks
    asked = client.cert_req_msg(controls=[updates(stranger.certificate)] if update else [])
    site.send("stranger", client.request(asked, body_type=BodyType.KUR if update else BodyType.CR))


@then("the CA has refused it")
def refused(site: CmpSite) -> None:
    assert [status.status for status in site.answer.statuses] == [PkiStatus.REJECTION]


@cache
def outside_desk(outside: OutsideSite) -> Identity:
    return outside.authority.issue("desk of PartnerCA", rsa_key(85))


@when("an RA with a certificate of PartnerCA asks, and no CRL of PartnerCA was fetched", target_fixture="waiting")
def outside_desk_asks(site: CmpSite, outside: OutsideSite) -> CmpMessage:
    message = signing(site, outside_desk(outside)).request()
    site.put(message.octets, "ra")
    site.world.run_worker()
    return message


@when("a CRL of PartnerCA is fetched, and a minute later the worker runs")
def outside_crl_fetched(site: CmpSite, outside: OutsideSite) -> None:
    outside.publish()
    outside.run_fetches()
    outside.pass_by(timedelta(minutes=1, seconds=1))
    site.world.run_worker()


@given("PartnerCA answers by OCSP", target_fixture="ocsp_site")
def outside_answers(outside: OutsideSite) -> Iterator[OcspSite]:
    ocsp_site = OcspSite(outside)
    yield ocsp_site
    ocsp_site.close()


@when("PartnerCA is asked, and a minute later the worker runs")
def outside_asked(site: CmpSite, outside: OutsideSite, ocsp_site: OcspSite) -> None:
    ocsp_site.ask()
    outside.pass_by(timedelta(minutes=1, seconds=1))
    site.world.run_worker()


@then('the RA of PartnerCA gets a certificate for "router"')
def outside_desk_gets(site: CmpSite, waiting: CmpMessage) -> None:
    site.world.sent.append(site.world.sent[0])
    site.collect("an RA", waiting, "ra")
    assert site.certificates["router"].public_key() == key_of("router").public_key()


# ---- vendors' devices


@given(parsers.parse('the end entity "{name}" waits for its certificate'), target_fixture="stored")
def waits(site: CmpSite, name: str) -> EndEntity | None:
    site.expect(name)
    return site.world.end_entity(name)


@when(parsers.parse('the device "{name}" asks for a certificate with the alternative name "{host}"'))
def asks_for_host(site: CmpSite, name: str, host: str) -> None:
    client = site.client(name)
    value = x509.SubjectAlternativeName([x509.DNSName(host)])
    written = der.sequence(der.oid(value.oid.dotted_string), der.octet_string(value.public_bytes()))
    template = replace(client.template, extensions=der.sequence(written))
    site.send(name, client.request(client.cert_req_msg(template=template)))


@then(parsers.parse('the certificate of "{name}" has no alternative names'))
def has_no_names(site: CmpSite, name: str) -> None:
    with pytest.raises(x509.ExtensionNotFound):
        site.certificates[name].extensions.get_extension_for_class(x509.SubjectAlternativeName)


@then(parsers.parse("the device is told that this is otherwise than asked for: {changed}"))
def told_otherwise(site: CmpSite, changed: str) -> None:
    (status,) = site.answer.statuses
    told = (status.status, status.texts)
    assert told == (PkiStatus.GRANTED_WITH_MODS, (f"Otherwise than asked for: {changed}.",))


@then(parsers.parse('the end entity "{name}" is as it was'))
def is_as_it_was(site: CmpSite, stored: EndEntity | None, name: str) -> None:
    assert stored is not None
    assert site.world.end_entity(name) == stored


# ---- templates that cannot be read


@when(parsers.re(f'the client "router" asks for a certificate, and its template has {WHAT}'))
def asks_broken(site: CmpSite, what: str) -> None:
    site.send("router", broken(site.client("router"), what))


@when(parsers.re(f'the client "router" asks to revoke its certificate, and its template has {WHAT}'))
def revokes_broken(site: CmpSite, what: str) -> None:
    revoked = RevocationRequest(template=unreadable(named(site, "router"), what))
    site.send("router", site.client("router").revocation(revoked))


@when(
    parsers.re(
        'the RA "desk" sends on the requests of "router" and "gateway" together, '
        f'and the template of "gateway" has {WHAT}'
    )
)
def sends_broken_on(site: CmpSite, what: str) -> None:
    second = broken(site.client("gateway"), what)
    site.send("desk", sent_on(site, site.client("router").request(), second), ALIAS)


# ---- references that are no text


@given('the alias "ra" has one secret for every reference')
def for_every_reference(site: CmpSite) -> None:
    site.configure("ra", secrets={"*": SECRET})


@given(parsers.parse('the reference of the client "router" is the octets {octets}'))
def with_reference(site: CmpSite, octets: str) -> None:
    site.client("router", protection=Secret(bytes.fromhex(octets), SECRET.encode()))


@then(parsers.parse('the audit log names the client "{who}"'))
def audit_names(site: CmpSite, who: str) -> None:
    assert [writer for writer, *_ in audited(site, "transaction.unconfirmed")] == [who]
