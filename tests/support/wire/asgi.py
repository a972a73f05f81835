"""Requests to an ASGI application, as a server passes them on, without a server."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def request(
    method: str, path: str, query: str, headers: Mapping[str, str], address: str = "192.0.2.1"
) -> dict[str, Any]:
    """A request's beginning."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 4711),
        "server": ("127.0.0.1", 8080),
    }


async def exchange(
    application: Starlette, scope: dict[str, Any], body: Sequence[bytes] = (), *, stays: float = 3600
) -> Reply:
    """The reply to one request.

    Args:
        body: its parts; after an empty one nothing comes.
        stays: seconds after the body before the client closes the connection.
    """
    parts = list(body) or [b"\0"]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.sleep(stays)
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        if part == b"":
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": part if body else b"", "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], found, b"".join(event.get("body", b"") for event in sent[1:]))


def refusals(lines: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """What the operator's log says of each."""
    return [(line["reason"], line["client"], bool(line["detail"])) for line in lines]
