"""The CMP proxy where a message database fails, loses, lies, or holds what is not the CA's answer."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from lockgate.errors import CallerError, Unavailable
from lockgate.queue.message import NewMessage, Processed, SetAside, StoredMessage
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.proxy import ProxyRules
from tests.support.scenarios.cmp_proxies import ADDRESS, LEASE, CmpCa, ProxySite, until, working
from tests.support.wire.cmp_carried import answer_to, error_in, message

SHORT = ProxyRules(timeout=timedelta(seconds=0.2))


@pytest.fixture
def store() -> MemoryMessageStore:
    return MemoryMessageStore()


def told(answer: bytes) -> tuple[set[FailInfo], str]:
    """What an error without protection says."""
    _, status = error_in(answer)
    return set(status.fail_info), status.texts[0]


class Faulty(MemoryMessageStore):
    """What a test says happens before a message is put, or after it was."""

    def __init__(self, fault: Exception | None = None, *, after: bool = False) -> None:
        super().__init__()
        self.fault, self.after = fault, after

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        if self.after or self.fault is None:
            super().put(message, replaces=replaces)
        if self.fault is not None:
            raise self.fault


@pytest.mark.parametrize("after", [False, True])
def test_a_database_that_cannot_be_reached_is_told_and_the_message_is_put_once(*, after: bool) -> None:
    store = Faulty(Unavailable("the database is down"), after=after)
    ca, octets = CmpCa(store), message()

    async def asking() -> list[bytes]:
        async with ProxySite(store=store).proxy() as proxy:
            first = await proxy.answer("alias", octets, ADDRESS)
            store.fault = None
            with working(ca):
                return [first, await proxy.answer("alias", octets, ADDRESS)]

    with capture_logs() as lines:
        first, second = asyncio.run(asking())
    assert told(first)[0] == {FailInfo.SYSTEM_UNAVAIL}
    assert "Send the same message again" in told(first)[1]
    assert second == answer_to(octets)
    assert len(ca.delivered) == 1
    assert [(line["reason"], line["detail"]) for line in lines] == [("unavailable", "the database is down")]


def test_what_no_database_takes_is_a_failure() -> None:
    (answer,) = ProxySite(store=Faulty(CallerError("too large"))).ask(message())
    assert told(answer) == ({FailInfo.SYSTEM_FAILURE}, "The message cannot be handed to the CA.")


class Blind(MemoryMessageStore):
    """It cannot say which messages are settled before a test lets it."""

    seen = False

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        if not self.seen:
            raise Unavailable("the database is down")
        return super().settled(message_type, message_ids)


def test_a_database_that_is_gone_for_a_while_costs_nobody_the_answer() -> None:
    store, octets = Blind(), message()

    async def asking() -> bytes:
        async with ProxySite(store=store).proxy() as proxy:
            waits = asyncio.create_task(proxy.answer("alias", octets, ADDRESS))
            await asyncio.sleep(0.3)
            store.seen = True
            return await waits

    with capture_logs() as lines, working(CmpCa(store)):
        assert asyncio.run(asking()) == answer_to(octets)
    assert [(line["event"], line["detail"]) for line in lines] == [("cannot look for answers", "the database is down")]


def settled_with(store: MemoryMessageStore, answer: bytes | None) -> bytes:
    """What a client is told where its message is settled so: set aside, or answered with these octets."""

    async def asking() -> bytes:
        async with ProxySite(store=store).proxy() as proxy:
            waits = asyncio.create_task(proxy.answer("alias", message(), ADDRESS))
            (claimed,) = await until(lambda: store.claim(1, LEASE))
            rejected = Rejected(Reason.MALFORMED_MESSAGE)
            store.settle([SetAside(claimed, rejected) if answer is None else Processed(claimed, answer)])
            return await waits

    return asyncio.run(asking())


@pytest.mark.parametrize("answer", [None, b"garbage"])
def test_what_is_not_provably_the_ca_s_answer_is_a_failure(store: MemoryMessageStore, answer: bytes | None) -> None:
    with capture_logs() as lines:
        assert told(settled_with(store, answer))[0] == {FailInfo.SYSTEM_FAILURE}
    assert [line["reason"] for line in lines] == ["no_answer_of_the_ca"]
    with working(CmpCa(store)):
        assert ProxySite(store=store).ask(message()) == [answer_to(message())]


class Hasty(MemoryMessageStore):
    """It says once that a message is settled which is not."""

    lies = 1

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        if self.lies and message_ids:
            self.lies -= 1
            return list(message_ids)
        return super().settled(message_type, message_ids)


def test_a_hint_without_cause_ends_no_wait() -> None:
    store = Hasty()
    ca = CmpCa(store)

    async def asking() -> bytes:
        async with ProxySite(store=store).proxy() as proxy:
            waits = asyncio.create_task(proxy.answer("alias", message(), ADDRESS))
            await asyncio.sleep(0.3)
            with working(ca):
                return await waits

    assert asyncio.run(asking()) == answer_to(message())


class Losing(MemoryMessageStore):
    """It loses the first message."""

    lost = False

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        if self.lost:
            super().put(message, replaces=replaces)
        self.lost = True

    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        return super().fetch(message_type, message_id)


def test_a_message_that_is_gone_is_put_again_for_the_client_that_asks_again() -> None:
    store, octets = Losing(), message()
    ca = CmpCa(store)

    async def asking() -> list[bytes]:
        async with ProxySite(store=store, rules=SHORT).proxy() as proxy:
            first = await proxy.answer("alias", octets, ADDRESS)
            with working(ca):
                return [first, await proxy.answer("alias", octets, ADDRESS)]

    first, second = asyncio.run(asking())
    assert told(first)[0] == {FailInfo.SYSTEM_UNAVAIL}
    assert second == answer_to(octets)
