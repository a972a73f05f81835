"""The HTTP side of a SCEP server, with answers that a test gives, and requests to it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from lockgate.enrolment.outcome import Pending, Refused
from lockgate_transport.http.waiting import RequestTiming
from lockgate_transport.scep.server import Answer, ScepServer
from lockgate_transport.scep.web import ScepWeb

ADDRESS = "/scepraserver/scep/pkiclient.exe"
LIMIT = 64 * 1024
SLOW = RequestTiming(body=0.05, patience=0.03, interval=0.01)


@dataclass
class Canned:
    """A server that gives what it is told to, and keeps what it was sent."""

    answers: list[Answer | Exception] = field(default_factory=lambda: [Answer(b"an answer")])
    following: bytes | Refused | Pending = b"signed"
    sent: list[tuple[bytes, str, bool]] = field(default_factory=list)

    def capabilities(self) -> str:
        return "AES\n"

    def ca_certificates(self) -> bytes:
        return b"certificates"

    def next_ca_certificates(self, address: str) -> bytes | Refused | Pending:
        return self.following

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        self.sent.append((octets, address, with_chain))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def web(server: Canned, timing: RequestTiming = SLOW) -> ScepWeb:
    return ScepWeb({"": cast("ScepServer", server)}, timing)


def request(method: str, path: str, query: str, headers: dict[str, str], address: str = "192.0.2.1") -> dict[str, Any]:
    """A request's beginning, as the ASGI server passes it on."""
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


def ask(
    server: Canned,
    query: str = "",
    *,
    path: str = ADDRESS,
    method: str = "GET",
    body: list[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request, as the ASGI server passes it on; a body whose last part never comes if it ends with an empty one."""
    scope = request(method, path, query, headers or {})
    parts = list(body or [])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.request", "body": b"", "more_body": False}
        part = parts.pop(0)
        if part == b"":
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(web(server).application(scope, receive, send))
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], found, b"".join(event.get("body", b"") for event in sent[1:]))


def refusals(lines: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """What the operator's log says of each."""
    return [(line["reason"], line["client"], bool(line["detail"])) for line in lines]
