"""A CMP client's messages over HTTP (RFC 9811): each one in a POST, its answer bounded in size and time."""

import http.client
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Self

from lockgate.errors import PeerError, Unavailable
from lockgate_formats.cmp_client.errors import UntrustedHost
from lockgate_transport.conversations import Server, may_come_later, read_whole, response_of
from lockgate_transport.sockets import Deadline, TimedSocket
from lockgate_transport.urls import Url

CONTENT_TYPE = "application/pkixcmp"
MAX_ANSWER = 256 * 1024


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
        place = Url.of(url.partition("#")[0], "a CMP service")  # a fragment is never sent
        self._server = Server(url=place, seconds=seconds, tls=tls, monotonic=monotonic, untrusted=UntrustedHost)
        self._limit = limit
        self._keep_alive = keep_alive
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
        with self._server.talking("has not answered"):
            return self._exchanged(message, self._server.deadline())

    def _exchanged(self, message: bytes, deadline: Deadline) -> bytes:
        connected = self._reused() or self._server.connected(deadline)
        reusable = False
        try:
            with self._posted(TimedSocket(connected, deadline, self._limit), message) as response:
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

    def _posted(self, connected: TimedSocket, message: bytes) -> AbstractContextManager[http.client.HTTPResponse]:
        connection = self._server.conversation(connected)
        headers = {"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE}
        if not self._keep_alive:
            headers["Connection"] = "close"
        with suppress(BrokenPipeError, ConnectionResetError):  # a service may answer before it has read everything
            connection.request("POST", self._server.url.target, message, headers)
        return response_of(connection, connected)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        too_large = PeerError(f"the answer has more than {self._limit} octets")
        answer = read_whole(response, self._limit, too_large)
        content_type = response.headers.get_content_type()
        if content_type == CONTENT_TYPE and answer:
            return answer
        text = f"HTTP status {response.status} with {content_type} instead of {CONTENT_TYPE}"
        if may_come_later(response.status):
            raise Unavailable(f"the service has no answer now: {text}")
        raise PeerError(f"what answers is no CMP service: {text}")
