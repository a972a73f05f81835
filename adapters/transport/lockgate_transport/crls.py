"""CRLs where a CA publishes them: at a URL (RFC 5280, 4.2.1.13; RFC 4387 by GET), or in a file."""

import http.client
import os
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError, PeerError, Unavailable
from lockgate.ports import PublishedCrls
from lockgate_transport.cmp.sockets import Deadline, TimedSocket

DEFAULT_LIMIT = 16 * 1024 * 1024
"""Octets of a CRL at most."""
DEFAULT_SECONDS = 30.0
_PORTS = {"http": 80, "https": 443}
_LATER = frozenset({408, 425, 429})
"""Besides 5xx, the statuses that say that the CRL may be there later."""
_REDIRECTS = range(300, 400)
_PEM = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Url:
    """Where a CRL is.

    Attributes:
        target: path and query.
    """

    host: str
    port: int
    target: str
    secure: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """The parts of `url`, for example `http://crl.example/ca.crl`.

        Raises:
            ConfigurationError: it is no URL of that kind, or has a user, a password or a fragment.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(f"this is no URL of a CRL: {error}") from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fit = target.isascii() and target.isprintable() and " " not in target and not parts.fragment
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or not fit:
            raise ConfigurationError(
                "this is no URL of a CRL: http://HOST/PATH or https://HOST/PATH, without user and password"
            )
        return cls(parts.hostname, port or _PORTS[parts.scheme], target, parts.scheme == "https")


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
        self._url = Url.of(url)
        self._seconds = seconds
        self._limit = limit
        self._tls = (tls or ssl.create_default_context()) if self._url.secure else None
        self._monotonic = monotonic

    def crl(self, ca_certificate: bytes) -> bytes:  # noqa: ARG002  (a URL has one CRL)
        """What is there now.

        Raises:
            Unavailable: the server cannot be reached, is overloaded, or has not sent it in time.
            PeerError: it is not there, elsewhere, or too large; or the server is not the one that TLS must show.
        """
        deadline = Deadline(self._monotonic() + self._seconds, self._monotonic)
        where = f"{self._url.host}:{self._url.port}"
        try:
            connected = self._connected(deadline)
            try:
                return self._fetched(TimedSocket(connected, deadline))
            finally:
                connected.close()
        except ssl.SSLCertVerificationError as error:
            raise PeerError(f"the TLS certificate of {where} is not accepted: {error.verify_message}") from None
        except TimeoutError:
            raise Unavailable(f"{where} has not sent the CRL within {self._seconds:g} s") from None
        except (OSError, http.client.IncompleteRead) as error:
            raise Unavailable(f"{where} cannot be reached: {type(error).__name__}: {error}") from None
        except http.client.HTTPException as error:
            raise PeerError(f"{where} does not answer in HTTP: {type(error).__name__}") from None

    def _connected(self, deadline: Deadline) -> socket.socket:
        plain = socket.create_connection((self._url.host, self._url.port), deadline.left())
        try:
            plain.settimeout(deadline.left())
            return plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self._url.host)
        except BaseException:
            plain.close()
            raise

    def _fetched(self, connected: TimedSocket) -> bytes:
        connection = http.client.HTTPConnection(self._url.host, self._url.port)
        connection.default_port = _PORTS["https" if self._url.secure else "http"]
        connection.sock = connected
        headers = {"Accept": "application/pkix-crl", "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("GET", self._url.target, headers=headers)
        response = connection.getresponse()
        self._check_status(response.status)
        content = response.read(self._limit + 1)
        if len(content) > self._limit:
            raise _too_large(self._limit)
        if response.length:  # the library takes less than was announced for the whole
            raise http.client.IncompleteRead(content, response.length)
        return content

    def _check_status(self, status: int) -> None:
        if status == http.client.OK:
            return
        if status in _LATER or status >= http.client.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"the server has no CRL now: HTTP status {status}")
        if status in _REDIRECTS:
            raise PeerError(f"the server names another place: HTTP status {status}; a redirect is not followed")
        raise PeerError(f"the server has no CRL there: HTTP status {status}")


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
            raise _too_large(self._limit)
        if not content.startswith(_PEM):
            return content
        try:
            return x509.load_pem_x509_crl(content).public_bytes(Encoding.DER)
        except ValueError:
            raise PeerError(f"{self._path} holds no CRL") from None


def _at_once(path: str, flags: int) -> int:
    """Waits for no writer of a pipe. What is no file is closed by `open`."""
    return os.open(path, flags | os.O_NONBLOCK)


def _too_large(limit: int) -> PeerError:
    return PeerError(f"the CRL has more than {limit} octets; max_crl_size allows no more")
