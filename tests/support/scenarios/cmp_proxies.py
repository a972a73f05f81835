"""A CMP proxy on a message store, and a CA's side that answers its submessages through real envelopes."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from lockgate.ports import Clock, MessageStore, Opened, Signed, WakeUp
from lockgate.queue.message import ClaimedMessage, Processed
from lockgate.queue.polling import Polling, PollingBounds
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.reasons import Rejected
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf, Place, Recipient, RequestHeader
from lockgate.requests.submessages import CMPRequest, CMPResponse, Response
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.submessages.contents import JsonContents
from lockgate_testing.doubles.outbox import MemoryOutbox
from lockgate_transport.cmp.checks import MessageCheck
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.proxy import CmpProxy, ProxyParts, ProxyRules
from lockgate_transport.cmp.vocabulary import CMP
from lockgate_transport.cmp.watching import AnswerWatch
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.pki import identities
from tests.support.wire.cmp_carried import answer_to

RECIPIENT = Recipient("ca", "source")
CONTENTS = JsonContents()
LEASE = timedelta(minutes=1)
ADDRESS = "192.0.2.1"
T = TypeVar("T")
Respond = Callable[[str, bytes], bytes | Rejected]


class CmpCa:
    """A worker with a CMP service: the same octets again bring the same answer.

    Attributes:
        delivered: the aliases and messages of all submessages, in their order.
        lifetimes: how long each of them may wait.
    """

    def __init__(self, store: MessageStore, respond: Respond = lambda _, octets: answer_to(octets)) -> None:
        self._store = store
        self._respond = respond
        self._envelopes = CmsEnvelopes(identities.worker().keystore)
        self.delivered: list[tuple[str, bytes]] = []
        self.lifetimes: list[timedelta] = []

    def answer_all(self) -> int:
        """Answer what waits; tells how many messages."""
        claimed = self._store.claim(100, LEASE)
        settled = [Processed(message, self.answer(message)) for message in claimed]
        return sum(self._store.settle(settled))

    def answer(self, claimed: ClaimedMessage) -> bytes:
        """The answers to a message."""
        parts = self._envelopes.split(claimed.content or b"")
        assert isinstance(parts, tuple)
        assert claimed.type == CMP.message_type
        return self._envelopes.join([self._sealed(part) for part in parts])

    def _sealed(self, part: bytes) -> bytes:
        opened = self._envelopes.open(part)
        assert isinstance(opened, Opened)
        signed = self._envelopes.verify(opened)
        assert isinstance(signed, Signed)
        assert opened.encrypted
        header = CONTENTS.read_header(signed.content)
        assert isinstance(header, RequestHeader)
        answer = AnswerContent(
            response=self._response(header),
            digest=hashlib.sha256(signed.content).hexdigest(),
            digest_of=DigestOf.REQUEST,
            place=Place(header.place.message_id, 1, 1),
            recipient=RECIPIENT,
            created=header.created,
        )
        content = CONTENTS.encode_answer(answer)
        return self._envelopes.seal(content, ContentKind.ANSWER, sign=True, encrypt_to=signed.certificate)

    def _response(self, header: RequestHeader) -> Response:
        asked = CONTENTS.read_request(header)
        assert isinstance(asked, CMPRequest)
        self.lifetimes.append(header.expires - header.created)
        self.delivered.append((asked.cmp_alias, asked.pki_message))
        found = self._respond(asked.cmp_alias, asked.pki_message)
        if isinstance(found, Rejected):
            said: dict[str, Any] = {"success": False, "reason": found.reason, "fail_info": found.fail_info}
        else:
            said = {"success": True, "pki_message": found}
        return CMPResponse(request_id=asked.request_id, **said)


async def until(found: Callable[[], T]) -> T:
    """What `found` gives, as soon as that is something."""
    for _ in range(2000):
        if something := found():
            return something
        await asyncio.sleep(0.005)
    raise AssertionError("it has not happened")


@contextmanager
def working(ca: CmpCa, pause: float = 0.005) -> Iterator[None]:
    """`ca` answers in a thread of its own."""
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            if not ca.answer_all():
                done.wait(pause)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(10)


@dataclass(kw_only=True)
class ProxySite:
    """An RA's host.

    Attributes:
        wake_up: makes what tells the proxy when to look.
    """

    store: MessageStore
    rules: ProxyRules = field(default_factory=ProxyRules)
    checks: Sequence[MessageCheck] = ()
    clock: Clock = field(default_factory=HostClock)
    wake_up: Callable[[], WakeUp] | None = None

    @property
    def polling(self) -> WakeUp:
        return Polling(PollingBounds(0.01, 0.05), self.clock.sleep, self.clock.monotonic)

    @property
    def client(self) -> RaClient:
        ra, worker = identities.ra(), identities.worker()
        parts = ClientParts(
            store=self.store,
            envelopes=CmsEnvelopes(ra.keystore),
            contents=CONTENTS,
            records=JsonSentRecords(),
            outbox=MemoryOutbox(),
            clock=self.clock,
            random=HostRandom(),
            wake_up=self.polling,
        )
        policy = ClientPolicy(recipient=RECIPIENT, worker_certificates=(worker.der,), certificate=ra.der)
        return RaClient(parts, policy)

    @asynccontextmanager
    async def proxy(self) -> AsyncIterator[CmpProxy]:
        """A proxy for the running loop."""
        with self.started() as running:
            yield running

    @contextmanager
    def started(self) -> Iterator[CmpProxy]:
        """A proxy; leaving the block ends it as the end of its process does."""
        wake_up = self.wake_up() if self.wake_up else self.polling
        parts = ProxyParts(
            ra=self.client,
            store=self.store,
            watch=AnswerWatch(self.store, wake_up, CMP.message_type, self.clock.monotonic),
            checks=tuple(self.checks),
            errors=UnprotectedErrors(self.clock, HostRandom()),
            clock=self.clock,
        )
        running = CmpProxy(parts, self.rules)
        try:
            yield running
        finally:
            running.close()

    def ask(self, *messages: bytes, alias: str = "alias") -> list[bytes]:
        """The answers to messages that come at the same time, by a proxy that has just started."""

        async def asking() -> list[bytes]:
            async with self.proxy() as proxy:
                return await asyncio.gather(*(proxy.answer(alias, octets, ADDRESS) for octets in messages))

        return asyncio.run(asking())
