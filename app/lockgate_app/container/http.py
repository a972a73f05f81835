"""HTTP servers, made from their settings."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from socket import socket
from typing import TYPE_CHECKING

from lockgate.errors import ConfigurationError
from lockgate_app.http import judge_tls
from lockgate_app.settings.http import HttpTable

if TYPE_CHECKING:  # only the extra `ra` brings what this imports
    from lockgate_transport.http.serving import Listening


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, if not where its settings say.

    Attributes:
        host, port: instead of the configured ones.
        sockets: listening already, in place of new ones.
        stopping: whether the server is to end before it has begun.
    """

    host: str | None = None
    port: int | None = None
    sockets: tuple[socket, ...] = ()
    stopping: Callable[[], bool] = lambda: False


Serve = Callable[[Place], None]
"""Serves until SIGTERM or SIGINT."""


def closing(serve: Serve, close: Callable[[], None]) -> Serve:
    """The same server, which calls `close` when it ends."""

    def serve_and_close(place: Place) -> None:
        try:
            serve(place)
        finally:
            close()

    return serve_and_close


def require_http(table: HttpTable) -> None:
    """Find that there is what serves HTTP, and that the files for TLS can be used.

    Raises:
        ConfigurationError: it is not so.
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ConfigurationError("what serves HTTP is missing: pip install 'lockgate[ra]'")
    judge_tls(table)


def require_pages() -> None:
    """Find that there is what makes HTML pages.

    Raises:
        ConfigurationError: there is not.
    """
    if find_spec("jinja2") is None or find_spec("python_multipart") is None:
        raise ConfigurationError("what makes HTML pages is missing: pip install 'lockgate[ra]'")


def listen_at(host: str, port: int) -> tuple[socket, ...]:
    """A listening socket for every address of `host`.

    Raises:
        ConfigurationError: it cannot be listened on there.
    """
    from lockgate_transport.http.connections import listen  # noqa: PLC0415

    return tuple(listen(host, port))


def listening(table: HttpTable, place: Place, longest_wait: float = 0) -> "Listening":
    """Where a server listens, and whom it believes.

    Args:
        longest_wait: seconds that an answer may take; a server that is to end waits longer.
    """
    from lockgate_transport.http.connections import ConnectionBounds  # noqa: PLC0415
    from lockgate_transport.http.serving import GRACE_SECONDS, Listening, Tls  # noqa: PLC0415

    return Listening(
        place.host or table.host,
        table.port if place.port is None else place.port,
        Tls(table.tls_certificate, table.tls_key) if table.tls_certificate and table.tls_key else None,
        tuple(table.proxies),
        bounds=ConnectionBounds(table.connections_per_client, table.connections_in_all),
        grace_seconds=max(GRACE_SECONDS, longest_wait + 5),
        sockets=place.sockets,
        stopping=place.stopping,
    )
