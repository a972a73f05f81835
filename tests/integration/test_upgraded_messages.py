"""Messages of each status, on every message database, after an upgrade from the revision before the newest."""

from datetime import timedelta

from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_persistence import revisions
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import SchemaState, state, upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.contract.message_stores import current_engine
from tests.support.databases.schema import step_back

LEASE = timedelta(hours=1)
EXPECTED = {
    "answered": MessageStatus.PROCESSED,
    "set aside": MessageStatus.SET_ASIDE,
    "in process": MessageStatus.IN_PROCESS,
    "waiting": MessageStatus.WAITING,
}


def test_what_waits_is_claimed_and_nothing_else(message_database_url: str) -> None:
    with current_engine(message_database_url) as engine:
        store = SqlMessageStore(engine)
        for message_id in EXPECTED:
            store.put(NewMessage(message_id, b"request"))
        answered, set_aside, in_process = store.claim(3, LEASE)
        rejected = Rejected(Reason.TOO_MANY_ATTEMPTS)
        assert store.settle([Processed(answered, b"answer"), SetAside(set_aside, rejected)]) == [True, True]
        step_back(engine, MESSAGES, revisions.known(MESSAGES.package)[1])
        assert state(engine, MESSAGES) is SchemaState.BEHIND
        upgrade(engine, MESSAGES)
        rows = {message_id: store.fetch(MessageType.API, message_id) for message_id in EXPECTED}
        assert {message_id: row.status for message_id, row in rows.items() if row} == EXPECTED
        assert [message.message_id for message in store.claim(10, LEASE)] == ["waiting"]
        assert store.settle([Processed(in_process, b"late answer")]) == [True]
        assert rows["answered"] is not None
        assert rows["answered"].content == b"answer"
