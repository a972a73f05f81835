"""A CMP client's messages over HTTP (RFC 9811): each one in a POST, its answer bounded in size and time."""

import http.client
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from lockgate.errors import NotSent, PeerError, Unavailable
from lockgate_formats.cmp_client.errors import UntrustedHost
from lockgate_transport.cmp.sockets import Deadline, TimedSocket
from lockgate_transport.places import Url

CONTENT_TYPE = "application/pkixcmp"
MAX_ANSWER = 256 * 1024
_PORTS = {"http": 80, "https": 443}
_LATER = frozenset({408, 425, 429})
"""Besides 5xx, the statuses that say that the same message may be answered later."""


class HttpCarry:
    """Carries messages to the service at a URL; what `CmpClient` calls `carry`. A context manager.

    Args:
        url: of the service, `http` or `https`.
        seconds: that one message and its answer may take, connecting included; looking up the host's name is not.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        limit: octets of an answer at most.
        keep_alive: whether a connection serves several messages. One thread at a time may use such a carry.
        monotonic: seconds on a clock that never goes back.

    Raises:
        ConfigurationError: the URL is none of a CMP service.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = 60.0,
        tls: ssl.SSLContext | None = None,
        limit: int = MAX_ANSWER,
        keep_alive: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = Url.of(url.partition("#")[0], "a CMP service")  # a fragment is never sent
        self._seconds = seconds
        self._tls = (tls or ssl.create_default_context()) if self._place.secure else None
        self._limit = limit
        self._keep_alive = keep_alive
        self._monotonic = monotonic
        self._kept: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close a connection that was kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def __call__(self, message: bytes) -> bytes:
        """The service's answer to the DER PKIMessage `message`.

        Raises:
            NotSent: the service cannot be reached, and has got nothing.
            Unavailable: the service is overloaded, or has not answered in time. It may have got the message.
            UntrustedHost: what answers is not the host that TLS must show; it has got nothing.
            PeerError: what answered is no CMP service.
        """
        deadline = Deadline(self._monotonic() + self._seconds, self._monotonic)
        where = f"{self._place.host}:{self._place.port}"
        try:
            return self._exchanged(message, deadline)
        except TimeoutError:
            raise Unavailable(f"{where} has not answered within {self._seconds:g} s") from None
        except (OSError, http.client.IncompleteRead) as error:
            raise Unavailable(f"{where} cannot be reached: {type(error).__name__}: {error}") from None
        except (http.client.HTTPException, ValueError) as error:  # a chunk of a negative size is none of HTTP
            raise PeerError(f"{where} does not answer in HTTP: {type(error).__name__}") from None

    def _exchanged(self, message: bytes, deadline: Deadline) -> bytes:
        connected = self._reused() or self._connected(deadline)
        reusable = False
        try:
            response = self._posted(TimedSocket(connected, deadline, self._limit), message)
            answer = self._read(response)
            reusable = self._keep_alive and not response.will_close
        finally:
            if not reusable:
                connected.close()
        self._kept = connected if reusable else None
        return answer

    def _reused(self) -> socket.socket | None:
        """The connection that was kept, unless the service has closed it meanwhile."""
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        readable, _, _ = select.select([kept], [], [], 0)
        if readable:
            kept.close()
            return None
        return kept

    def _connected(self, deadline: Deadline) -> socket.socket:
        """A new connection, over which nothing has been sent."""
        where = f"{self._place.host}:{self._place.port}"
        try:
            return self._opened(deadline)
        except ssl.SSLCertVerificationError as error:
            raise UntrustedHost(f"the TLS certificate of {where} is not accepted: {error.verify_message}") from None
        except TimeoutError:
            raise NotSent(f"{where} has taken no connection within {self._seconds:g} s") from None
        except OSError as error:
            raise NotSent(f"{where} cannot be reached: {type(error).__name__}: {error}") from None

    def _opened(self, deadline: Deadline) -> socket.socket:
        plain = socket.create_connection((self._place.host, self._place.port), deadline.left())
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(deadline.left())
            return plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self._place.host)
        except BaseException:
            plain.close()
            raise

    def _posted(self, connected: TimedSocket, message: bytes) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._place.host, self._place.port)
        connection.default_port = _PORTS["https" if self._place.secure else "http"]
        connection.sock = connected
        headers = {"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE}
        if not self._keep_alive:
            headers["Connection"] = "close"
        with suppress(BrokenPipeError, ConnectionResetError):  # a service may answer before it has read everything
            connection.request("POST", self._place.target, message, headers)
        return _response(connection, connected)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        answer = response.read(self._limit + 1)
        content_type = response.headers.get_content_type()
        if len(answer) > self._limit:
            raise PeerError(f"the answer has more than {self._limit} octets")
        if response.length:  # the library takes less than was announced for an answer
            raise http.client.IncompleteRead(answer, response.length)
        if content_type == CONTENT_TYPE and answer:
            return answer
        text = f"HTTP status {response.status} with {content_type} instead of {CONTENT_TYPE}"
        if response.status in _LATER or response.status >= http.client.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"the service has no answer now: {text}")
        raise PeerError(f"what answers is no CMP service: {text}")


def _response(connection: http.client.HTTPConnection, connected: TimedSocket) -> http.client.HTTPResponse:
    """The head of the answer. The library takes one that is cut off for a short one, or for none of HTTP."""
    try:
        response = connection.getresponse()
    except http.client.HTTPException:
        if not connected.ended:
            raise
        raise ConnectionResetError("the head of the answer is cut off") from None
    if connected.ended:
        raise ConnectionResetError("the head of the answer is cut off")
    return response
