"""HTTP servers on exposed hosts: requests are bounded in size before they are read, and in time while they are.

uvicorn bounds neither: a client that sends nothing, or one octet a minute, would hold its connection for ever. Nor does
it bound what one client may hold, or how long a TLS handshake takes.
"""

import asyncio
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from lockgate_transport.connections import DEFAULT_BOUNDS, Bounds, Places, listen

HEAD_OCTETS = 128 * 1024
"""In a request's line and headers at most; a GET carries a whole message, twice encoded."""
HEAD_SECONDS = 10.0
"""For a request's line and headers."""
TLS_SECONDS = 10.0
"""For a TLS handshake, and for taking leave."""
KEEP_ALIVE_SECONDS = 5


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        limit: octets at most.
        seconds: for all of it.

    Raises:
        HTTPException: 413, it is larger; 408, it did not come in time.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise HTTPException(413, f"At most {limit} octets are accepted.")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413, f"At most {limit} octets are accepted.")
    except TimeoutError:
        raise HTTPException(408, "The request did not come in time.") from None
    return bytes(body)


class PunctualProtocol(H11Protocol):
    """Closes a connection on which the head of a request does not arrive in time."""

    head_seconds: ClassVar[float] = HEAD_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is awaited."""
        super().connection_made(transport)
        self._await_head()

    def on_response_complete(self) -> None:
        """The next request is awaited."""
        super().on_response_complete()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.head_seconds, self._too_late)

    def _too_late(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: the server's certificate with its chain, and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server listens, and whom it believes.

    Attributes:
        proxies: addresses whose X-Forwarded-For is believed; they hold connections for many.
        protocol: reads requests.
        bounds: on the connections that there may be.
        tls_seconds: for a TLS handshake, and for taking leave.
    """

    host: str
    port: int
    tls: Tls | None = None
    proxies: tuple[str, ...] = ()
    protocol: type[PunctualProtocol] = PunctualProtocol
    bounds: Bounds = DEFAULT_BOUNDS
    tls_seconds: float = TLS_SECONDS


class BoundedServer(uvicorn.Server):
    """A server that is ready to `run`: until SIGTERM or SIGINT; requests in hand are finished then.

    Attributes:
        listeners: bound already.
    """

    def __init__(self, config: uvicorn.Config, listening: Listening) -> None:
        super().__init__(config)
        self.listeners = listen(listening.host, listening.port, Places(listening.bounds, listening.proxies))
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  (uvicorn's signature)
        """Accept connections, as uvicorn does, but through its own listeners, and with less patience for TLS."""
        await self.lifespan.startup()
        protocol = partial(self._listening.protocol, self.config, self.server_state, self.lifespan.state)
        seconds = self._listening.tls_seconds if self.config.ssl else None
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                protocol,
                sock=listener,
                ssl=self.config.ssl,
                backlog=self.config.backlog,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=seconds,
            )
            for listener in self.listeners
        ]
        self.started = True


def http_server(app: ASGIApp, listening: Listening) -> BoundedServer:
    """A server that listens already, and is ready to `run`.

    Raises:
        ConfigurationError: it cannot listen there.
    """
    tls = listening.tls
    config = uvicorn.Config(
        app,
        loop="asyncio",  # what accepts connections by the listeners' own `accept`
        http=listening.protocol,
        ws="none",
        lifespan="off",
        log_config=None,
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
    return BoundedServer(config, listening)
