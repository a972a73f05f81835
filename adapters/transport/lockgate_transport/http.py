"""HTTP servers on exposed hosts: requests are bounded in size before they are read, and in time while they are.

uvicorn bounds neither: a client that sends nothing, or one octet a minute, would hold its connection for ever.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_OCTETS = 128 * 1024
"""In a request's line and headers at most; a GET carries a whole message, twice encoded."""
HEAD_SECONDS = 10.0
"""For a request's line and headers."""
KEEP_ALIVE_SECONDS = 5
MAX_CONNECTIONS = 1000


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
        proxies: addresses whose X-Forwarded-For is believed.
        protocol: reads requests.
    """

    host: str
    port: int
    tls: Tls | None = None
    proxies: tuple[str, ...] = ()
    protocol: type[PunctualProtocol] = PunctualProtocol


def http_server(app: ASGIApp, listening: Listening) -> uvicorn.Server:
    """A server that is ready to `run`: until SIGTERM or SIGINT; requests in hand are finished then."""
    tls = listening.tls
    config = uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        http=listening.protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(listening.proxies),
        forwarded_allow_ips=list(listening.proxies),
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=HEAD_OCTETS,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    return uvicorn.Server(config)
