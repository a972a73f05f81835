"""The cookie that holds a session's id.

It is read here, and not by Starlette: the standard library's reader, which Starlette calls, takes quadratic time for a
quoted value on Pythons before 3.11.10 and 3.12.6 (CVE-2024-7592), and somebody without a session may send 100 kB.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Reads, sets and deletes it.

    Attributes:
        secure: whether the console is served over TLS.
    """

    secure: bool

    @property
    def name(self) -> str:
        """Over TLS, one that no other host can have set (RFC 6265bis, 4.1.3.2)."""
        return "__Host-console" if self.secure else "console"

    def of(self, request: Request) -> str:
        """The id that a browser sends, as it stands there; empty where it sends none."""
        return next((value for name, value in _pairs(request) if name == self.name), "")

    def set(self, response: Response, session_id: str) -> None:
        """Let the browser send the id from now on."""
        response.set_cookie(self.name, session_id, path="/", secure=self.secure, httponly=True, samesite="strict")

    def delete(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="strict")


def _pairs(request: Request) -> Iterator[tuple[str, str]]:
    for header in request.headers.getlist("cookie"):
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            yield name.strip(), value.strip()
