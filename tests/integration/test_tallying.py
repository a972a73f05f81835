"""Messages are counted by their status on every database, whatever a row's owner has written into it."""

from datetime import timedelta

from sqlalchemy import Engine

from lockgate.queue.message import NewMessage, Processed, SetAside, WaitAgain
from lockgate.queue.tally import MessageTally
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.tallying import LONGEST, tally
from tests.support.databases.message_tables import LEASE, engine, run

__all__ = ["engine"]
HOUR = timedelta(hours=1)


def put_all(store: SqlMessageStore, *names: str) -> None:
    for name in names:
        store.put(NewMessage(name, b"content"))


def aged(engine: Engine, name: str, column: str, milliseconds: int) -> None:
    run(engine, f"update message set {column} = {column} - {milliseconds} where messageid like '{name}%'")


def test_an_empty_database_has_no_work(engine: Engine) -> None:
    assert tally(engine) == MessageTally()


def test_each_status_is_counted_with_the_age_of_what_waits_and_of_what_is_due(engine: Engine) -> None:
    store = SqlMessageStore(engine)
    put_all(store, "answered", "refused", "awaits approval", "held", "left")
    claimed = {message.message_id: message for message in store.claim(10, LEASE)}
    store.settle([
        Processed(claimed["answered"], b"answer"), SetAside(claimed["refused"], Rejected(Reason.MALFORMED_ROW)),
        WaitAgain(claimed["awaits approval"], HOUR),
    ])  # fmt: skip
    put_all(store, "new")
    aged(engine, "awaits approval", "createtime", 7_200_000)
    aged(engine, "new", "duetime", 60_000)
    aged(engine, "left", "duetime", 1_800_000)
    found = tally(engine)
    assert (found.waiting, found.due, found.in_process, found.set_aside) == (2, 2, 2, 1)
    assert 2 * HOUR <= found.oldest < 3 * HOUR
    assert timedelta(minutes=25) <= found.overdue < HOUR


def test_times_that_no_client_has_written_change_neither_the_counts_nor_the_type(engine: Engine) -> None:
    put_all(SqlMessageStore(engine), "first", "second")
    run(engine, f"update message set createtime = {-(2**62)}, duetime = {-(2**62)} where messageid like 'first%'")
    found = tally(engine)
    assert (found.waiting, found.due, found.oldest, found.overdue) == (2, 2, LONGEST, LONGEST)
