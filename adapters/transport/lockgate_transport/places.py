"""HTTP with a place that the configuration names: bounded in octets and time, without redirects."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from lockgate.errors import ConfigurationError, PeerError, Unavailable
from lockgate_transport.cmp.sockets import Deadline, TimedSocket

DEFAULT_SECONDS = 30.0
A_CRL = "a CRL"
AN_OCSP_ANSWER = "an OCSP answer"
_PORTS = {"http": 80, "https": 443}
_LATER = frozenset({408, 425, 429})
"""Besides 5xx, the statuses that say that it may be there later."""
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Url:
    """Where something is.

    Attributes:
        target: path and query.
    """

    host: str
    port: int
    target: str
    secure: bool

    @classmethod
    def of(cls, url: str, what: str) -> Self:
        """The parts of `url`, for example `http://crl.example/ca.crl`.

        Args:
            what: is there, for messages, for example `a CRL`.

        Raises:
            ConfigurationError: it is no URL of that kind, or has a user, a password or a fragment.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # its text may have the password
            raise ConfigurationError(f"this is no URL of {what}: its host or port cannot be read") from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fit = target.isascii() and target.isprintable() and " " not in target and not parts.fragment
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or not fit:
            raise ConfigurationError(
                f"this is no URL of {what}: http://HOST/PATH or https://HOST/PATH, without user and password"
            )
        return cls(parts.hostname, port or _PORTS[parts.scheme], target, parts.scheme == "https")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an exchange may take.

    Attributes:
        seconds: connecting included; looking up the host's name is not.
        octets: of what is fetched, at most.
        advice: follows the complaint about something larger; empty for none.
    """

    seconds: float
    octets: int
    advice: str = ""


class HttpPlace:
    """A URL. No redirect is followed, no credential is sent.

    Args:
        what: is there, for messages: `a CRL`.
        bounds: of each exchange.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        monotonic: seconds on a clock that never goes back.

    Raises:
        ConfigurationError: this is no such URL.
    """

    def __init__(
        self,
        url: str,
        what: str,
        bounds: Bounds,
        *,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = Url.of(url, what)
        self._what = what.partition(" ")[2]
        self._bounds = bounds
        self._tls = (tls or ssl.create_default_context()) if self._url.secure else None
        self._monotonic = monotonic

    def exchange(self, method: str, headers: Mapping[str, str], content: bytes | None = None) -> bytes:
        """What is answered with status 200.

        Raises:
            Unavailable: the server cannot be reached, is overloaded, or has not sent it in time.
            PeerError: it is not there, elsewhere, or too large; or the server is not the one that TLS must show.
        """
        deadline = Deadline(self._monotonic() + self._bounds.seconds, self._monotonic)
        where = f"{self._url.host}:{self._url.port}"
        try:
            connected = self._connected(deadline)
            try:
                return self._answered(TimedSocket(connected, deadline, self._bounds.octets), method, headers, content)
            finally:
                connected.close()
        except ssl.SSLCertVerificationError as error:
            raise PeerError(f"the TLS certificate of {where} is not accepted: {error.verify_message}") from None
        except TimeoutError:
            raise Unavailable(f"{where} has not sent the {self._what} within {self._bounds.seconds:g} s") from None
        except (OSError, http.client.IncompleteRead) as error:
            raise Unavailable(f"{where} cannot be reached: {type(error).__name__}: {error}") from None
        except (http.client.HTTPException, ValueError) as error:  # a chunk of a negative size is none of HTTP
            raise PeerError(f"{where} does not answer in HTTP: {type(error).__name__}") from None

    def _connected(self, deadline: Deadline) -> socket.socket:
        plain = socket.create_connection((self._url.host, self._url.port), deadline.left())
        try:
            plain.settimeout(deadline.left())
            return plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self._url.host)
        except BaseException:
            plain.close()
            raise

    def _answered(
        self, connected: TimedSocket, method: str, headers: Mapping[str, str], content: bytes | None
    ) -> bytes:
        connection = http.client.HTTPConnection(self._url.host, self._url.port)
        connection.default_port = _PORTS["https" if self._url.secure else "http"]
        connection.sock = connected
        every = {"Accept-Encoding": "identity", "Connection": "close"}
        connection.request(method, self._url.target, content, {**headers, **every})
        response = connection.getresponse()
        self._check_status(response.status)
        answered = response.read(self._bounds.octets + 1)
        if len(answered) > self._bounds.octets:
            raise too_large(self._what, self._bounds)
        if response.length:  # the library takes less than was announced for the whole
            raise http.client.IncompleteRead(answered, response.length)
        return answered

    def _check_status(self, status: int) -> None:
        if status == http.client.OK:
            return
        if status in _LATER or status >= http.client.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"the server has no {self._what} now: HTTP status {status}")
        if status in _REDIRECTS:
            raise PeerError(f"the server names another place: HTTP status {status}; a redirect is not followed")
        raise PeerError(f"the server has no {self._what} there: HTTP status {status}")


def too_large(what: str, bounds: Bounds) -> PeerError:
    """Of something that has more octets than it may have."""
    return PeerError(f"the {what} has more than {bounds.octets} octets{bounds.advice}")
