"""CMP clients, and what they send."""

from datetime import timedelta
from typing import Any

from pytest_bdd import parsers, then, when

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateConfirmation, CertificateTemplate, RevocationRequest
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import BodyType, InfoType
from tests.support.scenarios.cmp_site import CONFIRM_WITHIN, CmpSite, key_of
from tests.support.scenarios.world import SECOND_WORKER, WORKER
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
ELSEWHERE = '(?P<elsewhere>(, (to another worker|(to|at) the alias "[^"]+"))?)'
KINDS = {"an ir": BodyType.IR, "a cr": BodyType.CR, "a kur": BodyType.KUR}


def to(elsewhere: str) -> tuple[str, str]:
    """The alias, empty for the client's own one, and the worker."""
    alias = elsewhere.split('"')[1] if '"' in elsewhere else ""
    return alias, SECOND_WORKER if "worker" in elsewhere else WORKER


# ---- requests


def requested(site: CmpSite, client: CmpClient, kind: str, **options: Any) -> CmpMessage:
    """The message of that kind by which the client asks for a certificate."""
    if kind == "a p10cr":
        return client.p10cr(time=site.now, **options)
    if kind == "a kur" and isinstance(client.protection, Signature):
        message = client.cert_req_msg(controls=[updates(client.protection.certificate)])
        return client.request(message, body_type=BodyType.KUR, time=site.now, **options)
    return client.request(body_type=KINDS[kind], time=site.now, **options)


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


@when('the client "router" asks for two certificates')
def asks_for_two(site: CmpSite) -> None:
    client = site.client("router")
    second = client.with_(name="router2", key=key_of("router2"))
    site.send("router", client.request(client.cert_req_msg(0), second.cert_req_msg(1)))


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


@when(parsers.re(f"the client {CLIENT} sends its (?P<which>first|last) message again{ELSEWHERE}$"))
def sends_again(site: CmpSite, name: str, which: str, elsewhere: str) -> None:
    site.send(name, site.sent[name] if which == "last" else first_message(site, name), *to(elsewhere))


def first_message(site: CmpSite, name: str) -> CmpMessage:
    """The one that has opened the client's transaction."""
    transaction = site.client(name).transaction_id
    return next(message for message in site.asked if message and message.header.transaction_id == transaction)


def named_profiles(*names: str) -> InfoValue:
    """The certProfile for generalInfo (RFC 9810, 5.1.1.4)."""
    return InfoValue(InfoType.CERT_PROFILE, der.sequence(*map(der.utf8_string, names)))


@when(parsers.parse('the client "{name}" asks to revoke its certificate'))
def revokes_itself(site: CmpSite, name: str) -> None:
    revoked = RevocationRequest(template=named(site, name))
    site.send(name, site.client(name).revocation(revoked, time=site.now))


# ---- what follows


def answered(site: CmpSite, name: str) -> CmpAnswer:
    return site.heard[name]


@when(parsers.re(f"the client {CLIENT} confirms its certificate{ELSEWHERE}$"))
def confirms(site: CmpSite, name: str, elsewhere: str) -> None:
    site.send(name, confirmation(site, name), *to(elsewhere))


def confirmation(site: CmpSite, name: str) -> CmpMessage:
    """The certConf by which the client takes every certificate that it has got."""
    heard = answered(site, name)
    return site.client(name).confirmation(heard.header.sender_nonce, *taken(heard), time=site.now)


def taken(answer: CmpAnswer) -> list[CertificateConfirmation]:
    """The CertStatus for every certificate in an answer."""
    issued = [one for one in answer.responses if one.certificate]
    return [confirmed(one.certificate or b"", cert_req_id=one.cert_req_id) for one in issued]


@when(parsers.parse('the client "{name}" asks for a certificate for a name that is not accepted'))
def asks_for_bad_name(site: CmpSite, name: str) -> None:
    site.send(name, site.client(name).with_(name="rou\u200bter").request(time=site.now))


@when(parsers.parse('the client "{name}" polls'))
def polls(site: CmpSite, name: str) -> None:
    site.send(name, poll(site, name))


def poll(site: CmpSite, name: str) -> CmpMessage:
    """The pollReq for every request that waits."""
    heard = answered(site, name)
    return site.client(name).poll(heard.header.sender_nonce, *heard.polled, time=site.now)


@when(parsers.parse('the client "{name}" sends an error'))
def gives_up(site: CmpSite, name: str) -> None:
    site.send(name, error(site, name))


def error(site: CmpSite, name: str) -> CmpMessage:
    """In place of a confirmation or a poll."""
    return site.client(name).error(answered(site, name).header.sender_nonce, time=site.now)


# ---- time


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes?|days?) pass(es)?$"))
def time_passes(site: CmpSite, count: str, unit: str) -> None:
    site.pass_by(timedelta(**{f"{unit.rstrip('s')}s": int(count)}))


@when(parsers.re("(?P<which>the|another) worker tidies up"))
def tidies_up(site: CmpSite, which: str) -> None:
    site.tidy_up(WORKER if which == "the" else SECOND_WORKER)


@when("the time for the confirmation passes")
@then("the time for the confirmation passes")
def deadline_passes(site: CmpSite) -> None:
    site.pass_by(CONFIRM_WITHIN)
    site.tidy_up()


@when(parsers.parse('the alias "{alias}" is taken out of the configuration'))
def alias_gone(site: CmpSite, alias: str) -> None:
    site.world.ca_side.configuration.drop(f"cmp.alias.{alias}")
