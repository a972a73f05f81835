"""HTTP servers on exposed hosts: requests are bounded in size before they are read, and in time while they are.

uvicorn bounds neither: a client that sends nothing, or one octet a minute, would hold its connection for ever, and so
would one that does not read its answers. Nor does it bound what one client may hold, how long a TLS handshake takes, or
how long it takes to end.
"""

import asyncio
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import structlog
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import HANDLED_SIGNALS

from lockgate.enrolment.refusals import Refusal
from lockgate.names.counted import counted
from lockgate_transport.http.connections import (
    DEFAULT_BOUNDS,
    BoundedListener,
    ConnectionBounds,
    Places,
    allow_descriptors,
    listen,
)
from lockgate_transport.http.framing import Rfc9112
from lockgate_transport.http.handshakes import FailedHandshakes
from lockgate_transport.http.refusing import RefusedRequest

_log = structlog.get_logger("lockgate.http")
HEAD_OCTETS = 128 * 1024
"""In a request's line and headers at most; a GET carries a whole message, twice encoded."""
HEAD_SECONDS = 10.0
"""For a request's line and headers."""
TLS_SECONDS = 10.0
"""For a TLS handshake."""
SEND_SECONDS = 60.0
"""For an answer to leave, and for TLS to take leave: 1 MiB, a CRL as large as may be, at 17 kB a second."""
GRACE_SECONDS = 30.0
"""For connections when the server is to end; longer than a wait for the CA."""
KEEP_ALIVE_SECONDS = 5


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        limit: octets at most.
        seconds: for all of it.

    Raises:
        RefusedRequest: 413, it is larger; 408, it did not come in time; 400, the client has gone.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise RefusedRequest(413, Refusal.TOO_LARGE, f"At most {limit} octets are accepted.")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise RefusedRequest(413, Refusal.TOO_LARGE, f"At most {limit} octets are accepted.")
    except TimeoutError:
        raise RefusedRequest(408, Refusal.TOO_SLOW, "The request did not come in time.") from None
    except ClientDisconnect:
        text = f"The connection was closed after {counted(len(body), 'octet')} of a body."
        raise RefusedRequest(400, Refusal.DISCONNECTED, text) from None
    return bytes(body)


class PunctualProtocol(H11Protocol):
    """Closes a connection on which the head of a request does not arrive in time, or an answer does not leave in time.

    Whatever an answer has left unsent pauses writing until all of it is sent, so that the next answer waits for that: a
    client that reads an octet now and then gains no time.

    Attributes:
        logs_refusals: whether what it refuses leaves a line in the log.
    """

    logs_refusals: ClassVar[bool] = True
    head_seconds: ClassVar[float] = HEAD_SECONDS
    send_seconds: ClassVar[float] = SEND_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _sent_by: asyncio.TimerHandle | None = None
    _gone_by: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is awaited."""
        super().connection_made(transport)
        # asyncio pauses above the limit, over TLS at the limit
        transport.set_write_buffer_limits(high=1 if self.scheme == "https" else 0, low=0)
        self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Answer octets that are no HTTP request."""
        self._log_refusal(Refusal.NO_HTTP_REQUEST, msg)
        super().send_400_response(msg)

    def pause_writing(self) -> None:
        """Octets are left unsent."""
        super().pause_writing()
        self._sent_by = self.loop.call_later(self.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """None is, any more."""
        super().resume_writing()
        if self._sent_by is not None:
            self._sent_by.cancel()

    def eof_received(self) -> None:
        """Nothing more comes. Over TLS asyncio closes then, and waits without bound for what lies below it unsent."""
        super().eof_received()
        self._gone_by = self.loop.call_later(self.send_seconds, self.transport.abort)

    def on_response_complete(self) -> None:
        """The next request is awaited."""
        super().on_response_complete()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        for timer in (self._deadline, self._sent_by, self._gone_by):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """No further request is awaited; a connection that is closed twice over TLS could not be aborted any more."""
        if not self.transport.is_closing():
            super().shutdown()

    def _await_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.head_seconds, self._too_late)

    def _too_late(self) -> None:
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            if self.conn.trailing_data[0]:
                self._log_refusal(Refusal.TOO_SLOW, "The head of the request did not come in time.")
            self.transport.close()

    def _log_refusal(self, reason: Refusal, detail: str) -> None:
        if not self.logs_refusals:
            return
        client = self.client[0] if self.client else ""
        _log.warning("refused", reason=reason.value, detail=detail, client=client)


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server's TLS works by.

    Attributes:
        certificate, key: PEM files; the server's certificate with its chain.
        prepare: changes the context before connections are taken.
    """

    certificate: Path
    key: Path
    prepare: Callable[[ssl.SSLContext], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server listens, and whom it believes.

    Attributes:
        proxies: addresses whose X-Forwarded-For is believed; they hold connections for many.
        protocol: reads requests.
        bounds: on the connections that there may be.
        tls_seconds: for a TLS handshake.
        grace_seconds: for connections when the server is to end.
        sockets: listening already, in place of new ones; another process may go on listening with them.
        stopping: whether the server is to end before it has begun.
    """

    host: str
    port: int
    tls: Tls | None = None
    proxies: tuple[str, ...] = ()
    protocol: type[PunctualProtocol] = PunctualProtocol
    bounds: ConnectionBounds = DEFAULT_BOUNDS
    tls_seconds: float = TLS_SECONDS
    grace_seconds: float = GRACE_SECONDS
    sockets: tuple[socket.socket, ...] = ()
    stopping: Callable[[], bool] = lambda: False


