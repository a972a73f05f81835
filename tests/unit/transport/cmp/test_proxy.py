"""The CMP proxy on a message store in memory: what it puts, what it answers by itself, and who waits for what."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from lockgate.queue.message import MessageStatus
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.cmp.headers import encode_header
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.proxy import ProxyRules
from lockgate_transport.cmp.remembering import MemoryBounds
from tests.support.scenarios.cmp_proxies import ADDRESS, CmpCa, ProxySite, until, working
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


class Counted(MemoryMessageStore):
    """It keeps what it is asked for."""

    asked: tuple[str, ...] = ()

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        self.asked = tuple(message_ids)
        return super().settled(message_type, self.asked)


def test_nobody_looks_for_what_nobody_waits_for() -> None:
    store = Counted()

    async def asking() -> list[bool]:
        async with ProxySite(store=store, rules=SHORT).proxy() as proxy:
            stays = asyncio.create_task(proxy.answer("alias", message(1), ADDRESS))
            goes = asyncio.create_task(proxy.answer("alias", message(2), ADDRESS))
            found = [await until(lambda: len(store.asked) == 2)]
            goes.cancel()
            found.append(await until(lambda: len(store.asked) == 1))
            await stays
            waits = asyncio.create_task(proxy.answer("alias", message(3), ADDRESS))
            await until(lambda: waiting(store) == 3)
            await asyncio.sleep(0.1)
            found.append(len(store.asked) == 1)
            await waits
        return found

    assert all(asyncio.run(asking()))


def test_the_ca_is_told_until_when_an_answer_is_waited_for(store: MemoryMessageStore) -> None:
    ca = CmpCa(store)
    with working(ca):
        ProxySite(store=store, rules=ProxyRules(lifetime=timedelta(minutes=7))).ask(message())
    assert ca.lifetimes == [timedelta(minutes=7)]


@pytest.mark.parametrize(("pvno", "answered"), [(1, 2), (2, 2), (3, 3), (4, 2)])
def test_an_error_has_the_version_of_the_message_or_the_oldest_one(
    store: MemoryMessageStore, pvno: int, answered: int
) -> None:
    (answer,) = ProxySite(store=store).ask(message(pvno=pvno), alias="no alias")
    assert error_in(answer)[0].header.pvno == answered


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
