"""Conversations over HTTP with the server that a URL names: they end in time, and their failures have one meaning."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from lockgate.errors import NotSent, PeerError, Unavailable
from lockgate_transport.sockets import Deadline, TimedSocket
from lockgate_transport.urls import PORTS, Url

_LATER = frozenset({408, 425, 429})
"""Besides 5xx, the statuses that say that it may be answered later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server of a URL.

    Attributes:
        seconds: that one exchange may take, connecting included; looking up the host's name is not.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        monotonic: seconds on a clock that never goes back.
        untrusted: what is raised where the server is not the one that TLS must show.
    """

    url: Url
    seconds: float
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    monotonic: Callable[[], float] = time.monotonic
    untrusted: type[PeerError] = PeerError

    def __post_init__(self) -> None:
        tls = (self.tls or ssl.create_default_context()) if self.url.secure else None
        object.__setattr__(self, "tls", tls)

    def deadline(self) -> Deadline:
        """Of an exchange that begins now."""
        return Deadline(self.monotonic() + self.seconds, self.monotonic)

    def connected(self, deadline: Deadline) -> socket.socket:
        """A new connection, over which nothing has been sent.

        Raises:
            NotSent: there is none in time.
            PeerError: `untrusted`.
        """
        where = self.url.where
        try:
            return self._opened(deadline)
        except ssl.SSLCertVerificationError as error:
            text = f"the TLS certificate of {where} is not accepted: {error.verify_message}"
            raise self.untrusted(text) from None
        except TimeoutError:
            raise NotSent(f"{where} has taken no connection within {self.seconds:g} s") from None
        except OSError as error:
            raise NotSent(f"{where} cannot be reached: {type(error).__name__}: {error}") from None

    def _opened(self, deadline: Deadline) -> socket.socket:
        plain = socket.create_connection((self.url.host, self.url.port), deadline.left())
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(deadline.left())
            return plain if self.tls is None else self.tls.wrap_socket(plain, server_hostname=self.url.host)
        except BaseException:
            plain.close()
            raise

    @contextmanager
    def talking(self, late: str) -> Iterator[None]:
        """An exchange, whose failures are translated.

        Args:
            late: what the server has not done in time, for messages: `has not answered`.

        Raises:
            Unavailable: the server is not there any more, or late.
            PeerError: it does not speak HTTP.
        """
        where = self.url.where
        try:
            yield
        except TimeoutError:
            raise Unavailable(f"{where} {late} within {self.seconds:g} s") from None
        except (OSError, http.client.IncompleteRead) as error:
            raise Unavailable(f"{where} cannot be reached: {type(error).__name__}: {error}") from None
        except (http.client.HTTPException, ValueError) as error:  # a chunk of a negative size is none of HTTP
            raise PeerError(f"{where} does not answer in HTTP: {type(error).__name__}") from None

    def conversation(self, connected: TimedSocket) -> http.client.HTTPConnection:
        """HTTP over that connection."""
        connection = http.client.HTTPConnection(self.url.host, self.url.port)
        connection.default_port = PORTS["https" if self.url.secure else "http"]
        connection.sock = connected
        return connection


@contextmanager
def response_of(connection: http.client.HTTPConnection, connected: TimedSocket) -> Iterator[http.client.HTTPResponse]:
    """The answer, whose head has come; it is closed with the context. The library takes a head that is cut off for a
    short one, or for none of HTTP."""
    cut_off = ConnectionResetError("the head of the answer is cut off")
    try:
        response = connection.getresponse()
    except http.client.HTTPException:
        if not connected.ended:
            raise
        raise cut_off from None
    with closing(response):
        if connected.ended:
            raise cut_off
        yield response


def read_whole(response: http.client.HTTPResponse, limit: int, too_large: PeerError) -> bytes:
    """The answer.

    Raises:
        PeerError: `too_large`, it has more than `limit` octets.
        IncompleteRead: it has fewer than were announced.
    """
    answer = response.read(limit + 1)
    if len(answer) > limit:
        raise too_large
    if response.length:  # the library takes less than was announced for the whole
        raise http.client.IncompleteRead(answer, response.length)
    return answer


def may_come_later(status: int) -> bool:
    """Whether the status says that the same may be answered later."""
    return status in _LATER or status >= http.client.INTERNAL_SERVER_ERROR
