"""Steps of issuers.feature."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, when

from lockgate.ports import Issuer, Order
from lockgate_ca_backend.certificates import signed
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.signing import CaKey
from lockgate_formats import der
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.world import World

scenarios("issuers.feature")

Make = Callable[[Order], bytes]
Wrong = Callable[[World], Make]
"""What a CA makes of an order, in a world that is prepared for it."""
ANOTHER_NAME = der.sequence(der.set_of([der.sequence(der.oid("2.5.4.3"), der.utf8_string("mallory"))]))
NO_EXTENSIONS = der.sequence()
SHA384_WITH_RSA = der.sequence(der.oid("1.2.840.113549.1.1.12"), der.NULL)


class WrongIssuer(Issuer):
    """A CA that makes something else of each order."""

    def __init__(self, make: Make) -> None:
        self._make = make

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        return list(map(self._make, orders))


def changed(change: Callable[[Order], Order]) -> Wrong:
    """Signed by the CA, but with a change."""

    def prepare(world: World) -> Make:
        def make(order: Order) -> bytes:
            (certificate,) = world.ca_side.issuer.issue([change(order)])
            return certificate

        return make

    return prepare


def by_another_key(world: World) -> Make:
    subject = world.ca_side.authority.certificate.subject.public_bytes()
    return lambda order: content_of(order, subject).signed_by(CaKey(ec_key(23)))


def by_another_ca(world: World) -> Make:
    with world.ca_side.administration._work() as work:
        other = work.store.authorities.issuer("OtherCA")
    return lambda order: content_of(order, other.subject).signed_by(other.signer)


def of_another_order(world: World) -> Make:
    another = world.ca_side.certify("CN=another", rsa_key(24)).der
    return lambda order: another


def of_another_algorithm(world: World) -> Make:
    """The algorithm outside the signed content is not the one inside (RFC 5280, 4.1.1.2)."""

    def make(order: Order) -> bytes:
        (certificate,) = world.ca_side.issuer.issue([order])
        made = x509.load_der_x509_certificate(certificate)
        return signed(made.tbs_certificate_bytes, SHA384_WITH_RSA, made.signature)

    return make


WRONG: Mapping[str, Wrong] = {
    "for another name": changed(lambda order: replace(order, subject=ANOTHER_NAME)),
    "for another key": changed(lambda order: replace(order, public_key=spki(rsa_key(22)))),
    "that ends a day later": changed(lambda order: replace(order, not_after=order.not_after + timedelta(days=1))),
    "with another serial number": changed(lambda order: replace(order, serial_number=order.serial_number + 1)),
    "with other extensions": changed(lambda order: replace(order, extensions=NO_EXTENSIONS)),
    "that another key has signed": by_another_key,
    "that another CA of ours has signed": by_another_ca,
    "of another order": of_another_order,
    "that names another algorithm outside": of_another_algorithm,
    "that is none": lambda world: lambda order: b"no certificate",
}


@given(parsers.parse("a CA that returns a certificate {what}"))
def wrong_ca(world: World, what: str) -> None:
    world.replaced["ca.issuer"] = WrongIssuer(WRONG[what](world))


@when("the CA signs what was ordered again, and an hour passes")
def right_again(world: World) -> None:
    world.replaced.clear()
    world.ca_side.hours.pass_by(timedelta(hours=1))
