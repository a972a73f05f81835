"""The HTTP side of a SCEP server, with answers that a test gives, and requests to it."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from lockgate.enrolment.outcome import Pending, Refused
from lockgate_transport.http.waiting import RequestTiming
from lockgate_transport.scep.server import Answer, ScepServer
from lockgate_transport.scep.web import ScepWeb
from tests.support.wire.asgi import Reply, exchange, request

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


def web(server: Canned, timing: RequestTiming = SLOW) -> ScepWeb:
    return ScepWeb({"": cast("ScepServer", server)}, timing)


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
    return asyncio.run(exchange(web(server).application, request(method, path, query, headers or {}), body or ()))
