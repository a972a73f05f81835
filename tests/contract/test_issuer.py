"""Every rule of the port Issuer, on the CA in this process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.errors import KeystoreError
from lockgate.ports import Issuer, Order
from lockgate_formats import der
from tests.contract.registries import RegistrySubject, new_engine
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

CA = "ManagementCA"
EXTENSIONS = der.sequence(der.sequence(der.oid("2.5.29.15"), der.octet_string(der.enumerated_bits(frozenset({0})))))


@dataclass(frozen=True)
class IssuerSubject:
    """An issuer under test, with the certificate of its CA."""

    issuer: Issuer
    authority: x509.Certificate
    fingerprint: str

    def issue(self, orders: Sequence[Order]) -> Sequence[x509.Certificate]:
        return [x509.load_der_x509_certificate(certificate) for certificate in self.issuer.issue(orders)]

    def order(self, number: int) -> Order:
        return Order(
            operation=f"operation {number}",
            ca_name=CA,
            ca_certificate=self.fingerprint,
            serial_number=2**158 + number,
            subject=x509.Name.from_rfc4514_string(f"CN=host {number}").public_bytes(),
            public_key=spki(ec_key(number)),
            not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            not_after=datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC),
            extensions=EXTENSIONS,
        )


@pytest.fixture(params=["P-256", "P-384", "RSA-2048"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IssuerSubject]:
    engine = new_engine(f"sqlite:///{tmp_path / 'ca.db'}")
    registry = RegistrySubject(engine)
    registry.administration.create_ca(CA, "CN=ManagementCA,O=Example", key=request.param)
    with registry.ca.transaction(registry.fence()) as work:
        (outline,) = work.store.authorities.outlines().values()
        authority = work.store.authorities.issuer(CA)
    yield IssuerSubject(registry.ca.issuer, authority.certificate, outline.fingerprint)
    engine.dispose()


def test_certificates_say_what_was_ordered_in_the_order_of_the_orders(subject: IssuerSubject) -> None:
    orders = [subject.order(number) for number in (3, 1, 2)]
    for order, made in zip(orders, subject.issue(orders), strict=True):
        made.verify_directly_issued_by(subject.authority)
        assert made.version is x509.Version.v3
        assert made.serial_number == order.serial_number
        assert made.subject.public_bytes() == order.subject
        assert made.issuer.public_bytes() == subject.authority.subject.public_bytes()
        key = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert key == order.public_key
        assert (made.not_valid_before_utc, made.not_valid_after_utc) == (order.not_before, order.not_after)
        assert [extension.oid.dotted_string for extension in made.extensions] == ["2.5.29.15"]


def test_no_orders_are_no_certificates(subject: IssuerSubject) -> None:
    assert list(subject.issuer.issue([])) == []


@pytest.mark.parametrize("unknown", [{"ca_name": "NoCA"}, {"ca_certificate": "0" * 64}])
def test_a_key_that_is_not_there_signs_nothing(subject: IssuerSubject, unknown: dict[str, str]) -> None:
    order = replace(subject.order(1), **unknown)  # type: ignore[arg-type]
    with pytest.raises(KeystoreError):
        subject.issuer.issue([order])
