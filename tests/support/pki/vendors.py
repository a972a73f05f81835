"""A vendor of devices: its CAs, good ones and others, and the certificates of its devices."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, Authority, ec_key, key_usage, name

ROOT, PRODUCTS, SENSORS, DEVICE = (ec_key(number) for number in (701, 702, 703, 704))
NO_CA_BELOW = x509.BasicConstraints(ca=True, path_length=0)


def authority(common_name: str, key: Any, issuer: Authority | None = None, **changes: Any) -> Authority:
    """A CA, its own root or below another one; `changes` of its constraints, usage and end."""
    constraints = changes.get("constraints", x509.BasicConstraints(ca=True, path_length=None))
    ends = changes.get("ends", NOT_AFTER)
    begins = min(NOT_BEFORE, ends - timedelta(days=1))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(issuer.certificate.subject if issuer else name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(constraints, critical=True)
        .add_extension(changes.get("usage", key_usage("key_cert_sign")), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


class Vendor:
    """A vendor's CAs, and its devices' certificates."""

    def __init__(self) -> None:
        self.root = authority("vendor root", ROOT)
        self.products = authority("products", PRODUCTS, self.root)
        self.sensors = authority("sensors", SENSORS, self.products)
        self.other = authority("another vendor", ec_key(705))
        gateway = self.products.issue("gateway", ec_key(706))
        self.gateway = Authority(gateway.certificate, gateway.key)
        self.unsigning = authority("products", PRODUCTS, self.root, usage=key_usage("digital_signature"))
        self.expired = authority("products", PRODUCTS, self.root, ends=NOT_BEFORE - timedelta(days=1))
        self.alone = authority(
            "products", PRODUCTS, self.root, constraints=x509.BasicConstraints(ca=True, path_length=0)
        )

    @property
    def named(self) -> Mapping[str, Authority]:
        """As the feature calls them."""
        return {
            "the root CA": self.root,
            "the product CA": self.products,
            "the sensor CA": self.sensors,
            "another device": self.gateway,
            "a product CA that may sign no certificates": self.unsigning,
            "a product CA that has expired": self.expired,
            "a product CA that may have no CA below": authority("sensors", SENSORS, self.alone),
            "another vendor": self.other,
        }

    def brought(self, words: str, issuer: str) -> tuple[bytes, ...]:
        """The certificates that stand for `words` in extraCerts."""
        named = {
            **self.named,
            "that device": self.gateway,
            "that vendor's CA": self.other,
            "that CA": self.named[issuer],
        }
        if issuer == "a product CA that may have no CA below":
            named |= {"that CA": self.alone, "the sensor CA": self.named[issuer]}
        parts = words.replace(" and ", ", ").split(", ")
        return tuple(named[part].der for part in parts if part != "nothing else")
