"""Steps of cmp_certificates_left_out.feature."""

from dataclasses import replace

from pytest_bdd import given, parsers, scenarios, when

from lockgate.certification.revocation import RevocationReason
from lockgate_formats.cmp.vocabulary import BodyType
from tests.support.pki.identities import Identity, ec_key
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.wire.cmp_messages import REJECTED, CmpMessage, Signature, confirmed

scenarios("cmp_certificates_left_out.feature")


@given("it asks for an update of it, with a new key")
def updates(site: CmpSite) -> None:
    updating = site.client("router", protection=site.holder("router"), key=ec_key(2001)).in_another_transaction()
    site.clients["router"] = updating
    site.send(updating.request(BodyType.KUR))


@given("its first certificate is revoked")
def revoked(site: CmpSite) -> None:
    holder = Identity(site.certificates["router"], key_of("router"))
    site.world.ca_side.revoke(holder, RevocationReason.SUPERSEDED)


def confirming(site: CmpSite, message: str) -> CmpMessage:
    client, nonce = site.clients["router"], site.answer.header.sender_nonce
    (certificate,) = site.answer.certificates
    match message:
        case "an error in place of certConf":
            return client.error(nonce)
        case "a pollReq":
            return client.poll(nonce)
    status = REJECTED if message == "a certConf that rejects" else None
    return client.confirmation(nonce, confirmed(certificate, status=status))


@when(parsers.re("it sends (?P<message>an? .+) without extraCerts$"))
def sends_without(site: CmpSite, message: str) -> None:
    site.send(confirming(site, message).with_(extra_certs=()))


@when(parsers.re("(?P<who>(another|the) .+) sends a certConf without extraCerts"))
def other_sends(site: CmpSite, who: str) -> None:
    message = confirming(site, "a certConf")
    match who:
        case "another key under the same name and identifier":
            message = message.with_(protection=replace(site.holder("router"), key=ec_key(2002)))
        case "the holder of another certificate":
            message = message.with_(
                protection=other(site), sender=other(site).sender, sender_kid=other(site).key_identifier
            )
        case _:
            message = message.with_(transaction_id=bytes(16))
    site.send(message.with_(extra_certs=()))


def other(site: CmpSite) -> Signature:
    desk = site.desk()
    return Signature(desk.certificate, desk.key)


@when("it asks for another update without extraCerts, under the same transactionID")
def asks_again(site: CmpSite) -> None:
    site.send(site.clients["router"].with_(key=ec_key(2003)).request(BodyType.KUR).with_(extra_certs=()))
