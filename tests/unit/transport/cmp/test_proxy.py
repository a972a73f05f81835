"""The CMP proxy on a message store in memory: what it puts, what it answers by itself, and who waits for what."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from lockgate.errors import CallerError, Unavailable
from lockgate.queue.message import MessageStatus, NewMessage, Processed, SetAside, StoredMessage
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.cmp.headers import encode_header
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.proxy import ProxyRules
from lockgate_transport.cmp.remembering import MemoryBounds
from tests.support.scenarios.cmp_proxies import ADDRESS, LEASE, CmpCa, ProxySite, until, working
from tests.support.wire.cmp_carried import RECIPIENT, SENDER, answer_to, error_in, message

SHORT = ProxyRules(timeout=timedelta(seconds=0.2))


@pytest.fixture
def store() -> MemoryMessageStore:
    return MemoryMessageStore()


def waiting(store: MemoryMessageStore) -> int:
    return len(store.browse(MessageStatus.WAITING, 1000).messages)


def told(answer: bytes) -> tuple[set[FailInfo], str]:
    """What an error without protection says."""
    _, status = error_in(answer)
    return set(status.fail_info), status.texts[0]


def test_a_message_reaches_the_ca_and_its_answer_comes_back(store: MemoryMessageStore) -> None:
    ca = CmpCa(store)
    octets = message()
    with working(ca):
        assert ProxySite(store=store).ask(octets) == [answer_to(octets)]
    assert ca.delivered == [("alias", octets)]


def test_answers_do_not_cross(store: MemoryMessageStore) -> None:
    messages = [message(number) for number in range(1, 21)]
    with working(CmpCa(store)):
        assert ProxySite(store=store).ask(*messages) == [answer_to(octets) for octets in messages]


def test_the_same_octets_at_the_same_time_are_one_message(store: MemoryMessageStore) -> None:
    ca = CmpCa(store)
    with working(ca):
        answers = ProxySite(store=store).ask(*[message()] * 5, message(2))
    assert answers == [answer_to(message())] * 5 + [answer_to(message(2))]
    assert len(ca.delivered) == 2


def test_the_same_octets_for_another_alias_are_another_message(store: MemoryMessageStore) -> None:
    ca = CmpCa(store)

    async def asking() -> None:
        async with ProxySite(store=store).proxy() as proxy:
            await asyncio.gather(*(proxy.answer(alias, message(), ADDRESS) for alias in ("one", "two")))

    with working(ca):
        asyncio.run(asking())
    assert sorted(ca.delivered) == [("one", message()), ("two", message())]


def test_after_the_time_limit_a_client_is_told_to_send_the_same_again(store: MemoryMessageStore) -> None:
    octets = message(7, pvno=3)
    with capture_logs() as lines:
        (answer,) = ProxySite(store=store, rules=SHORT).ask(octets)
    found, status = error_in(answer)
    assert status.fail_info == {FailInfo.SYSTEM_UNAVAIL}
    assert "Send the same message again" in status.texts[0]
    header = found.header
    assert (header.pvno, header.transaction_id, header.recip_nonce) == (3, bytes(15) + b"\7", b"\7" + bytes(15))
    assert (header.sender, header.recipient) == (RECIPIENT, SENDER)
    assert len(header.sender_nonce or b"") == 16
    assert [(line["reason"], line["client"], line["alias"]) for line in lines] == [("ca_silent", ADDRESS, "alias")]
    assert waiting(store) == 1


def test_a_late_answer_is_there_for_the_client_that_asks_again(store: MemoryMessageStore) -> None:
    ca, octets = CmpCa(store), message()

    async def asking() -> list[bytes]:
        async with ProxySite(store=store, rules=SHORT).proxy() as proxy:
            early = await proxy.answer("alias", octets, ADDRESS)
            ca.answer_all()
            return [early, await proxy.answer("alias", octets, ADDRESS)]

    early, late = asyncio.run(asking())
    assert told(early)[0] == {FailInfo.SYSTEM_UNAVAIL}
    assert late == answer_to(octets)
    assert len(ca.delivered) == 1


def test_a_client_that_asks_again_joins_the_message_that_waits(store: MemoryMessageStore) -> None:
    ca, octets = CmpCa(store), message()

    async def asking() -> bytes:
        async with ProxySite(store=store, rules=SHORT).proxy() as proxy:
            for _ in range(3):
                assert told(await proxy.answer("alias", octets, ADDRESS))[0] == {FailInfo.SYSTEM_UNAVAIL}
            assert waiting(store) == 1
            with working(ca):
                return await proxy.answer("alias", octets, ADDRESS)

    assert asyncio.run(asking()) == answer_to(octets)
    assert len(ca.delivered) == 1


def test_a_client_that_goes_leaves_its_message_to_the_next_one(store: MemoryMessageStore) -> None:
    ca, octets = CmpCa(store), message()

    async def asking() -> bytes:
        async with ProxySite(store=store).proxy() as proxy:
            gone = asyncio.create_task(proxy.answer("alias", octets, ADDRESS))
            await until(lambda: waiting(store))
            gone.cancel()
            with working(ca):
                return await proxy.answer("alias", octets, ADDRESS)

    assert asyncio.run(asking()) == answer_to(octets)
    assert len(ca.delivered) == 1


def test_after_a_restart_a_new_message_is_put_and_the_ca_answers_the_same(store: MemoryMessageStore) -> None:
    ca, octets = CmpCa(store), message()
    (early,) = ProxySite(store=store, rules=SHORT).ask(octets)
    assert told(early)[0] == {FailInfo.SYSTEM_UNAVAIL}
    with working(ca):
        assert ProxySite(store=store).ask(octets) == [answer_to(octets)]
    assert ca.delivered == [("alias", octets)] * 2


def test_an_answer_that_was_handed_over_is_forgotten(store: MemoryMessageStore) -> None:
    """The CA decides what the same octets bring then; an error of yesterday may be none today."""
    ca, octets = CmpCa(store), message()

    async def asking() -> None:
        async with ProxySite(store=store).proxy() as proxy:
            for _ in range(2):
                assert await proxy.answer("alias", octets, ADDRESS) == answer_to(octets)

    with working(ca):
        asyncio.run(asking())
    assert len(ca.delivered) == 2


@pytest.mark.parametrize(
    "rules", [replace(SHORT, memory=MemoryBounds(messages=1)), replace(SHORT, memory=MemoryBounds(octets=4000))]
)
def test_so_many_messages_are_remembered_the_latest_ones(store: MemoryMessageStore, rules: ProxyRules) -> None:
    async def asking() -> list[int]:
        found = []
        async with ProxySite(store=store, rules=rules).proxy() as proxy:
            for number in (1, 2, 2, 1):
                await proxy.answer("alias", message(number), ADDRESS)
                found.append(waiting(store))
        return found

    assert asyncio.run(asking()) == [1, 2, 2, 3]


def test_a_message_is_not_remembered_longer_than_the_ca_may_answer_it(store: MemoryMessageStore) -> None:
    rules = replace(SHORT, lifetime=timedelta(seconds=0.3))

    async def asking() -> int:
        async with ProxySite(store=store, rules=rules).proxy() as proxy:
            await proxy.answer("alias", message(), ADDRESS)
            await asyncio.sleep(0.2)
            await proxy.answer("alias", message(), ADDRESS)
        return waiting(store)

    assert asyncio.run(asking()) == 2


NO_MESSAGES = [
    b"garbage",
    b"",
    b"\x30\x80\x00\x00",
    b"\x30\x05\x02\x01\x02\x05\x00",
    bytes(9999),
    message()[:-1],
    message() + b"\0",
]


@pytest.mark.parametrize("octets", NO_MESSAGES, ids=range(len(NO_MESSAGES)))
def test_octets_without_a_header_are_answered_at_once(store: MemoryMessageStore, octets: bytes) -> None:
    (answer,) = ProxySite(store=store).ask(octets)
    found, status = error_in(answer)
    assert (found.header.pvno, found.header.transaction_id, found.header.recip_nonce) == (2, None, None)
    assert status.fail_info == {FailInfo.BAD_DATA_FORMAT}
    assert waiting(store) == 0


def test_a_message_of_which_only_the_header_can_be_read_is_the_ca_s_to_answer(store: MemoryMessageStore) -> None:
    unknown_body = der.element(0xBE, der.NULL)
    octets = der.sequence(encode_header(read_message(message()).header), unknown_body)
    with working(ca := CmpCa(store, lambda _, __: b"an answer")):
        assert ProxySite(store=store).ask(octets) == [b"an answer"]
    assert ca.delivered == [("alias", octets)]


@pytest.mark.parametrize("alias", ["", "a" * 65, "a/b", "ä", "a\0", "a b", "..\n"])
def test_what_cannot_be_an_alias_is_answered_as_an_unknown_one(store: MemoryMessageStore, alias: str) -> None:
    (answer,) = ProxySite(store=store).ask(message(), alias=alias)
    assert told(answer) == ({FailInfo.BAD_REQUEST}, "No CMP service has that alias here.")
    assert waiting(store) == 0


@pytest.mark.parametrize(
    ("reason", "fail_info"),
    [
        (Reason.NOT_AUTHORIZED, FailInfo.NOT_AUTHORIZED),
        (Reason.NOT_WHITELISTED, FailInfo.NOT_AUTHORIZED),
        (Reason.SIGNER_REVOKED, FailInfo.NOT_AUTHORIZED),
        (Reason.INTERNAL_ERROR, FailInfo.SYSTEM_FAILURE),
        (Reason.TOO_MANY_REQUESTS, FailInfo.SYSTEM_UNAVAIL),
        (Reason.EXPIRED, FailInfo.SYSTEM_UNAVAIL),
    ],
)
def test_a_refusal_of_the_submessage_is_told_with_its_sentence(
    store: MemoryMessageStore, reason: Reason, fail_info: FailInfo
) -> None:
    refusal = Rejected(reason, "Missing: /cmp/alias")
    with working(CmpCa(store, lambda _, __: refusal)):
        (answer,) = ProxySite(store=store).ask(message())
    assert told(answer) == ({fail_info}, refusal.fail_info)


def test_an_answer_without_octets_is_none(store: MemoryMessageStore) -> None:
    with working(CmpCa(store, lambda _, __: b"")):
        (answer,) = ProxySite(store=store).ask(message())
    assert told(answer) == ({FailInfo.SYSTEM_FAILURE}, "The CA did not take the message.")


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

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Iterable[str]:  # type: ignore[override]
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

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Iterable[str]:  # type: ignore[override]
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
