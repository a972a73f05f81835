"""A CA with one key in memory, which signs at once."""

from collections.abc import Sequence
from hashlib import sha256

from cryptography import x509

from lockgate.errors import KeystoreError
from lockgate.ports import Issuer, Order
from lockgate_testing.doubles.remote_ca.certificates import Signer, new_key, own_certificate


class MemoryIssuer(Issuer):
    """Signs for the CA `ca_name`.

    Attributes:
        certificate: the CA's own, DER.

    Args:
        subject: of the CA's certificate, in the form of RFC 4514.
    """

    def __init__(self, ca_name: str, subject: str = "CN=A CA for tests") -> None:
        key = new_key()
        self.ca_name = ca_name
        self.certificate = own_certificate(key, subject)
        name = x509.load_der_x509_certificate(self.certificate).subject.public_bytes()
        self._signer = Signer(key, name)

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        return [self._sign(order) for order in orders]

    def _sign(self, order: Order) -> bytes:
        if (order.ca_name, order.ca_certificate) != (self.ca_name, sha256(self.certificate).hexdigest()):
            raise KeystoreError(f"no key of the CA {order.ca_name} is here")
        return self._signer.certificate(order)
