"""The query of a GET to the SCEP server: parameters, and a pkiMessage in base64 (RFC 8894, 4.1)."""

import asyncio
from functools import cache
from typing import Any, cast

from fuzz.running import fuzz
from lockgate_transport.scep.messages import NoPkiMessage, read_pki_message
from lockgate_transport.scep.server import ScepServer
from lockgate_transport.scep.web import BASE, PROGRAM, ScepWeb

STATUSES = {200, 400, 413}


class Reader:
    """Reads every message that comes through, and answers none."""

    def answer(self, octets: bytes, *_: object, **__: object) -> None:
        """Read it."""
        read_pki_message(octets)
        raise NoPkiMessage("this is no SCEP message")

    def capabilities(self) -> str:
        """None."""
        return ""

    def ca_certificates(self) -> bytes:
        """None."""
        return b""

    def next_ca_certificates(self, *_: object) -> bytes:
        """None."""
        return b""


@cache
def loop() -> asyncio.AbstractEventLoop:
    """One for all inputs."""
    return asyncio.new_event_loop()


def parse(octets: bytes) -> None:
    """Ask; every query gets one of the statuses that say what is wrong with it."""
    status = loop().run_until_complete(_asked(octets))
    if status not in STATUSES:
        raise AssertionError(f"status {status}")


async def _asked(query: bytes) -> int:
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{BASE}/{PROGRAM}",
        "query_string": query,
        "headers": [],
        "client": ("192.0.2.1", 4711),
    }
    found: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        found.extend([message["status"]] if "status" in message else [])

    await ScepWeb({"": cast("ScepServer", Reader())}).application(scope, receive, send)
    return found[0]


if __name__ == "__main__":
    fuzz(parse)
