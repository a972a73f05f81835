"""Secrets of operations at rest: the keys and passwords of keystores that are delivered once the CA has answered."""

import msgspec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from msgspec import Struct

from lockgate.certification.endentity import TokenType
from lockgate.effects.statement import KeystoreWish, KeyWish
from lockgate.ports import KeyPair, KeystoreDelivery
from lockgate_ca_backend.sealing import SecretBox
from lockgate_formats.public_keys import encoded


class OperationSecrets(Struct, frozen=True, forbid_unknown_fields=True):
    """What one operation holds.

    Attributes:
        private_key: DER PrivateKeyInfo.
        keep: whether the key is kept for recovery once the certificate is recorded.
        token: of the keystore; None where none is delivered.
        alone: whether the key is delivered without a keystore.
    """

    private_key: bytes
    keep: bool
    token: TokenType | None = None
    name: str = ""
    password: str = ""
    legacy: bool = False
    alone: bool = False

    @property
    def pair(self) -> KeyPair:
        """The key."""
        return KeyPair(self.private_key, encoded(load_der_private_key(self.private_key, None).public_key()))

    @property
    def delivery(self) -> KeystoreDelivery | None:
        """The keystore or key that is delivered."""
        if self.alone:
            return KeystoreDelivery(KeyWish(), self.pair, self.legacy)
        if self.token is None:
            return None
        return KeystoreDelivery(KeystoreWish(self.token, self.name, self.password), self.pair, self.legacy)

    def __repr__(self) -> str:
        return "OperationSecrets(…)"


def secrets_of(delivery: KeystoreDelivery | None, kept_key: KeyPair | None) -> OperationSecrets | None:
    """What an operation has to hold; None where it holds no secret."""
    if delivery is None:
        return None if kept_key is None else OperationSecrets(kept_key.private_key, keep=True)
    wish, key, keep = delivery.wish, delivery.pair.private_key, kept_key is not None
    if isinstance(wish, KeyWish):
        return OperationSecrets(key, keep, legacy=delivery.legacy, alone=True)
    return OperationSecrets(
        private_key=key,
        keep=keep,
        token=wish.token,
        name=wish.name,
        password=wish.password,
        legacy=delivery.legacy,
    )


class OperationSealer:
    """Encrypts and decrypts them, each for its operation alone.

    Args:
        secret: the installation's; at least 16 octets.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes) -> None:
        self._box = SecretBox(secret, "key encryption secret")

    def __repr__(self) -> str:
        return "OperationSealer(…)"

    def seal(self, held: OperationSecrets, operation: str) -> bytes:
        """`held`, as only the secret opens it."""
        return self._box.seal(msgspec.json.encode(held), _associated(operation))

    def open(self, sealed: bytes, operation: str) -> OperationSecrets:
        """What `seal` sealed.

        Raises:
            KeystoreError: the secret is another one, or the row was changed.
        """
        return msgspec.json.decode(self._box.open(sealed, _associated(operation)), type=OperationSecrets)


def _associated(operation: str) -> bytes:
    return f"lockgate operation {operation}".encode()
