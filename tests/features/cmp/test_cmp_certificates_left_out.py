"""Steps of cmp_certificates_left_out.feature."""

from dataclasses import replace

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate_formats.cmp.vocabulary import BodyType
from tests.features.steps.cmp_outcomes import standing_of
from tests.features.steps.cmp_requests import requested
from tests.support.pki.identities import ec_key
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import CA
from tests.support.wire.cmp_messages import REJECTED, CmpMessage, Signature, confirmed

scenarios("cmp_certificates_left_out.feature")


@given("it has asked for the next one")
def asks_for_next(site: CmpSite) -> None:
    client = site.client("router", transaction_id=site.client("router").in_another_transaction().transaction_id)
    site.send("router", requested(site, client, "a kur"))


@given("its first certificate is revoked")
def revoked(site: CmpSite) -> None:
    serial = site.client("router").protection.certificate.serial_number  # type: ignore[union-attr]
    site.world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, ca_name=CA, serial_number=serial)


def following(site: CmpSite, message: str) -> CmpMessage:
    """The message that goes on with the transaction."""
    client, heard = site.client("router"), site.heard["router"]
    nonce = heard.header.sender_nonce
    if message == "a pollReq":
        return client.poll(nonce)
    if message == "an error in place of certConf":
        return client.error(nonce)
    status = REJECTED if message == "a certConf that rejects" else None
    return client.confirmation(nonce, confirmed(heard.certificates[0], status=status))


@when(parsers.re("it sends (?P<message>an? .+) without extraCerts$"))
def sends_without(site: CmpSite, message: str) -> None:
    site.send("router", following(site, message).with_(extra_certs=()))


@when(parsers.re("(?P<who>(another|the) .+) sends a certConf without extraCerts"))
def other_sends(site: CmpSite, who: str) -> None:
    message = following(site, "a certConf")
    if who == "another key under the same name and identifier":
        message = message.with_(protection=replace(site.holder("router"), key=ec_key(2002)))
    elif who == "the holder of another certificate":
        desk = site.desk()
        other = Signature(desk.certificate, desk.key)
        message = message.with_(protection=other, sender=other.sender, sender_kid=other.key_identifier)
    else:
        message = message.with_(transaction_id=bytes(16))
    site.send("router", message.with_(extra_certs=()))


@when("it asks for another one without extraCerts, under the same transactionID")
def asks_again(site: CmpSite) -> None:
    site.send(
        "router", site.client("router").with_(key=ec_key(2003)).request(body_type=BodyType.KUR).with_(extra_certs=())
    )


@then(parsers.parse("the answer is a {kind}"))
def answered(site: CmpSite, kind: str) -> None:
    assert site.answer.kind == kind, site.answer.statuses


@then(parsers.re("the new certificate is (?P<standing>good|revoked)"))
def stands(site: CmpSite, standing: str) -> None:
    (certificate,) = next(answer.certificates for answer in site.answers if answer and answer.kind == "kup")
    assert standing_of(site, x509.load_der_x509_certificate(certificate)) == standing
