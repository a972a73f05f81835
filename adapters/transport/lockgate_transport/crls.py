"""CRLs where a CA publishes them: at a URL (RFC 5280, 4.2.1.13; RFC 4387 by GET), or in a file."""

import os
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import PeerError, Unavailable
from lockgate.ports import PublishedCrls
from lockgate_transport.places import A_CRL, DEFAULT_SECONDS, Bounds, HttpPlace, too_large

DEFAULT_LIMIT = 16 * 1024 * 1024
"""Octets of a CRL at most."""
_PEM = b"-----BEGIN "


class HttpCrls(PublishedCrls):
    """The CRL at a URL. No redirect is followed, no credential is sent.

    Args:
        seconds: that a fetch may take, connecting included; looking up the host's name is not.
        limit: octets of a CRL at most.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        monotonic: seconds on a clock that never goes back.

    Raises:
        ConfigurationError: this is no URL of a CRL.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = DEFAULT_SECONDS,
        limit: int = DEFAULT_LIMIT,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = HttpPlace(url, A_CRL, _bounds(limit, seconds), tls=tls, monotonic=monotonic)

    def crl(self, ca_certificate: bytes) -> bytes:  # noqa: ARG002  (a URL has one CRL)
        """What is there now.

        Raises:
            Unavailable: the server cannot be reached, is overloaded, or has not sent it in time.
            PeerError: it is not there, elsewhere, or too large; or the server is not the one that TLS must show.
        """
        return self._place.exchange("GET", {"Accept": "application/pkix-crl"})


class CrlInFile(PublishedCrls):
    """The CRL in a file, DER or PEM. Who brings it there is the operator's.

    Args:
        limit: octets of the file at most.
    """

    def __init__(self, path: Path, limit: int = DEFAULT_LIMIT) -> None:
        self._path = path
        self._limit = limit

    def crl(self, ca_certificate: bytes) -> bytes:  # noqa: ARG002  (a file has one CRL)
        """What is in the file now.

        Raises:
            Unavailable: the file cannot be read now.
            PeerError: it is too large, or holds no CRL.
        """
        try:
            with open(self._path, "rb", opener=_at_once) as file:
                content = file.read(self._limit + 1) or b""  # a pipe without a writer has nothing now
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be read: {error.strerror}") from None
        if len(content) > self._limit:
            raise too_large("CRL", _bounds(self._limit))
        if not content.startswith(_PEM):
            return content
        try:
            return x509.load_pem_x509_crl(content).public_bytes(Encoding.DER)
        except ValueError:
            raise PeerError(f"{self._path} holds no CRL") from None


def _at_once(path: str, flags: int) -> int:
    """Waits for no writer of a pipe. What is no file is closed by `open`."""
    return os.open(path, flags | os.O_NONBLOCK)


def _bounds(limit: int, seconds: float = DEFAULT_SECONDS) -> Bounds:
    return Bounds(seconds, limit, "; max_crl_size allows no more")
