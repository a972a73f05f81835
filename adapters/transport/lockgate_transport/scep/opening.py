"""Envelopes of pkiMessages, opened with the RA's key (RFC 8894, 3.1).

Every failure, from unwrapping the key to reading the content, gives the same result along the same path. So a client
that sends another client's ciphertext in its own message learns nothing about the content. The time until a failure
can still differ. An attack on that difference (an adaptive attack, such as Vaudenay's on the padding) needs many tries
under the same wrapped key, so each wrapped key is tried a few times only.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Unavailable
from lockgate.ports import Keystore
from lockgate_formats.cms.algorithms import BlockCipher
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.cms.enveloped import (
    Envelope,
    UnacceptedCipher,
    UnacceptedTransport,
    WrappedKey,
    content_key,
    decrypt_with,
    wrapped_key,
)
from lockgate_formats.cms.limits import EnvelopeLimits, described
from lockgate_transport.scep.algorithms import Algorithms
from lockgate_transport.scep.contents import read_content, read_envelope
from lockgate_transport.scep.messages import LIMITS

MAX_FAILURES = 3
"""Contents that may fail under one wrapped key. A device makes a new key for each message, so none fails twice."""
REMEMBERED = 65_536
"""Wrapped keys that are remembered, some 10 MB; the one that failed longest ago is forgotten first."""
Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class OpenedPkiEnvelope:
    """A pkcsPKIEnvelope (RFC 8894, 3.2.2) whose content was read.

    Attributes:
        cipher: that the client uses.
        key: the content-encryption key.
    """

    cipher: BlockCipher
    key: bytes = field(repr=False)


class FailedKeys:
    """Wrapped keys under which contents have failed; for any number of threads."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._failures: dict[bytes, int] = {}
        self._remembered = remembered
        self._lock = threading.Lock()

    def begin(self, wrapped: bytes) -> bool:
        """Whether a content may be tried under that key. It counts as failed until `succeed` says otherwise, so that
        nobody tries many at once.
        """
        key = _digest(wrapped)
        with self._lock:
            failures = self._failures.pop(key, 0)
            self._failures[key] = min(failures + 1, MAX_FAILURES)
            if len(self._failures) > self._remembered:
                del self._failures[next(iter(self._failures))]
        return failures < MAX_FAILURES

    def succeed(self, wrapped: bytes) -> None:
        """What was begun has not failed."""
        key = _digest(wrapped)
        with self._lock:
            failures = self._failures.pop(key, 0)
            if failures > 1:
                self._failures[key] = failures - 1


def _digest(wrapped: bytes) -> bytes:
    """The same for every way to write one number."""
    return hashlib.sha256(wrapped.lstrip(b"\x00")).digest()


class Opener:
    """Opens and reads contents; for any number of threads.

    Args:
        keystore: the transport key.
    """

    def __init__(self, keystore: Keystore, algorithms: Algorithms, limits: EnvelopeLimits = LIMITS) -> None:
        self._keystore = keystore
        self._own = read_certificate(keystore.certificate)
        self._algorithms = algorithms
        self._limits = limits
        self._failed = FailedKeys()

    def open(self, content: bytes, read: Callable[[bytes], Content]) -> tuple[OpenedPkiEnvelope, Content] | Refused:
        """What `read` makes of the content inside the envelope `content`.

        Args:
            read: raises for everything that does not belong there, whatever is wrong with it.

        Raises:
            Unavailable: the device that holds the key cannot be reached.
        """
        try:
            envelope = read_envelope(content, self._algorithms, self._limits)
        except UnacceptedCipher as error:
            return Refused(Refusal.UNACCEPTED_CIPHER, internal=described(error))
        except ValueError as error:
            return Refused(Refusal.NO_ENVELOPE, internal=described(error))
        try:
            wrapped = wrapped_key(envelope, self._own, self._algorithms.transports)
        except UnacceptedTransport as error:
            return Refused(Refusal.UNACCEPTED_KEY_TRANSPORT, internal=described(error))
        except ValueError as error:
            return Refused(Refusal.ANOTHER_RECIPIENT, internal=described(error))
        if envelope.cipher is None or not self._failed.begin(wrapped.octets):
            return Refused(Refusal.WRAPPED_KEY_FAILED)
        key = self._content_key(envelope, wrapped)
        found = read_content(read, decrypt_with(envelope, key))
        if isinstance(found, Refused):
            return found
        self._failed.succeed(wrapped.octets)
        return OpenedPkiEnvelope(envelope.cipher, key), found

    def _content_key(self, envelope: Envelope, wrapped: WrappedKey) -> bytes:
        try:
            return content_key(envelope, wrapped, self._keystore)
        except Unavailable:  # nothing was tried under the wrapped key
            self._failed.succeed(wrapped.octets)
            raise
