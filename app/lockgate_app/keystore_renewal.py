"""An RA's keystore, renewed by its own key through the message database.

The files of each step stay beside the keystore until the renewal is done. So if the program is interrupted, the next
run goes on: first the next key, then the message in the outbox, then the new keystore in the old one's place.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError, UnverifiedAnswer
from lockgate.ports import Keystore
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import PKCS10Response, Response
from lockgate_app.container.keystores import RA_PASSWORD, configured_keystore, open_keystore
from lockgate_app.next_keys import next_key, request_for, signing_key, write_keystore
from lockgate_app.settings import Secret
from lockgate_formats.cms.certs_only import certificates_in
from lockgate_formats.requests.renewal import renewal_request
from lockgate_keys.certified import KeystoreKey
from lockgate_keys.replacing import replace_keystore


@dataclass(frozen=True, slots=True)
class KeystoreRenewal:
    """One keystore's renewal.

    Attributes:
        path: the PKCS#12, or the file that names a key in a token.
        password: its password (or the token's PIN), which the next one has, too: so there is one file to be replaced,
            and that at once.
        keystore: the opened keystore.
    """

    path: Path
    password: str
    keystore: Keystore

    @classmethod
    def of(cls, path: Path, password: Secret) -> "KeystoreRenewal":
        """The renewal of the RA's keystore at `path`.

        Raises:
            ConfigurationError: there is no password where the setting says that it is, or the file belongs to another
                user, who could not read the next one.
            KeystoreError: it cannot be opened.
        """
        renewal = cls(path, password.reveal(), configured_keystore(path, password, RA_PASSWORD))
        if path.stat().st_uid != os.geteuid():
            raise ConfigurationError(f"{path}: belongs to another user: run this as the user that the RA runs as")
        return renewal

    @property
    def ends(self) -> datetime:
        """Until when the certificate is valid, UTC."""
        return self._certificate.not_valid_after_utc

    @property
    def _certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.keystore.certificate)

    @property
    def _next(self) -> Path:
        """Where the next key waits, encrypted, until it is certified."""
        return self.path.with_name(f"{self.path.name}.next")

    def ask(self, ra: RaClient, wait: timedelta) -> Response:
        """The CA's answer, asked for now or taken up again.

        Raises:
            NoAnswer: none came within `wait`; the next run takes it up.
        """
        own = signing_key(self.path, self.password)
        pending = self._asked(ra, next_key(self._next, own, self.password))
        (response,) = ra.wait(pending, wait)
        if isinstance(response, PKCS10Response) and response.success:
            self._replace(response)
        self._next.unlink()
        ra.forget(pending)
        return response

    def tidy(self) -> None:
        """Remove what a run has left that was ended when all was done but that."""
        if self._next.exists():
            own, waiting = (signing_key(path, self.password).public_key() for path in (self.path, self._next))
            if waiting == own:
                self._next.unlink()

    def _asked(self, ra: RaClient, key: KeystoreKey) -> SentMessage:
        """The request for the key that waits: each such key has a message of its own."""
        message_id = f"keystore-{hashlib.sha256(self._next.read_bytes()).hexdigest()[:32]}"
        if any(kept.message_id == message_id for kept in ra.kept().messages):
            return ra.resume(message_id)
        pkcs10 = request_for(key, self.keystore.certificate)
        request = renewal_request(secrets.randbits(63), self.keystore, pkcs10)
        return ra.send([request], message_id=message_id)

    def _replace(self, response: PKCS10Response) -> None:
        if response.certificate is None or response.pkcs7 is None:
            raise UnverifiedAnswer("the answer does not hold what was asked for")
        key, certificate = signing_key(self._next, self.password), response.certificate
        packed = (one.public_bytes(Encoding.DER) for one in certificates_in(response.pkcs7))
        chain = tuple(one for one in packed if one != certificate)

        def write(path: Path) -> None:
            write_keystore(path, key, certificate, chain, self.password, self.path.stem)
            open_keystore(path, self.password)

        replace_keystore(self.path, write)
