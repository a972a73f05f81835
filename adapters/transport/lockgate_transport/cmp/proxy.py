"""The CMP proxy: a client's message travels to the CA in a submessage, and the CA's answer comes back.

    read -> check -> prepare -> [watched from here] -> put -> settled -> look -> the CA's octets

The proxy holds no key of CMP. It can delay and drop messages and answers, and nothing else: their protection runs from
the client to the CA. What it says by itself is an error without protection. It never answers `waiting`: a client that
has waited too long is told to send the same message again, and joins the one that waits, or gets the late answer.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from lockgate.errors import Defect, LockgateError, PeerError, Unavailable
from lockgate.ports import Clock, MessageStore
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import CMPRequest, CMPResponse, Response
from lockgate_transport.cmp.checks import MessageCheck, judged
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.refusals import ProxyRefusal, Refused, refused, refused_by_the_ca
from lockgate_transport.cmp.remembering import Asked, MemoryBounds, SentMessages, asked
from lockgate_transport.cmp.vocabulary import CMP
from lockgate_transport.cmp.watching import AnswerWatch

_log = structlog.get_logger("lockgate.cmp")
REQUEST_ID = 1
AGAIN = 1.0
"""Seconds before a message that is settled, but not to be read, is looked at again."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRules:
    """How the proxy waits.

    Attributes:
        timeout: for the CA's answer, while a client waits.
        lifetime: for which a message may wait for the CA, and is remembered for the client that sends it again.
        threads: that compose messages, talk to the message database, and read answers.
    """

    timeout: timedelta = timedelta(seconds=30)
    lifetime: timedelta = timedelta(hours=1)
    memory: MemoryBounds = field(default_factory=MemoryBounds)
    threads: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyParts:
    """The parts of a proxy.

    Attributes:
        watch: started by the proxy, and closed with it.
        checks: on messages before anything reaches the message database.
    """

    ra: RaClient
    store: MessageStore
    watch: AnswerWatch
    checks: tuple[MessageCheck, ...]
    errors: UnprotectedErrors
    clock: Clock


@dataclass(slots=True)
class _Exchange:
    """A message that clients wait for at this moment.

    Attributes:
        waiting: how many of them.
    """

    answer: asyncio.Task[bytes | Refused]
    waiting: int = 0


class CmpProxy:
    """Answers messages; for one event loop. A context manager."""

    def __init__(self, parts: ProxyParts, rules: ProxyRules) -> None:
        self._parts = parts
        self._rules = rules
        self._sent = SentMessages(rules.memory)
        self._exchanges: dict[Asked, _Exchange] = {}
        self._threads = ThreadPoolExecutor(rules.threads, thread_name_prefix="cmp")
        parts.watch.start()

    def close(self) -> None:
        """End its threads; messages that were put stay in the message database."""
        self._parts.watch.close()
        self._threads.shutdown(cancel_futures=True)

    async def answer(self, alias: str, octets: bytes, address: str) -> bytes:
        """The answer to the octets that a client sent: the CA's, or an error without protection.

        Args:
            address: of the client, for the log.
        """
        found = await self._waited_for(asked(alias, octets), alias, octets)
        if isinstance(found, bytes):
            return found
        about = {"alias": alias[:100], "client": address, "fail_info": found.fail_info.rfc_name}
        _log.warning("refused", reason=found.reason.value, detail=found.internal or found.text, **about)
        return self._parts.errors.to(octets, found.fail_info, found.text)

    async def _waited_for(self, key: Asked, alias: str, octets: bytes) -> bytes | Refused:
        """What comes within the time limit. Whoever asks the same waits for the same."""
        exchange = self._exchanges.get(key)
        if exchange is None:
            task = asyncio.create_task(self._exchanged(key, alias, octets))
            exchange = self._exchanges[key] = _Exchange(task)
        exchange.waiting += 1
        try:
            done, _ = await asyncio.wait({exchange.answer}, timeout=self._rules.timeout.total_seconds())
            if not done:
                return refused(ProxyRefusal.CA_SILENT, f"no answer within {self._rules.timeout}")
            found = exchange.answer.result()
            if not (isinstance(found, Refused) and found.reason is ProxyRefusal.UNAVAILABLE):
                self._sent.forget(key)
            return found
        finally:
            exchange.waiting -= 1
            if not exchange.waiting:
                exchange.answer.cancel()
                del self._exchanges[key]

    async def _exchanged(self, key: Asked, alias: str, octets: bytes) -> bytes | Refused:
        """The answer to a message, however long it takes."""
        try:
            now = self._parts.clock.monotonic()
            known = self._sent.find(key, now)
            if known is not None:
                return await self._answer_to(known, is_new=False)
            sent = await self._in_thread(self._prepared, alias, octets)
            if isinstance(sent, Refused):
                return sent
            self._sent.remember(key, sent, now + self._rules.lifetime.total_seconds())
            return await self._answer_to(sent, is_new=True)
        except Defect:
            raise
        except Unavailable as error:
            return refused(ProxyRefusal.UNAVAILABLE, str(error))
        except PeerError as error:
            return refused(ProxyRefusal.NO_ANSWER_OF_THE_CA, str(error))
        except LockgateError as error:
            return refused(ProxyRefusal.FAILED, str(error))

    def _prepared(self, alias: str, octets: bytes) -> SentMessage | Refused:
        """The message to put; it needs no database."""
        refusal = judged(self._parts.checks, alias, octets)
        if refusal is not None:
            return refusal
        request = CMPRequest(request_id=REQUEST_ID, cmp_alias=alias, pki_message=octets)
        return self._parts.ra.prepare([request], message_type=CMP.message_type, lifetime=self._rules.lifetime)

    async def _answer_to(self, sent: SentMessage, *, is_new: bool) -> bytes | Refused:
        """What the CA answers. The message is watched before it is put, so that no notification is missed."""
        with self._watched(sent.message_id) as settled:
            if is_new:
                await self._in_thread(self._parts.store.put, sent.message)
            elif (responses := await self._in_thread(self._parts.ra.look, sent)) is not None:
                return _told(responses)
            while True:
                await settled.wait()
                settled.clear()
                responses = await self._in_thread(self._parts.ra.look, sent)
                if responses is not None:
                    return _told(responses)
                await asyncio.sleep(AGAIN)
                self._parts.watch.begin(sent.message_id, _setter(settled))

    @contextmanager
    def _watched(self, message_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the message is settled."""
        settled = asyncio.Event()
        self._parts.watch.begin(message_id, _setter(settled))
        try:
            yield settled
        finally:
            self._parts.watch.end(message_id)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments))


def _setter(event: asyncio.Event) -> Callable[[], None]:
    """Sets `event` from another thread; a loop that has ended needs it no more."""
    loop = asyncio.get_running_loop()

    def set_event() -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(event.set)

    return set_event


def _told(responses: tuple[Response, ...]) -> bytes | Refused:
    """The octets of the CA's answer, or its refusal of the submessage."""
    (response,) = responses
    if response.success and isinstance(response, CMPResponse) and response.pki_message:
        return response.pki_message
    return refused_by_the_ca(response.reason, response.fail_info)
