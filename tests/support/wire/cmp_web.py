"""The HTTP side of CMP with answers that a test gives, and requests to it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lockgate_transport.cmp.vocabulary import MEDIA_TYPE
from lockgate_transport.cmp.web import CmpWeb
from lockgate_transport.http.waiting import RequestTiming, WaitingBounds
from tests.support.wire.asgi import Reply, exchange, request

PATH = "/cmpProxy/alias"
LIMIT = 64 * 1024
SLOW = RequestTiming(body=0.05)
HEADERS = {"content-type": MEDIA_TYPE}


@dataclass
class CannedCmp:
    """Answers what it is told to, and keeps what it was sent."""

    given: bytes | Exception = b"an answer"
    sent: list[tuple[str, bytes, str]] = field(default_factory=list)
    answering: asyncio.Event | None = None
    """Until it is set nothing is answered."""

    async def __call__(self, alias: str, octets: bytes, address: str) -> bytes:
        self.sent.append((alias, octets, address))
        if self.answering is not None:
            await self.answering.wait()
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


def web(answer: CannedCmp, waiting: WaitingBounds | None = None) -> CmpWeb:
    return CmpWeb(answer, timing=SLOW, waiting=waiting or WaitingBounds(), max_size=LIMIT)


def post(
    answer: CannedCmp,
    path: str = PATH,
    *,
    method: str = "POST",
    body: Sequence[bytes] = (b"a message",),
    headers: Mapping[str, str] = HEADERS,
) -> Reply:
    """One request; a body whose last part never comes if it ends with an empty one."""
    return asyncio.run(exchange(web(answer).application, request(method, path, "", headers), body))
