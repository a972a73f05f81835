"""Orders to remote issuers."""

from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509

from lockgate.ports import Order
from lockgate_testing.contracts.remote_issuer.subjects import EXTENSIONS
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import rsa_key


def order_for(ca_certificate: bytes, *, pkcs10: bytes | None = None) -> Order:
    """An order of a certificate for `host.example`.

    Args:
        ca_certificate: DER.
    """
    return Order(
        operation="operation 1",
        ca_name="RemoteCA",
        ca_certificate=sha256(ca_certificate).hexdigest(),
        serial_number=2**158 + 7,
        subject=x509.Name.from_rfc4514_string("CN=host,O=Åland").public_bytes(),
        public_key=spki(rsa_key(1)),
        not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        not_after=datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC),
        extensions=EXTENSIONS,
        certificate_profile="ENDUSER",
        pkcs10=pkcs10,
    )
