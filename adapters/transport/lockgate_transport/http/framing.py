"""Requests as HTTP/1.1 (RFC 9112) writes them, where h11 and uvicorn leave something to the application."""

from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLOSE = (b"connection", b"close")
_FRAMINGS = {b"content-length", b"transfer-encoding"}
_SCHEMES = (b"http://", b"https://")


class Rfc9112:
    """An ASGI application that serves absolute-form targets, and closes connections whose framing is ambiguous.

    Args:
        app: serves paths alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        target: bytes = scope["raw_path"]
        if target.lower().startswith(_SCHEMES):
            scope = {**scope, **_path_of(target)}
        await self._app(scope, receive, _closing(send) if _is_framed_twice(scope) else send)


def _path_of(target: bytes) -> Scope:
    """The path in an absolute-form target (RFC 9112, 3.2.2); its authority says nothing about which server answers."""
    _, _, path = target.partition(b"://")[2].partition(b"/")
    raw = b"/" + path
    return {"raw_path": raw, "path": unquote(raw.decode("ascii"))}


def _is_framed_twice(scope: Scope) -> bool:
    """Whether a request has both headers that say where it ends: perhaps an attempt at request smuggling."""
    return {name for name, _ in scope["headers"]} >= _FRAMINGS


def _closing(send: Send) -> Send:
    """The connection must be closed after the answer (RFC 9112, 6.1)."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
        await send(message)

    return sending
