"""The message store where the world goes wrong: conflicts, lost connections, limits."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ibm_db_dbi
import oracledb
import psycopg
import pymysql
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, text

from lockgate.errors import CallerError, Conflict, Defect, MessageTooLarge, Unavailable, Unusable
from lockgate.queue.message import MessageStatus, NewMessage, Processed, PurgedMessages
from lockgate_persistence import upkeep
from lockgate_persistence.dialects import dialect_of
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.schema import MAX_SIZE, NEVER, metadata
from lockgate_persistence.upkeep import UpkeepStatements
from tests.contract.message_stores import current_engine
from tests.support.databases.h2 import oracles_error
from tests.support.databases.message_tables import LEASE, claim_one, engine, run, server_engine, sqlite_engine
from tests.support.databases.servers import MESSAGE_DATABASES, marked

__all__ = ["engine", "server_engine", "sqlite_engine"]
SERVERS = marked(MESSAGE_DATABASES[1:])


DEADLOCKS: dict[str, Callable[[], BaseException]] = {
    "postgresql": lambda: psycopg.errors.DeadlockDetected("deadlock detected"),
    "mariadb": lambda: pymysql.err.OperationalError(1213, "Deadlock found when trying to get lock"),
    "oracle": lambda: oracles_error("ORA-00060", "deadlock detected while waiting for resource"),
    "db2": lambda: ibm_db_dbi.ProgrammingError('SQL0911N  Reason code "2".  SQLSTATE=40001 SQLCODE=-911'),
}
LOST: dict[str, Callable[[], BaseException]] = {
    "sqlite": lambda: sqlite3.OperationalError("disk I/O error"),
    "postgresql": lambda: psycopg.OperationalError("server closed the connection unexpectedly"),
    "mariadb": lambda: pymysql.err.OperationalError(2013, "Lost connection to MySQL server during query"),
    "oracle": lambda: oracles_error("ORA-03113", "end-of-file on communication channel", oracledb.OperationalError),
    "db2": lambda: ibm_db_dbi.OperationalError("SQL30081N  A communication error.  SQLSTATE=08001 SQLCODE=-30081"),
}


def deadlock(engine: Engine) -> BaseException:
    return DEADLOCKS[engine.dialect.name]()


def lost(engine: Engine) -> BaseException:
    return LOST[engine.dialect.name]()


class TestSchema:
    def test_the_migrations_make_what_the_statements_expect(self, database_url: str) -> None:
        def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
            return (kind, name) != ("table", MESSAGES.version_table)

        with current_engine(database_url) as engine, engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_the_field_s_own_index_statements_run_as_written(self, engine: Engine) -> None:
        run(engine, "create index message_idx1 on message (status);")
        run(engine, "create index message_idx2 on message (messageId);")
        run(engine, "select uniqueId, messageId, type, status, createtime, modifytime, message from message")

    def test_without_the_schema_the_command_is_named(self, message_database_url: str) -> None:
        engine = open_engine(DatabaseSettings(url=message_database_url))
        with pytest.raises(Unusable, match="lockgate db upgrade"):
            SqlMessageStore(engine).claim(1, LEASE)
        engine.dispose()

    def test_sqlite_finds_due_messages_by_the_index(self, sqlite_engine: Engine) -> None:
        plan = []
        store = SqlMessageStore(sqlite_engine)
        statement = store._statements.due().compile(sqlite_engine, compile_kwargs={"render_postcompile": True})
        with sqlite_engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1, 2, 20, 0)[: len(statement.params)])
            plan = [row.detail for row in rows]
        assert plan == ["SEARCH message USING INDEX message_due (duetime<?)"]

    def test_sqlite_reads_lists_and_what_is_old_by_an_index(self, sqlite_engine: Engine) -> None:
        statements = UpkeepStatements(dialect_of(sqlite_engine))
        status, values = MessageStatus.SET_ASIDE, {"age_": 1, "limit_": 20, "uniqueid_": 1}
        for statement, plan in (
            (statements.walk(status), "SEARCH message USING INDEX message_due (duetime=? AND uniqueid>?)"),
            (statements.browse(status), "SEARCH message USING INDEX message_due (duetime=? AND uniqueid>?)"),
            (statements.walk(MessageStatus.PROCESSED), "SEARCH message USING INTEGER PRIMARY KEY (rowid>?)"),
        ):
            compiled = statement.compile(sqlite_engine)
            given = tuple((compiled.params | values)[name] for name in compiled.positiontup or ())
            with sqlite_engine.connect() as connection:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", given)
                assert [row.detail for row in rows] == [plan]


class Interruption:
    """Makes the next COMMIT of an engine fail, before or after it took effect."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self._commit = engine.dialect.do_commit
        self._error: BaseException | None = None
        self._before = False
        monkeypatch.setattr(engine.dialect, "do_commit", self._interrupted)

    def arm(self, error: BaseException, *, before: bool) -> None:
        self._error, self._before = error, before

    def _interrupted(self, connection: Any) -> None:
        error, self._error = self._error, None
        if error is None:
            self._commit(connection)
            return
        if self._before:
            connection.rollback()
        else:
            self._commit(connection)
        raise error


