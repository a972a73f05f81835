"""Steps of cmp.feature."""

import logging
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from tests.features.steps.cmp_outcomes import audited
from tests.features.steps.cmp_requests import confirmation, requested, usual
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.cmp_site import BY_SECRET, SECRET, CmpSite, shared
from tests.support.wire.cmp_messages import Secret, Signature
from tests.support.wire.cmp_tampering import tampered

scenarios("cmp.feature")


@given("the certificate of the RA is revoked")
def revoked_ra(site: CmpSite) -> None:
    site.world.ca_side.revoke(site.world.ra, RevocationReason.KEY_COMPROMISE)


@given('the alias "client" knows the shared secret, too')
def secret_in_client_mode(site: CmpSite) -> None:
    site.configure("client", secrets=BY_SECRET["secrets"])


@when('the client "router" sends a request that nobody answers')
def unanswered(site: CmpSite) -> None:
    site.put(site.client("router").request().octets, "ra")
    site.world.run_worker()


@when('the client "router" sends an ir that a wrong secret protects')
def wrong_secret(site: CmpSite) -> None:
    site.send("router", site.client("router", protection=shared(secret="a guess")).request(), "ra")


CLAIMS = {
    "two lines": b"two\nlines",
    "a name of 65 letters": b"a" * 65,
    "octets that are no text": b"\xff\x00",
}


@when(
    parsers.re(
        f'the client "router" sends an ir that a wrong secret protects, and claims to be (?P<claim>{"|".join(CLAIMS)})$'
    )
)
def wrong_claim(site: CmpSite, claim: str) -> None:
    protection = Secret(CLAIMS[claim], b"a guess")
    site.send("router", site.client("router", protection=protection).request(), "ra")


@when('the client "router" sends an ir without protection')
def unprotected(site: CmpSite) -> None:
    site.send("router", site.client("router").request().with_(protection=None), "ra")


@when('the client "router" asks the alias "client" for somebody else by a secret')
def somebody_else(site: CmpSite) -> None:
    site.send("router", site.client("router", name="somebody", protection=shared()).request(), "client")


@when('the RA that delivers asks for a certificate for "router"')
def deliverer_asks(site: CmpSite) -> None:
    _asks_as_ra(site, site.world.ra)


@when('an RA of OtherCA asks for a certificate for "router"')
def other_ra_asks(site: CmpSite) -> None:
    _asks_as_ra(site, site.world.ca_side.certify("CN=other desk", rsa_key(93), ca_name="OtherCA"))


def _asks_as_ra(site: CmpSite, identity: Identity) -> None:
    signature = Signature(identity.certificate, identity.key)
    site.send("router", site.client("router", protection=signature).request())


@when(
    parsers.re(
        'the client "router" asks for a certificate( by a kur)?, and on the way its (?P<part>[a-z ]+) is changed'
    )
)
def changed_on_the_way(site: CmpSite, part: str) -> None:
    client = site.client("router")
    message = requested(site, client, usual(client))
    answer = site.deliver(tampered(message.octets, part), client.alias)
    site.take("router", answer)


@when(parsers.parse('the client "router" asks for a certificate, and its message is held back for {minutes:d} minutes'))
def held_back(site: CmpSite, minutes: int) -> None:
    message = site.client("router").request(time=site.now)
    site.pass_by(timedelta(minutes=minutes))
    site.send("router", message)


@when('the message of the client "router" is dropped on its way')
def dropped(site: CmpSite) -> None:
    site.sent["router"] = site.client("router").request()


@when('the client "router" asks for a certificate, and the answer is dropped')
def answer_dropped(site: CmpSite) -> None:
    site.sent["router"] = site.client("router").request()
    site.deliver(site.sent["router"].octets, "ra")


@when("the RA's host puts the message 3 times more")
def put_again(site: CmpSite) -> None:
    for _ in range(3):
        site.send("router", site.sent["router"])


@then("it got the same answer each time")
def same_each_time(site: CmpSite) -> None:
    bodies = {(answer.message.body_type, answer.message.body) for answer in site.answers if answer}
    assert (len(bodies), len(site.answers)) == (1, 4)


@when('the RA\'s host puts the confirmation of "gateway" under the transaction id of "router"')
def crossed(site: CmpSite) -> None:
    """It knows no secret."""
    first, second = site.client("router").transaction_id, site.client("gateway").transaction_id
    octets = confirmation(site, "gateway").octets
    assert octets.count(second) == 1
    site.take("gateway", site.deliver(octets.replace(second, first), "ra"))


@when(parsers.parse('the RA\'s host brings the message to the alias "{alias}"'))
def brought_elsewhere(site: CmpSite, alias: str) -> None:
    site.send("router", site.sent["router"], alias)


@then('the audit log says that "ra" has delivered the message')
def delivered_by(site: CmpSite) -> None:
    (_, target, details) = audited(site, "request.answered")[-1]
    assert (target, details["signer"].split(" (")[0]) == (site.world.sent[-1], "CN=ra")


@then(
    parsers.parse(
        'the audit log says that "{sender}" has asked at the alias "{alias}", for the certificate of "{name}"'
    )
)
def asked_by(site: CmpSite, sender: str, alias: str, name: str) -> None:
    who = f"{sender} (CMP alias {alias})"
    transaction = f"cmp {site.client(name).transaction_id.hex()}"
    assert audited(site, "transaction.answered")[-1][:2] == (who, transaction)
    assert audited(site, "certificate.issued")[-1][:2] == (who, name)


@then(parsers.parse('the audit log says that a message at the alias "{alias}" was refused as {failure}'))
def refusal_audited(site: CmpSite, alias: str, failure: str) -> None:
    (_, target, details) = audited(site, "transaction.refused")[-1]
    assert target == f"cmp {site.client(site.speaker).transaction_id.hex()}"
    assert (details["alias"], details["fail_info"]) == (alias, failure)
    assert details["detail"]


@then(parsers.parse('the entry says that the sender claims to be "{claim}"'))
def claim_audited(site: CmpSite, claim: str) -> None:
    (who, _, details) = audited(site, "transaction.refused")[-1]
    assert (who, details["claimed"]) == ("unknown", f"'{claim}'")


@then("the log of the process that answers says the same")
def refusal_logged(site: CmpSite, caplog: pytest.LogCaptureFixture) -> None:
    (_, target, details) = audited(site, "transaction.refused")[-1]
    told = {name: value for name, value in details.items() if name != "internal"}
    expected = {**told, "event": "transaction.refused", "message": target}
    assert [line.args for line in caplog.records if line.levelno >= logging.WARNING] == [expected]


@then("no log holds a secret")
def nothing_secret(site: CmpSite, caplog: pytest.LogCaptureFixture) -> None:
    entries = "".join(site.world.ca_side.column("select details from audit"))
    for secret in (SECRET, "a guess"):
        assert secret not in caplog.text
        assert secret not in entries
