"""Steps of cmp_transactions.feature."""

import secrets
from collections.abc import Callable, Mapping

from pytest_bdd import given, parsers, scenarios, then, when

from lockgate_formats.cmp.contents import RevocationRequest
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.vocabulary import BodyType
from tests.features.steps.cmp_requests import confirmation, named, requested, usual
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.wire.cmp_answers import read_answer
from tests.support.wire.cmp_messages import CmpMessage

scenarios("cmp_transactions.feature")


# ---- the same octets again


@when('two copies of a request of the client "router" come in at once')
def two_copies(site: CmpSite) -> None:
    message = site.sent["router"] = site.client("router").request()
    rows = [site.put(message.octets, "ra") for _ in range(2)]
    site.world.run_worker()
    for row in rows:
        found = site.collected(row)
        assert found
        site.asked.append(message)
        site.answers.append(read_answer(found, message, site.service))


@then("both get the same answer")
def same_for_both(site: CmpSite) -> None:
    first, second = site.answers
    assert first
    assert second
    assert first.certificates
    assert first.message.body == second.message.body


@then("both answers have the same senderNonce, and each has a protection of its own")
def same_nonce(site: CmpSite) -> None:
    first, second = (answer.message for answer in site.answers if answer)
    assert first.header.sender_nonce == second.header.sender_nonce
    assert first.header.protection_algorithm != second.header.protection_algorithm  # it holds a salt


@then("both answers have the same transaction id")
def same_id(site: CmpSite) -> None:
    first, second = (answer.header.transaction_id for answer in site.answers if answer)
    assert first == second
    assert first


@when('the client "router" asks for a certificate without a transaction id')
def without_id(site: CmpSite) -> None:
    site.send("router", site.client("router").request().with_(transaction_id=None))


@given(parsers.parse('the client "router" chooses a transaction id of {octets:d} octets'))
def chooses_id(site: CmpSite, octets: int) -> None:
    site.client("router", transaction_id=secrets.token_bytes(octets))


# ---- other octets under the same id


OTHERS: Mapping[str, Callable[[CmpSite], CmpMessage]] = {
    "the same request, protected anew": lambda site: site.sent["router"].with_(),
    "the same request, with a new nonce": lambda site: site.sent["router"].with_(sender_nonce=secrets.token_bytes(16)),
    "a request for another name": lambda site: site.client("router").with_(name="robber").request(),
    "a request for another key": lambda site: site.client("router").with_(key=key_of("another")).request(),
    "the request as a cr": lambda site: site.sent["router"].with_(body_type=BodyType.CR),
    "the request as a p10cr": lambda site: site.client("router").p10cr(),
    "an rr": lambda site: site.client("router").revocation(RevocationRequest(template=named(site, "router"))),
    "a genm": lambda site: site.client("router").message(BodyType.GENM, write_general(())),
}


@when(parsers.re(f'the client "router" sends (?P<other>{"|".join(OTHERS)}) in the same transaction'))
def sends_other(site: CmpSite, other: str) -> None:
    """The client itself goes on with what it was answered first."""
    heard = site.heard["router"]
    site.send("router", OTHERS[other](site))
    site.heard["router"] = heard


@when(parsers.parse('the client "{name}" asks for a certificate under the transaction id of "{other}"'))
def asks_under_id(site: CmpSite, name: str, other: str) -> None:
    client = site.client(name, transaction_id=site.client(other).transaction_id)
    site.send(name, requested(site, client, usual(client)))


# ---- nonces, and no such transaction


NONCES: Mapping[str, Callable[[CmpSite], bytes | None]] = {
    "no recipNonce": lambda _: None,
    "a recipNonce that never was": lambda _: secrets.token_bytes(16),
    "its own first nonce as recipNonce": lambda site: site.sent["router"].header.sender_nonce,
}


@when(parsers.re(f'the confirmation of "router" has (?P<nonce>{"|".join(NONCES)})$'))
def wrong_nonce(site: CmpSite, nonce: str) -> None:
    heard = site.heard["router"]
    site.send("router", confirmation(site, "router").with_(recip_nonce=NONCES[nonce](site)))
    site.heard["router"] = heard


@when(parsers.re('the client "router" asks for a certificate, with (?P<what>a recipNonce|no time)'))
def asks_otherwise(site: CmpSite, what: str) -> None:
    changes = {"recip_nonce": secrets.token_bytes(16)} if what == "a recipNonce" else {"message_time": None}
    site.send("router", site.client("router").request().with_(**changes))


@when(
    parsers.re(
        '(?P<what>an error|a poll|a confirmation) of the client "router" comes, and there is no such transaction'
    )
)
def without_transaction(site: CmpSite, what: str) -> None:
    client, nonce = site.client("router"), secrets.token_bytes(16)
    messages = {"an error": client.error, "a poll": client.poll, "a confirmation": client.confirmation}
    site.send("router", messages[what](nonce))
