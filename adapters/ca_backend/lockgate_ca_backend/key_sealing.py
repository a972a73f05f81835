"""CA keys at rest, sealed under the installation's secret.

The CA's name and public key are authenticated together with the key, so that a sealed key cannot be moved to another
CA's row.
"""

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from lockgate.errors import KeystoreError
from lockgate_ca_backend.sealing import SecretBox
from lockgate_ca_backend.signing import CaPrivateKey


class KeySealer:
    """Seals and opens private keys.

    Args:
        secret: at least 16 octets.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes) -> None:
        self._box = SecretBox(secret, "key encryption secret")

    def __repr__(self) -> str:
        return "KeySealer(…)"

    def seal(self, key: CaPrivateKey, ca_name: str, spki: bytes) -> bytes:
        """`key` as JSON that only the secret opens, for the CA of that name and public key."""
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._box.seal(plain, _associated(ca_name, spki))

    def open(self, sealed: bytes, ca_name: str, spki: bytes) -> PrivateKeyTypes:
        """The key that `seal` sealed.

        Raises:
            KeystoreError: the secret is wrong, or the row was changed.
        """
        try:
            return load_der_private_key(self._box.open(sealed, _associated(ca_name, spki)), None)
        except (KeystoreError, ValueError):
            raise KeystoreError(f"the key of {ca_name} cannot be opened with this key encryption secret") from None


def _associated(ca_name: str, spki: bytes) -> bytes:
    return b"\x00".join((b"lockgate ca key", ca_name.encode(), spki))
