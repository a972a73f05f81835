"""Cards with two certificates, and their renewal."""

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, then

from lockgate.certification.endentity import EndEntityStatus
from lockgate.requests.submessages import CardRenewalResponse
from tests.support.pki.certificate_requests import pkcs10
from tests.support.scenarios.cards import Card
from tests.support.scenarios.world import World, only


@pytest.fixture
def card() -> Card:
    return Card()


@given(parsers.parse('the card of "{name}", who is {status}'))
def issue_card(world: World, card: Card, name: str, status: str) -> None:
    for half, key in card.old.items():
        world.send(world.request(name, pkcs10=pkcs10(key)))
        world.run_worker()
        card.certificates[half] = world.seen()[0].content.response.certificate  # type: ignore[attr-defined]
    world.ca_side.store_end_entity(name, status=EndEntityStatus[status])


@then("both new certificates are for the new keys")
def both_renewed(world: World, card: Card) -> None:
    answer = only(world).content.response
    assert isinstance(answer, CardRenewalResponse)
    assert answer.success
    for der, half in ((answer.auth_cert, "auth"), (answer.sign_cert, "sign")):
        assert der is not None
        certificate = x509.load_der_x509_certificate(der)
        assert certificate.public_key() == card.new[half].public_key()
        assert certificate.subject.rfc4514_string() == "CN=alice,O=Example,C=SE"
