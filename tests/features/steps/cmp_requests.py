"""CMP clients, and what they send."""

from dataclasses import replace
from typing import Any

from pytest_bdd import given, parsers, when

from lockgate.certification.endentity import EndEntity
from lockgate_formats.cmp.contents import CertificateTemplate, RevocationRequest
from lockgate_formats.cmp.vocabulary import BodyType
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.scenarios.world import World
from tests.support.wire.cmp_answers import CmpAnswer
from tests.support.wire.cmp_messages import (
    IMPLICIT_CONFIRM,
    CmpClient,
    CmpMessage,
    Signature,
    confirmed,
    updates,
)

CLIENT = '"(?P<name>[^"]+)"'
KINDS = {"an ir": BodyType.IR, "a cr": BodyType.CR, "a kur": BodyType.KUR}


# ---- clients, and the aliases


@given(parsers.parse('the client "{name}" with a one-time password'))
def with_one_time_password(site: CmpSite, name: str) -> None:
    site.expect(name)
    site.client(name, protection=site.one_time(name), alias="client")


@given(parsers.parse('the client "{name}" with a certificate'))
def with_certificate(site: CmpSite, name: str) -> None:
    """It asks for the next one, for a new key, at the alias for holders."""
    site.enrol(name)
    site.client(name, protection=site.holder(name), alias="client", key=key_of(f"the new key of {name}"))


@given(parsers.parse('the client "{name}" at the alias "{alias}"'))
def at_alias(site: CmpSite, name: str, alias: str) -> None:
    site.client(name, alias=alias)


@given(parsers.parse('the alias "{alias}" answers only: {kinds}'))
def answers_only(site: CmpSite, alias: str, kinds: str) -> None:
    site.configure(alias, messages=kinds.split(", "))


@given(parsers.re('the end entity "(?P<name>[^"]+)" is moved to (?P<place>OtherCA|the end entity profile GUARDED)'))
def moved(world: World, name: str, place: str) -> None:
    def change(stored: EndEntity) -> EndEntity:
        if place == "OtherCA":
            return replace(stored, ca_name="OtherCA")
        return replace(stored, end_entity_profile="GUARDED")

    world.ca_side.administration.edit_end_entity(name, change)


# ---- requests


def requested(site: CmpSite, client: CmpClient, kind: str, **options: Any) -> CmpMessage:
    """The message of that kind by which the client asks for a certificate."""
    if kind == "a p10cr":
        return client.p10cr(time=site.now, **options)
    if kind == "a kur" and isinstance(client.protection, Signature):
        message = client.cert_req_msg(controls=[updates(client.protection.certificate)])
        return client.request(BodyType.KUR, message, time=site.now, **options)
    return client.request(KINDS[kind], time=site.now, **options)


def usual(client: CmpClient) -> str:
    """The kind of message by which a client asks unless it says another one."""
    return "a kur" if isinstance(client.protection, Signature) and client.alias == "client" else "an ir"


@when(
    parsers.re(
        f'the client {CLIENT} asks (the alias "(?P<alias>[^"]+)" )?for a certificate'
        "( by (?P<kind>an? (ir|cr|p10cr|kur)))?(?P<implicit> with implicit confirmation)?"
        "(?P<again> in another transaction)?$"
    )
)
def asks(
    site: CmpSite, name: str, alias: str | None, kind: str | None, implicit: str | None, again: str | None
) -> None:
    client = site.client(name)
    if again:
        client = site.client(name, transaction_id=client.in_another_transaction().transaction_id)
    infos = [IMPLICIT_CONFIRM] if implicit else []
    site.send(name, requested(site, client, kind or usual(client), infos=infos), alias or "")


@when(parsers.parse('the client "{name}" asks for a certificate for "{other}"'))
def asks_for(site: CmpSite, name: str, other: str) -> None:
    client = site.client(name, name=other)
    site.send(name, client.request(time=site.now))


@when(parsers.parse('the RA "{name}" asks for a certificate for "{other}"'))
def ra_asks(site: CmpSite, name: str, other: str) -> None:
    site.send(name, ra(site, name, other).request(time=site.now))


@when(parsers.parse('the RA "{name}" asks to revoke the certificate of "{other}"'))
def ra_revokes(site: CmpSite, name: str, other: str) -> None:
    revoked = RevocationRequest(template=named(site, other))
    site.send(name, ra(site, name, other).revocation(revoked, time=site.now))


def named(site: CmpSite, name: str) -> CertificateTemplate:
    """What an rr says of the client's certificate."""
    certificate = site.certificates[name]
    return CertificateTemplate(issuer=certificate.issuer.public_bytes(), serial_number=certificate.serial_number)


def ra(site: CmpSite, name: str, other: str) -> CmpClient:
    """The RA, as it asks for another."""
    desk = site.desk(name)
    signature = Signature(desk.certificate, desk.key)
    return site.client(name, name=other, key=key_of(other), protection=signature, alias="desk")


@when(parsers.parse('the client "{name}" sends its last message again'))
def sends_again(site: CmpSite, name: str) -> None:
    site.send(name, site.sent[name])


# ---- what follows


def answered(site: CmpSite, name: str) -> CmpAnswer:
    return site.heard[name]


@when(parsers.parse('the client "{name}" confirms its certificate'))
def confirms(site: CmpSite, name: str) -> None:
    site.send(name, confirmation(site, name))


def confirmation(site: CmpSite, name: str) -> CmpMessage:
    """The certConf by which the client takes every certificate that it has got."""
    heard = answered(site, name)
    statuses = [
        confirmed(response.certificate, response.cert_req_id) for response in heard.responses if response.certificate
    ]
    return site.client(name).confirmation(heard.header.sender_nonce, *statuses, time=site.now)


@when(parsers.parse('the client "{name}" polls'))
def polls(site: CmpSite, name: str) -> None:
    heard = answered(site, name)
    ids = [response.cert_req_id for response in heard.responses]
    site.send(name, site.client(name).poll(heard.header.sender_nonce, *ids, time=site.now))
