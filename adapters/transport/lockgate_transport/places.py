"""HTTP with a place that the configuration names: bounded in octets and time, without redirects."""

import http.client
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockgate.errors import PeerError, Unavailable
from lockgate_transport.conversations import Server, may_come_later, read_whole, response_of
from lockgate_transport.sockets import TimedSocket
from lockgate_transport.urls import Url

DEFAULT_SECONDS = 30.0
A_CRL = "a CRL"
AN_OCSP_ANSWER = "an OCSP answer"
_REDIRECTS = range(300, 400)


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
        self._server = Server(url=Url.of(url, what), seconds=bounds.seconds, tls=tls, monotonic=monotonic)
        self._what = what.partition(" ")[2]
        self._bounds = bounds

    def exchange(self, method: str, headers: Mapping[str, str], content: bytes | None = None) -> bytes:
        """What is answered with status 200.

        Raises:
            Unavailable: the server cannot be reached, is overloaded, or has not sent it in time.
            PeerError: it is not there, elsewhere, or too large; or the server is not the one that TLS must show.
        """
        deadline = self._server.deadline()
        with self._server.talking(f"has not sent the {self._what}"):
            connected = self._server.connected(deadline)
            try:
                return self._answered(TimedSocket(connected, deadline, self._bounds.octets), method, headers, content)
            finally:
                connected.close()

    def _answered(
        self, connected: TimedSocket, method: str, headers: Mapping[str, str], content: bytes | None
    ) -> bytes:
        connection = self._server.conversation(connected)
        every = {"Accept-Encoding": "identity", "Connection": "close"}
        connection.request(method, self._server.url.target, content, {**headers, **every})
        with response_of(connection, connected) as response:
            self._check_status(response.status)
            return read_whole(response, self._bounds.octets, too_large(self._what, self._bounds))

    def _check_status(self, status: int) -> None:
        if status == http.client.OK:
            return
        if may_come_later(status):
            raise Unavailable(f"the server has no {self._what} now: HTTP status {status}")
        if status in _REDIRECTS:
            raise PeerError(f"the server names another place: HTTP status {status}; a redirect is not followed")
        raise PeerError(f"the server has no {self._what} there: HTTP status {status}")


def too_large(what: str, bounds: Bounds) -> PeerError:
    """Of something that has more octets than it may have."""
    return PeerError(f"the {what} has more than {bounds.octets} octets{bounds.advice}")
