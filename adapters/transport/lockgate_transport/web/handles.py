"""Handles: the addresses of transactions. Nobody can guess one, and nobody can tell from one what it was made of.

    handle          HMAC over username, one-time password and what is asked for, with the servers' secret
    transaction id  SHA-256 over the handle: it stands in the message database, and whoever reads that gets no handle

The same form makes the same handle, at every server that has the same secret. So it finds its transaction again.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from lockgate_transport.web.vocabulary import Wanted

HANDLE = re.compile("[A-Za-z0-9_-]{43}")
_HANDLE_LABEL, _DIGEST_LABEL = b"lockgate WEB handle", b"lockgate WEB request"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks.

    Attributes:
        password: the end entity's one-time password. A secret.
    """

    username: str
    password: str = field(repr=False)


class Handles:
    """Makes handles.

    Args:
        secret: that the servers on one message database share.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, wanted: Wanted, credentials: Credentials, request: str) -> str:
        """The handle of the transaction that these credentials and this request open.

        Args:
            request: the digest of a PKCS#10, or of the wishes for a keystore: others open another transaction, and so
                only the CA tells whether the password is right.
        """
        told = (wanted.value, credentials.username, credentials.password, request)
        return base64.urlsafe_b64encode(self._keyed(_HANDLE_LABEL, told)).rstrip(b"=").decode()

    def belongs(self, handle: str, credentials: Credentials, request: str) -> bool:
        """Whether the handle of a keystore was made with these credentials.

        Args:
            request: as the handle's transaction has it.
        """
        return hmac.compare_digest(self.of(Wanted.KEYSTORE, credentials, request), handle)

    def digest(self, *secrets: str) -> str:
        """What stands for secret wishes in a transaction, hexadecimal."""
        return self._keyed(_DIGEST_LABEL, secrets).hex()

    def _keyed(self, label: bytes, told: tuple[str, ...]) -> bytes:
        octets = (part.encode() for part in told)
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in octets)
        return hmac.digest(self._secret, label + framed, "sha256")


def transaction_id(handle: str) -> str:
    """The id of a handle's transaction."""
    return hashlib.sha256(handle.encode()).hexdigest()