class TestInterruptedCommits:
    """A COMMIT without an answer: the rows themselves tell what became of it."""

    @pytest.fixture
    def interruption(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Interruption:
        return Interruption(engine, monkeypatch)

    def test_a_claim_that_was_committed_counts(self, engine: Engine, interruption: Interruption) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        interruption.arm(lost(engine), before=False)
        claimed = claim_one(store)
        assert store.settle([Processed(claimed, b"answer")]) == [True]

    def test_a_claim_that_was_not_committed_is_none(self, engine: Engine, interruption: Interruption) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        interruption.arm(lost(engine), before=True)
        with pytest.raises(Unavailable):
            store.claim(10, LEASE)
        assert not claim_one(store).left

    def test_a_write_back_that_was_committed_counts(self, engine: Engine, interruption: Interruption) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        claimed = claim_one(store)
        interruption.arm(lost(engine), before=False)
        assert store.settle([Processed(claimed, b"answer")]) == [True]

    def test_a_write_back_that_was_not_committed_can_be_repeated(
        self, engine: Engine, interruption: Interruption
    ) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        claimed = claim_one(store)
        interruption.arm(lost(engine), before=True)
        with pytest.raises(Unavailable):
            store.settle([Processed(claimed, b"answer")])
        assert store.settle([Processed(claimed, b"answer")]) == [True]

    def test_a_stale_write_back_stays_dropped(self, engine: Engine, interruption: Interruption) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        claimed = claim_one(store)
        assert store.settle([Processed(claimed, b"answer")]) == [True]
        interruption.arm(lost(engine), before=False)
        with pytest.raises(Unavailable):
            store.settle([Processed(claimed, b"again")])
        stored = store.fetch(1, "id")
        assert stored is not None
        assert stored.content == b"answer"

    @pytest.mark.parametrize("server_engine", SERVERS, indirect=True)
    def test_a_deadlock_at_commit_is_run_again(self, server_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        store = SqlMessageStore(server_engine)
        interruption = Interruption(server_engine, monkeypatch)
        interruption.arm(deadlock(server_engine), before=True)
        store.put(NewMessage("id", b"request"))
        interruption.arm(deadlock(server_engine), before=True)
        claimed = claim_one(store)
        assert not claimed.left
        interruption.arm(deadlock(server_engine), before=True)
        assert store.settle([Processed(claimed, b"answer")]) == [True]

    @pytest.mark.parametrize("server_engine", SERVERS, indirect=True)
    def test_endless_deadlocks_are_given_up(self, server_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        runs = []

        def fail(connection: Any) -> None:
            connection.rollback()
            runs.append(1)
            raise deadlock(server_engine)

        store = SqlMessageStore(server_engine)
        store.put(NewMessage("id", b"request"))
        monkeypatch.setattr(server_engine.dialect, "do_commit", fail)
        with pytest.raises(Conflict):
            store.claim(1, LEASE)
        assert len(runs) == 10


class TestPurge:
    """Processed messages are walked through piece by piece."""

    @pytest.fixture
    def store(self, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> SqlMessageStore:
        monkeypatch.setattr(upkeep, "PIECE", 3)
        store = SqlMessageStore(sqlite_engine)
        for number in range(12):
            store.put(NewMessage(f"id{number:02}", b"request"))
        return store

    def settle(self, store: SqlMessageStore, engine: Engine, *old: int, begun: int = 11) -> None:
        """Process all; those named `old` ten days ago; put so long ago was everything up to `begun`."""
        store.settle([Processed(claimed, b"answer") for claimed in store.claim(20, LEASE)])
        days = {"past": 10 * 86_400_000}
        run(
            engine,
            "update message set createtime = createtime - :past where messageid <= :id",
            id=f"id{begun:02}",
            **days,
        )
        for number in old:
            run(
                engine,
                "update message set modifytime = modifytime - :past where messageid = :id",
                id=f"id{number:02}",
                **days,
            )

    def purged(self, store: SqlMessageStore, limit: int) -> list[str]:
        before = {message.message_id for message in store.browse(MessageStatus.PROCESSED, 20).messages}
        store.purge(MessageStatus.PROCESSED, timedelta(days=5), limit)
        return sorted(before - {message.message_id for message in store.browse(MessageStatus.PROCESSED, 20).messages})

    def test_the_walk_goes_on_while_it_meets_old_messages(self, store: SqlMessageStore, sqlite_engine: Engine) -> None:
        self.settle(store, sqlite_engine, 0, 4, 7, 8)
        assert self.purged(store, 10) == ["id00", "id04", "id07", "id08"]

    def test_it_ends_where_there_are_enough(self, store: SqlMessageStore, sqlite_engine: Engine) -> None:
        self.settle(store, sqlite_engine, 0, 4, 7, 8)
        assert self.purged(store, 2) == ["id00", "id04"]
        assert self.purged(store, 2) == ["id07", "id08"]

    def test_old_messages_that_wait_or_were_set_aside_do_not_stop_it(
        self, store: SqlMessageStore, sqlite_engine: Engine
    ) -> None:
        self.settle(store, sqlite_engine, 0, 1, 2, 3, 4, 5, 6)
        run(sqlite_engine, "update message set status = 4, duetime = :never where messageid < 'id03'", never=NEVER)
        run(sqlite_engine, "update message set status = 1, duetime = 1 where messageid between 'id03' and 'id05'")
        assert self.purged(store, 10) == ["id06"]

    def test_it_does_not_look_through_what_is_new(self, store: SqlMessageStore, sqlite_engine: Engine) -> None:
        self.settle(store, sqlite_engine, 3, 11, begun=3)
        run(sqlite_engine, "update message set createtime = 0 where messageid = 'id11'")
        assert self.purged(store, 10) == ["id03"]

    def steps(self, store: SqlMessageStore, limit: int) -> list[int]:
        """How many messages each step of a walk deletes."""
        counts: list[int] = []
        done = PurgedMessages(0, None)
        while not counts or done.last is not None:
            done = store.purge(MessageStatus.PROCESSED, timedelta(days=5), limit, done.last)
            counts.append(done.count)
        return counts

    def test_one_step_looks_at_so_many_and_the_next_one_goes_on(
        self, store: SqlMessageStore, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upkeep, "PIECES", 2)
        self.settle(store, sqlite_engine, 4, 11)
        assert self.steps(store, 10) == [1, 1, 0]

    def test_what_has_to_stay_is_looked_at_once_however_many_steps_there_are(
        self, store: SqlMessageStore, sqlite_engine: Engine
    ) -> None:
        self.settle(store, sqlite_engine, *range(6, 12))
        looks: list[str] = []
        event.listen(
            sqlite_engine, "before_cursor_execute", lambda *executed: looks.append(executed[2].split()[0].lower())
        )
        assert self.steps(store, 1) == [1] * 6
        assert looks.count("select") == 2 + 6


class TestLimits:
    def test_one_claim_loads_sixteen_mebioctets_at_most(self, engine: Engine) -> None:
        store = SqlMessageStore(engine)
        for number in range(5):
            store.put(NewMessage(f"id{number}", bytes([number]) * (MAX_SIZE // 4)))
        assert [len(store.claim(10, LEASE)) for _ in range(3)] == [4, 1, 0]

    def test_an_answer_that_no_row_may_hold_is_the_caller_s_error(self, sqlite_engine: Engine) -> None:
        store = SqlMessageStore(sqlite_engine)
        store.put(NewMessage("id", b"request"))
        claimed = claim_one(store)
        with pytest.raises(MessageTooLarge):
            store.settle([Processed(claimed, bytes(MAX_SIZE + 1))])
        assert store.settle([Processed(claimed, bytes(MAX_SIZE))]) == [True]

    @pytest.mark.parametrize("max_size", [0, MAX_SIZE + 1])
    def test_a_store_s_limit_is_bounded_itself(self, sqlite_engine: Engine, max_size: int) -> None:
        with pytest.raises(CallerError):
            SqlMessageStore(sqlite_engine, max_size)

    def test_a_statement_that_the_database_rejects_is_a_defect_without_its_parameters(self, engine: Engine) -> None:
        with pytest.raises(Defect) as failure:
            run(engine, "selekt :secret", secret="sesame")
        assert "sesame" not in str(failure.value)

    def test_statuses_in_the_table_are_those_of_the_state_machine(self, engine: Engine) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        claim_one(store)
        with engine.connect() as connection:
            assert connection.execute(text("select status from message")).scalar_one() == MessageStatus.IN_PROCESS
