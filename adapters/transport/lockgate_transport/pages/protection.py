"""What protects pages and forms: headers on every answer, and proof that a form comes from a page of this server.

Sources: Content Security Policy Level 3; Fetch Metadata Request Headers; the Origin header (RFC 6454, 7).
"""

import hmac
from collections.abc import Callable, MutableMapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lockgate.enrolment.refusals import Refusal
from lockgate_transport.http.refusing import RefusedRequest

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",  # none at all would send forms without their origin
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
"""On every answer that does not have its own."""
TOKEN_FIELD = "form_token"  # noqa: S105  (the name of a field)
FOREIGN = "The form was not sent by a page of this server. Open the page again, and send the form from there."


class ProtectedPages:
    """An ASGI application whose answers all have `HEADERS`, also where it fails.

    Args:
        failed: makes the answer where the application raises what it must not, and logs that.
    """

    def __init__(self, app: ASGIApp, failed: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. A connection on which half an answer has left is closed by the HTTP server."""
        started = False

        async def send_protected(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_protected)
        except Exception as error:  # noqa: BLE001  (whatever it is, its answer is protected, too)
            answer = self._failed(Request(scope), error)
            if not started:
                await answer(scope, receive, send_protected)


class FormTokens:
    """Tokens that only the pages of one session hold. A form must bring the one of its session.

    Args:
        key: secret, 32 octets.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, session: str) -> str:
        """The token for the forms of a session, in hexadecimal."""
        return hmac.new(self._key, session.encode(), sha256).hexdigest()

    def require(self, session: str, given: str) -> None:
        """Find that a form's token is that of its session.

        Raises:
            RefusedRequest: 403, it is not.
        """
        if not hmac.compare_digest(self.of(session).encode(), given.encode()):
            raise RefusedRequest(403, Refusal.FOREIGN_FORM, FOREIGN, internal="the form's token is wrong or missing")


def require_own_origin(request: Request) -> None:
    """Find that a browser says that a page of this very server has sent the form.

    Raises:
        RefusedRequest: 403, it says another, or nothing.
    """
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        raise RefusedRequest(403, Refusal.FOREIGN_FORM, FOREIGN, internal="Sec-Fetch-Site is not same-origin")
    host = _host_of(request.headers.get("origin", ""))
    if not host or host != request.headers.get("host"):
        raise RefusedRequest(403, Refusal.FOREIGN_FORM, FOREIGN, internal="Origin is missing or not this server")


def _host_of(origin: str) -> str:
    """Host and port of an origin; empty where it cannot be read."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
