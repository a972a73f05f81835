"""CA keys at rest, sealed under the installation's secret. Of a key in a token its URI is sealed: who may write to the
database shall not choose which key signs.

The CA's name and public key are authenticated together with the key, so that a sealed key cannot be moved to another
CA's row.
"""

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from lockgate.errors import KeystoreError
from lockgate_ca_backend.sealing import SecretBox
from lockgate_ca_backend.signing import PROOF, CaKey, CaPrivateKey, verify
from lockgate_formats.public_keys import SubjectKey, read_key
from lockgate_keys.hardware.keys import TokenKey, key_in
from lockgate_keys.hardware.token import Token
from lockgate_keys.hardware.uri import SCHEME, TokenUri


class KeySealer:
    """Seals and opens private keys.

    Args:
        secret: at least 16 octets.
        token: where keys in tokens are; None where there is none.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes, token: Token | None = None) -> None:
        self._box = SecretBox(secret, "key encryption secret")
        self._token = token

    def __repr__(self) -> str:
        return "KeySealer(…)"

    def seal(self, key: CaPrivateKey, ca_name: str, spki: bytes) -> bytes:
        """`key` as JSON that only the secret opens, for the CA of that name and public key."""
        if isinstance(key, TokenKey):  # each host has its own path to the token's library
            plain = str(replace(key.uri, module=None)).encode()
        else:
            plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._box.seal(plain, _associated(ca_name, spki))

    def open(self, sealed: bytes, ca_name: str, spki: bytes) -> PrivateKeyTypes:
        """The key that `seal` sealed. A token is not asked for it yet.

        Raises:
            KeystoreError: the secret is wrong, the row was changed, or the key is in a token that is not configured.
        """
        public = read_key(spki)
        if not isinstance(public, SubjectKey):
            raise KeystoreError(f"the key of {ca_name} is of a kind that no CA has")
        try:
            plain = self._box.open(sealed, _associated(ca_name, spki))
            if not plain.startswith(SCHEME.encode()):
                return _proved(plain, public)
        except (KeystoreError, ValueError, InvalidSignature):
            raise KeystoreError(f"the key of {ca_name} cannot be opened with this key encryption secret") from None
        uri = TokenUri.parse(plain.decode())
        if self._token is None:
            raise KeystoreError(f"the key of {ca_name} is in {uri.name}, and [ca.token] is missing")
        return key_in(self._token, self._token.uri.of_key(uri.id, uri.object), public.public_key)


def _proved(plain: bytes, public: SubjectKey) -> PrivateKeyTypes:
    """The DER key, which has signed for the public key once.

    The library's own check of an RSA key is that of a key from strangers: it searches its factors for factors, which
    takes 0.1 s of each start. This key was checked before it was sealed, and the seal proves that it is the same.

    Raises:
        KeystoreError, ValueError: it is no key of a CA.
        InvalidSignature: it is not that public key's.
    """
    key = CaKey(load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True))
    verify(public.public_key, key.digest, key.sign(PROOF), PROOF)
    return key.key


def _associated(ca_name: str, spki: bytes) -> bytes:
    return b"\x00".join((b"lockgate ca key", ca_name.encode(), spki))
