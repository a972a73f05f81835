"""Each UPDATE is a compare-and-set by itself: it stays right where a database hands out rows that another one holds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from lockgate.queue.message import ClaimedMessage, MessageEvent, MessageStatus, NewMessage, Processed, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.dialects import dialect_of
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.schema import NEVER
from lockgate_persistence.schema import message as table
from lockgate_persistence.statements import SETTLEMENTS, Statements
from lockgate_persistence.upkeep import UpkeepStatements
from tests.contract.message_stores import current_engine

LEASE = timedelta(minutes=5)
OTHERS = {"claimid_": "0" * 32, "generation_": 2, "uniqueid_": 999_999}
WAITING = {"delay_": 0, "attempts_": 0, "reason_": None}
VALUES = WAITING | {"message_": b"answer", "reason_": "reason"}


@pytest.fixture
def engine(message_database_url: str) -> Iterator[Engine]:
    with current_engine(message_database_url) as engine:
        yield engine


@pytest.fixture
def claimed(engine: Engine) -> ClaimedMessage:
    store = SqlMessageStore(engine)
    store.put(NewMessage("id", b"request"))
    (claimed,) = store.claim(1, LEASE)
    return claimed


@pytest.fixture
def connection(engine: Engine, claimed: ClaimedMessage) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def test_a_claim_takes_no_row_that_is_not_due(engine: Engine, connection: Connection, claimed: ClaimedMessage) -> None:
    take = Statements(dialect_of(engine)).claim()
    parameters = {"uniqueids_": [claimed.unique_id], "claimid_": "0" * 32, "lease_": 1000}
    assert connection.execute(take, parameters).rowcount == 0


@pytest.mark.parametrize("event", SETTLEMENTS.values())
@pytest.mark.parametrize("other", OTHERS)
def test_a_settlement_changes_no_row_that_is_not_held(
    engine: Engine, connection: Connection, claimed: ClaimedMessage, event: MessageEvent, other: str
) -> None:
    settle = Statements(dialect_of(engine)).settle(event)
    held = {"uniqueid_": claimed.unique_id, "generation_": claimed.generation, "claimid_": claimed.claim_id}
    parameters = {name: VALUES[name] for name in VALUES if name in settle.compile().params}
    assert connection.execute(settle, held | parameters | {other: OTHERS[other]}).rowcount == 0
    assert connection.execute(settle, held | parameters).rowcount == 1
    assert connection.execute(settle, held | parameters).rowcount == 0


def test_a_replacement_changes_no_row_in_process_and_no_other_generation(
    engine: Engine, connection: Connection, claimed: ClaimedMessage
) -> None:
    statements = Statements(dialect_of(engine))
    place = {"uniqueid_": claimed.unique_id, "generation_": 1, "requestdigest_": bytes(32), "message_": b"another"}
    assert connection.execute(statements.replace(), place).rowcount == 0
    held = {"uniqueid_": claimed.unique_id, "generation_": 1, "claimid_": claimed.claim_id}
    connection.execute(statements.settle(MessageEvent.WAIT_AGAIN), held | WAITING)
    assert connection.execute(statements.replace(), place | {"generation_": 2}).rowcount == 0
    assert connection.execute(statements.replace(), place).rowcount == 1


def test_a_purge_deletes_no_row_that_is_not_settled_or_not_old_any_more(
    engine: Engine, connection: Connection, claimed: ClaimedMessage
) -> None:
    purge = UpkeepStatements(dialect_of(engine)).purge(MessageStatus.PROCESSED)
    chosen = {"uniqueids_": [claimed.unique_id], "age_": 0}
    assert connection.execute(purge, chosen).rowcount == 0
    held = {"uniqueid_": claimed.unique_id, "generation_": 1, "claimid_": claimed.claim_id, "message_": b"answer"}
    connection.execute(Statements(dialect_of(engine)).settle(MessageEvent.WRITE_BACK), held)
    assert connection.execute(purge, chosen | {"age_": 60_000}).rowcount == 0
    assert connection.execute(purge, chosen).rowcount == 1


def test_what_is_settled_is_not_where_claims_read(engine: Engine) -> None:
    store = SqlMessageStore(engine)
    store.put(NewMessage("processed", b"request"))
    store.put(NewMessage("set aside", b"request"))
    first, second = store.claim(2, LEASE)
    store.settle([Processed(first, b"answer"), SetAside(second, Rejected(Reason.TOO_LARGE))])
    with engine.connect() as connection:
        due = connection.execute(select(table.c.duetime).order_by(table.c.uniqueid)).scalars().all()
    assert due == [None, NEVER]
