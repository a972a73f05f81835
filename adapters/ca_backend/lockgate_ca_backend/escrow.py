"""Keys kept for recovery, sealed under the escrow secret, which is not in the database and can be changed.

Certificate, CA and end entity are authenticated together with the key: a sealed key that was moved to another row
cannot be opened (docs/threat-model.md, rule 17).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import load_der_private_key

from lockgate.errors import KeystoreError
from lockgate.ports import KeyPair
from lockgate_ca_backend.sealing import SecretBox
from lockgate_formats.public_keys import encoded


@dataclass(frozen=True, slots=True)
class KeptWith:
    """The certificate, CA and end entity that a kept key belongs to.

    Attributes:
        fingerprint: SHA-256 of the certificate, lower-case hexadecimal.
    """

    fingerprint: str
    ca_name: str
    username: str

    @property
    def associated(self) -> bytes:
        """The octets that are authenticated together with the key."""
        return "\0".join(("lockgate kept key", self.fingerprint, self.ca_name, self.username)).encode()


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A kept key as it is stored.

    Attributes:
        secret: which secret opens it, by its identity.
    """

    owner: KeptWith
    secret: str
    sealed: bytes


class EscrowSealer:
    """Seals and opens kept keys.

    Args:
        current: the secret that seals; at least 16 octets.
        previous: secrets that still open.

    Raises:
        ConfigurationError: a secret is shorter.
    """

    def __init__(self, current: bytes, previous: Sequence[bytes] = ()) -> None:
        self._boxes = [SecretBox(secret, "escrow secret") for secret in (current, *previous)]

    def __repr__(self) -> str:
        return "EscrowSealer(…)"

    @property
    def known(self) -> frozenset[str]:
        """The identities of the secrets that open."""
        return frozenset(box.identity for box in self._boxes)

    @property
    def current(self) -> str:
        """The identity of the secret that seals."""
        return self._boxes[0].identity

    def seal(self, key: KeyPair, owner: KeptWith) -> SealedKey:
        """`key`'s private half, for `owner` alone."""
        return SealedKey(owner, self.current, self._boxes[0].seal(key.private_key, owner.associated))

    def open(self, kept: SealedKey) -> KeyPair:
        """The key that `seal` sealed.

        Raises:
            KeystoreError: none of the secrets opens it, or the row was changed.
        """
        box = next((box for box in self._boxes if box.identity == kept.secret), None)
        if box is None:
            raise KeystoreError("was sealed under an escrow secret that is not configured")
        private = box.open(kept.sealed, kept.owner.associated)
        return KeyPair(private, encoded(load_der_private_key(private, None).public_key()))
