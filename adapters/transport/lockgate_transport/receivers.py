"""What takes messages at a URL by POST, as a webhook. It is bounded in time, and no redirect is followed."""

import http.client
import ssl
import time
from collections.abc import Callable, Mapping

from lockgate.errors import ConfigurationError, PeerError, Unavailable
from lockgate_transport.conversations import Server, may_come_later, response_of
from lockgate_transport.sockets import TimedSocket
from lockgate_transport.urls import Url

DEFAULT_SECONDS = 30.0
MAX_HEAD = 64 * 1024
"""Octets of an answer that are read at most; what it says is of no interest."""
_TAKEN = range(http.client.OK, http.client.MULTIPLE_CHOICES)


class Receiver:
    """Takes messages at a URL.

    Args:
        name: what it is, for messages: `webhook`.
        content_type: of the messages.
        headers: further ones; their values may be secrets.
        seconds: that a message may take, connecting included; looking up the host's name is not.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        monotonic: seconds on a clock that never goes back.

    Raises:
        ConfigurationError: this is no URL of such a receiver, or no header can have such a value.
    """

    def __init__(
        self,
        url: str,
        name: str,
        content_type: str,
        headers: Mapping[str, str],
        *,
        seconds: float = DEFAULT_SECONDS,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        for header, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise ConfigurationError(f"the {name}'s header {header} has printable ASCII characters only")
        self._name = name
        self._server = Server(url=Url.of(url, f"a {name}"), seconds=seconds, tls=tls, monotonic=monotonic)
        self._headers: Mapping[str, str] = {
            **headers,
            "Content-Type": content_type,
            "Connection": "close",
        }

    def __call__(self, message: bytes) -> None:
        """Send `message`.

        Raises:
            Unavailable: the server cannot be reached, is overloaded, or has not answered in time; it may have got it.
            PeerError: it does not take the message, or is not the one that TLS must show.
        """
        deadline = self._server.deadline()
        with self._server.talking("has not answered"):
            connected = self._server.connected(deadline)
            try:
                self._post(TimedSocket(connected, deadline, MAX_HEAD), message)
            finally:
                connected.close()

    def _post(self, connected: TimedSocket, message: bytes) -> None:
        connection = self._server.conversation(connected)
        connection.request("POST", self._server.url.target, message, dict(self._headers))
        with response_of(connection, connected) as response:
            status = response.status
        if status in _TAKEN:
            return
        text = f"the {self._name} at {self._server.url.where} has not taken the message: HTTP status {status}"
        raise Unavailable(text) if may_come_later(status) else PeerError(text)
