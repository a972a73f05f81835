"""The contract suite of the port Issuer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.errors import KeystoreError
from lockgate.ports import Issuer, Order

KEY_USAGE = bytes.fromhex("3010300e0603551d0f0101ff040403020780")
"""DER Extensions: a critical keyUsage with digitalSignature alone."""
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
KEYS: Mapping[str, Callable[[], Key]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True, slots=True)
class IssuerSubject:
    """An issuer under test, and a CA that it signs with.

    Attributes:
        certificate: the CA's own, DER.
    """

    issuer: Issuer
    ca_name: str
    certificate: bytes

    def order(self, number: int, key: str = "P-256") -> Order:
        """An order like no other."""
        public_key = KEYS[key]().public_key()
        return Order(
            operation=f"operation {number}",
            ca_name=self.ca_name,
            ca_certificate=sha256(self.certificate).hexdigest(),
            serial_number=2**158 + number,
            subject=x509.Name.from_rfc4514_string(f"CN=host {number},O=Åland").public_bytes(),
            public_key=public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            not_after=datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC),
            extensions=KEY_USAGE,
        )

    def issue(self, orders: Sequence[Order]) -> Sequence[x509.Certificate]:
        """The certificates, read."""
        return [x509.load_der_x509_certificate(certificate) for certificate in self.issuer.issue(orders)]


class IssuerContract:
    """Every rule of the port Issuer. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> IssuerSubject:
        """The issuer under test, and the CA that it signs with."""
        raise NotImplementedError("supply the fixture `subject`: the issuer under test and its CA, an IssuerSubject")

    @pytest.mark.parametrize("key", KEYS)
    def test_a_certificate_says_what_was_ordered(self, subject: IssuerSubject, key: str) -> None:
        order = subject.order(1, key)
        (made,) = subject.issue([order])
        authority = x509.load_der_x509_certificate(subject.certificate)
        assert made.version is x509.Version.v3
        assert made.serial_number == order.serial_number
        assert made.subject.public_bytes() == order.subject
        assert made.issuer.public_bytes() == authority.subject.public_bytes()
        assert made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == order.public_key
        assert (made.not_valid_before_utc, made.not_valid_after_utc) == (order.not_before, order.not_after)
        assert order.extensions in made.tbs_certificate_bytes
        assert len(made.extensions) == 1

    def test_the_cas_key_signs(self, subject: IssuerSubject) -> None:
        (made,) = subject.issue([subject.order(1)])
        made.verify_directly_issued_by(x509.load_der_x509_certificate(subject.certificate))

    def test_certificates_come_in_the_order_of_the_orders(self, subject: IssuerSubject) -> None:
        orders = [subject.order(number) for number in (3, 1, 2)]
        assert [made.serial_number for made in subject.issue(orders)] == [order.serial_number for order in orders]

    def test_no_orders_are_no_certificates(self, subject: IssuerSubject) -> None:
        assert list(subject.issuer.issue([])) == []

    @pytest.mark.parametrize("unknown", [{"ca_name": "no such CA"}, {"ca_certificate": "0" * 64}], ids=str)
    def test_a_key_that_is_not_there_signs_nothing(self, subject: IssuerSubject, unknown: dict[str, str]) -> None:
        order = replace(subject.order(1), **unknown)  # type: ignore[arg-type]
        with pytest.raises(KeystoreError):
            subject.issuer.issue([order])
