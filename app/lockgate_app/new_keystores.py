"""New keystores: PKCS#12 files with a random password, or files that name a key in a token."""

from dataclasses import dataclass
from pathlib import Path

from lockgate_app.keys import RSA_BITS, new_key, new_password
from lockgate_app.next_keys import write_keystore
from lockgate_app.outputs import write_secret
from lockgate_keys.certified import KeystoreKey
from lockgate_keys.hardware.making import make_key
from lockgate_keys.hardware.token import token_of
from lockgate_keys.hardware.uri import TokenUri


@dataclass(frozen=True, slots=True)
class NewKeysIn:
    """A token, for new keys.

    Attributes:
        pin: the user's; the password of the keystores.
    """

    uri: TokenUri
    pin: str


@dataclass(frozen=True, slots=True)
class KeystoreMaker:
    """Makes keystores of one kind.

    Attributes:
        place: the token of their keys; None for PKCS#12 files.
    """

    place: NewKeysIn | None = None

    @property
    def suffix(self) -> str:
        """Of the files' names."""
        return "p12" if self.place is None else "p11"

    def new_key(self, label: str) -> KeystoreKey:
        """A new RSA key.

        Args:
            label: under which a token's programs list it.

        Raises:
            ConfigurationError, KeystoreError, Unavailable: the token cannot be used.
        """
        if self.place is None:
            return new_key()
        token = token_of(self.place.uri, self.place.pin)
        return make_key(token, f"RSA-{RSA_BITS}", label, decrypts=True)

    def write(
        self, path: Path, password_file: Path, key: KeystoreKey, certificate: bytes, authority: bytes, name: str
    ) -> None:
        """Write the keystore, and its password.

        Args:
            certificate, authority: DER.

        Raises:
            KeystoreError, ConfigurationError: a file exists or cannot be written.
        """
        password = new_password() if self.place is None else self.place.pin
        write_secret(password_file, password)
        write_keystore(path, key, certificate, (authority,), password, name)


IN_FILES = KeystoreMaker()
"""PKCS#12 files."""
