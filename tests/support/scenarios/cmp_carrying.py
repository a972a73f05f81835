"""The CMP proxy as its clients reach it by HTTP, with the settings of an operator, and time that a scenario moves."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lockgate.errors import Unavailable
from lockgate.queue.message import MessageStatus, NewMessage
from lockgate_app.container.cmp_checks import message_checks
from lockgate_app.container.cmp_proxy import proxy_rules
from lockgate_app.settings.cmp_proxy import CmpProxyTable
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.web import CmpWeb
from lockgate_transport.host.clock import HostClock
from lockgate_transport.http.hourly import HourlyBounds
from lockgate_transport.http.waiting import WaitingBounds
from tests.support.scenarios.cmp_proxies import CmpCa, ProxySite, until
from tests.support.wire.asgi import Reply, exchange, request
from tests.support.wire.cmp_carried import answer_to
from tests.support.wire.cmp_web import HEADERS

ALIAS = "alias"
ADDRESS = "192.0.2.1"
TURNS = 100
"""Turns of the event loop after which a request that puts no message waits, or is answered."""


class PassingLoop(asyncio.SelectorEventLoop):
    """Its time goes on by itself, and as far as a scenario says."""

    passed = 0.0

    def time(self) -> float:
        return super().time() + self.passed


class PassingClock(HostClock):
    """So does this one's."""

    passed = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


class BreakingStore(MemoryMessageStore):
    """A message database that takes no message while it is down, or says so when it has taken one."""

    is_down = breaks_off = False

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        if not self.is_down:
            super().put(message, replaces=replaces)
        if self.is_down or self.breaks_off:
            raise Unavailable("the database is down")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sent, and the request that waits for the reply."""

    alias: str
    octets: bytes
    reply: "asyncio.Task[Reply]"


@dataclass
class Carrying:
    """The proxy, its clients and its CA. The proxy starts with the first message.

    Attributes:
        settings: of the table `[cmp]` on the RA's host.
        asked: the last message of each client.
    """

    settings: dict[str, Any]
    store: BreakingStore = field(default_factory=BreakingStore)
    clock: PassingClock = field(default_factory=PassingClock)
    loop: PassingLoop = field(default_factory=PassingLoop)
    asked: dict[str, Asked] = field(default_factory=dict)
    web: CmpWeb | None = None

    def __post_init__(self) -> None:
        self.ca = CmpCa(self.store)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The proxy runs inside the block."""
        table = CmpProxyTable.model_validate(self.settings)
        checks = message_checks(table, self.clock)
        site = ProxySite(store=self.store, rules=proxy_rules(table), checks=checks, clock=self.clock)
        with site.started() as proxy:
            waiting = WaitingBounds(table.waiting_per_client, table.waiting_in_all)
            hourly = HourlyBounds(table.hourly_requests_per_client, table.hourly_requests_in_all)
            monotonic = self.clock.monotonic
            self.web = CmpWeb(
                proxy.answer, waiting=waiting, hourly=hourly, max_size=table.max_size, monotonic=monotonic
            )
            yield
            self._end()

    def send(self, name: str, octets: bytes, alias: str = ALIAS, address: str = ADDRESS) -> None:
        """Let the client send that, and wait for its reply from now on."""
        assert self.web is not None
        known, before = self._is_known(alias, octets), self.waiting
        scope = request("POST", f"/cmpProxy/{alias}", "", HEADERS, address)
        reply = self.loop.create_task(exchange(self.web.application, scope, [octets]))
        self.asked[name] = Asked(alias, octets, reply)
        if known:
            self._run(_turns())
        else:
            self._run(until(lambda: reply.done() or self.waiting > before))

    def answer_all(self) -> None:
        """The CA answers what waits, and the clients hear of it."""
        self.ca.answer_all()
        self.all_replied()

    def all_replied(self) -> None:
        """Wait for the replies to all clients."""
        self._run(until(lambda: all(asked.reply.done() for asked in self.asked.values())))

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass for the proxy; whoever waits no longer than that has a reply then."""
        self.clock.passed += duration.total_seconds()
        self.loop.passed += duration.total_seconds()
        self.all_replied()

    @property
    def waiting(self) -> int:
        """Messages in the message database that wait for the CA."""
        return len(self.store.browse(MessageStatus.WAITING, 1000).messages)

    def reply(self, name: str) -> Reply:
        """The client's last one; it is there, or comes at once."""
        reply = self.asked[name].reply
        if not reply.done():
            self._run(until(reply.done))
        return reply.result()

    def has_answer(self, name: str) -> bool:
        """Whether it is the CA's answer to that client's message, octet by octet."""
        reply = self.reply(name)
        return (reply.status, reply.body) == (200, answer_to(self.asked[name].octets))

    def _is_known(self, alias: str, octets: bytes) -> bool:
        """Whether a message that may still be answered was put for these octets."""
        return any((asked.alias, asked.octets) == (alias, octets) for asked in self.asked.values()) and not (
            self.clock.passed >= self.settings.get("lifetime", 3600) or not self.waiting
        )

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        self.loop.run_until_complete(work)

    def _end(self) -> None:
        for asked in self.asked.values():
            asked.reply.cancel()
        self._run(asyncio.sleep(0))
        self.loop.close()


async def _turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)
