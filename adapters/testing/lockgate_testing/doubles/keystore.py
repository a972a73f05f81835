"""A key in memory, with a certificate of its own."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.errors import KeystoreError
from lockgate.ports import Keystore, KeyTransport, SignatureScheme
from lockgate_testing.doubles.remote_ca.certificates import new_key, own_certificate


class MemoryKeystore(Keystore):
    """A P-256 key with a self-signed certificate: it signs, and decrypts nothing.

    Args:
        subject: of the certificate, in the form of RFC 4514.
    """

    def __init__(self, subject: str = "CN=A keystore for tests") -> None:
        self._key = new_key()
        self._certificate = own_certificate(self._key, subject)

    @property
    def certificate(self) -> bytes:
        return self._certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        return ()

    @property
    def scheme(self) -> SignatureScheme:
        return SignatureScheme.ECDSA_SHA256

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def sign_legacy(self, data: bytes) -> bytes:
        raise KeystoreError("only an RSA key signs with SHA-1")

    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        return None
