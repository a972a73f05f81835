"""The CMP proxy on real message databases: woken where the database can, many at once, restarts and late answers."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from lockgate.ports import WakeUp
from lockgate.queue.polling import PollingBounds
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_transport.cmp import watching
from lockgate_transport.cmp.proxy import ProxyRules
from lockgate_transport.host.clock import HostClock
from tests.contract.message_stores import current_engine, emptied
from tests.support.databases.servers import marked
from tests.support.scenarios.cmp_proxies import ADDRESS, CmpCa, ProxySite, until, working
from tests.support.wire.cmp_carried import answer_to, error_in, message

SHORT = ProxyRules(timeout=timedelta(seconds=0.5))
PATIENT = ProxyRules(timeout=timedelta(minutes=2))
LISTENERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and query = 'LISTEN \"lockgate_answer\"'"
)


@dataclass(frozen=True)
class Database:
    engine: Engine

    @property
    def store(self) -> SqlMessageStore:
        return SqlMessageStore(self.engine)

    def wake_up(self) -> WakeUp:
        clock = HostClock()
        return wake_up(self.engine, Channel.ANSWER, PollingBounds(0.02, 0.1), clock.sleep, clock.monotonic)

    def site(self, rules: ProxyRules = PATIENT) -> ProxySite:
        return ProxySite(store=self.store, rules=rules, wake_up=self.wake_up)


@pytest.fixture(scope="module", params=marked(("sqlite", "postgresql")))
def database(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Database]:
    with current_engine(fresh_database(request.param)) as engine:
        yield Database(engine)


@pytest.fixture(autouse=True)
def without_messages(database: Database) -> None:
    emptied(database.engine)


def test_a_hundred_clients_get_their_own_answers(database: Database) -> None:
    ca = CmpCa(database.store)
    messages = [message(number, size=number) for number in range(1, 101)]
    with working(ca):
        assert database.site().ask(*messages, *messages) == [answer_to(octets) for octets in messages * 2]
    assert len(ca.delivered) == 100


def test_the_largest_message_comes_through(database: Database) -> None:
    octets = message(size=250 * 1024)
    with working(CmpCa(database.store)):
        assert database.site().ask(octets) == [answer_to(octets)]


def test_a_late_answer_is_there_and_after_a_restart_the_ca_gives_it_again(database: Database) -> None:
    ca, octets = CmpCa(database.store), message()

    async def asking() -> list[bytes]:
        async with database.site(SHORT).proxy() as proxy:
            early = await proxy.answer("alias", octets, ADDRESS)
            ca.answer_all()
            return [early, await proxy.answer("alias", octets, ADDRESS)]

    early, late = asyncio.run(asking())
    assert error_in(early)[1].fail_info == {FailInfo.SYSTEM_UNAVAIL}
    assert late == answer_to(octets)
    assert len(ca.delivered) == 1
    with working(ca):
        assert database.site().ask(octets) == [late]
    assert ca.delivered == [("alias", octets)] * 2


def listening(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(text(LISTENERS)).scalar_one())


@pytest.mark.parametrize("database", marked(("postgresql",)), indirect=True)
def test_the_database_wakes_the_proxy_where_it_can(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "INTERVAL", 100.0)
    ca = CmpCa(database.store)

    async def asking() -> list[bytes]:
        async with database.site(ProxyRules(timeout=timedelta(seconds=50))).proxy() as proxy:
            found = []
            for number in range(1, 6):
                waits = asyncio.create_task(proxy.answer("alias", message(number), ADDRESS))
                await until(lambda: listening(database.engine))
                await asyncio.sleep(0.1)
                ca.answer_all()
                found.append(await waits)
            return found

    assert asyncio.run(asking()) == [answer_to(message(number)) for number in range(1, 6)]


def test_a_thousand_clients_wait_at_once(database: Database) -> None:
    messages = [message(number) for number in range(1, 1001)]
    ca = CmpCa(database.store)

    async def asking() -> list[bytes]:
        async with database.site().proxy() as proxy:
            waits = [asyncio.create_task(proxy.answer("alias", octets, ADDRESS)) for octets in messages]
            await until(lambda: len(watched(proxy)) == len(messages))
            with working(ca):
                return await asyncio.gather(*waits)

    def watched(proxy: object) -> dict[str, object]:
        found: dict[str, object] = proxy._parts.watch._awaited  # type: ignore[attr-defined]
        return found

    assert asyncio.run(asking()) == [answer_to(octets) for octets in messages]
    assert len(ca.delivered) == len(messages)