class BoundedServer(uvicorn.Server):
    """A server that is ready to `run`: until SIGTERM or SIGINT; what is in hand is finished then, if it can be in time.

    Attributes:
        listening: where it does, and whom it believes.
        listeners: bound already.
        log: the name of the log that is told where it listens, once it accepts connections; empty for none.
    """

    log = ""

    def __init__(self, config: uvicorn.Config, listening: Listening) -> None:
        super().__init__(config)
        allow_descriptors(listening.bounds)
        places = Places(listening.bounds, listening.proxies)
        sockets = listening.sockets or listen(listening.host, listening.port)
        self.listeners = [BoundedListener(listener, places) for listener in sockets]
        self.listening = listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the server. uvicorn raises them again after it: here only for somebody who has set a handler, so
        that what stands around the server is closed, too."""
        handled = {number for number in HANDLED_SIGNALS if signal.getsignal(number) is not signal.SIG_DFL}
        with super().capture_signals():
            yield
            self._captured_signals = [number for number in self._captured_signals if number in handled]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  (uvicorn's signature)
        """Accept connections, as uvicorn does, but through its own listeners, and with less patience for TLS."""
        await self.lifespan.startup()
        of = self.listening
        protocol = partial(of.protocol, self.config, self.server_state, self.lifespan.state)
        handshake, leave = (of.tls_seconds, of.protocol.send_seconds) if self.config.ssl else (None, None)
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                protocol,
                sock=listener,
                ssl=self.config.ssl,
                backlog=self.config.backlog,
                ssl_handshake_timeout=handshake,
                ssl_shutdown_timeout=leave,
            )
            for listener in self.listeners
        ]
        self.started = True
        if self.log:
            _tell(self.log, of)
        self.should_exit = self.should_exit or of.stopping()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for connections and requests, as uvicorn does, but let no client make that longer."""
        overdue = asyncio.get_running_loop().call_later(self.listening.grace_seconds, self._abort)
        await super().shutdown(sockets)
        overdue.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def http_server(app: ASGIApp, listening: Listening) -> BoundedServer:
    """A server that listens already, and is ready to `run`.

    Raises:
        ConfigurationError: it cannot listen there.
    """
    tls = listening.tls
    config = uvicorn.Config(
        Rfc9112(app),
        loop="asyncio",  # what accepts connections by the listeners' own `accept`
        http=listening.protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # its warnings name no client
        access_log=False,
        server_header=False,
        proxy_headers=bool(listening.proxies),
        forwarded_allow_ips=list(listening.proxies),
        limit_concurrency=None,  # the listeners bound it, from the first moment of each connection
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=HEAD_OCTETS,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    if tls is not None:
        config.load()
        if config.ssl is not None:
            FailedHandshakes(time.monotonic).watch(config.ssl)
            tls.prepare(config.ssl)
    return BoundedServer(config, listening)


def serve_http(app: ASGIApp, listening: Listening, log: str) -> None:
    """Answer until SIGTERM or SIGINT.

    Args:
        log: the name of the log that is told where it listens.

    Raises:
        ConfigurationError: it cannot listen there.
    """
    run_server(http_server(app, listening), log)


def run_server(server: BoundedServer, log: str) -> None:
    """Answer until SIGTERM or SIGINT.

    Args:
        log: the name of the log that is told where it listens.
    """
    server.log = log
    with suppress(KeyboardInterrupt):  # asyncio's own handler of SIGINT raises it after a good end
        server.run()


def _tell(log: str, at: Listening) -> None:
    structlog.get_logger(log).info("listening", host=at.host, port=at.port, tls=at.tls is not None)
