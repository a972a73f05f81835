"""The message store where whoever owns the table has written something into it."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine

from lockgate.errors import PeerError
from lockgate.queue.message import MessageStatus, NewMessage, Processed, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.dialects import translated
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.schema import MAX_SIZE
from tests.contract.message_stores import add_malformed, current_engine
from tests.support.databases.message_tables import LEASE, claim_one, engine, run, server_engine, sqlite_engine, value
from tests.support.databases.servers import Server, marked

__all__ = ["engine", "server_engine", "sqlite_engine"]


class TestTamperedTables:
    """Whoever owns the table can write anything into it; a worker goes on with what is sound."""

    @pytest.mark.parametrize(
        "tampering",
        [
            "message = 'text'",
            "messageid = x'ff'",
            "messageid = cast(x'ff' as text)",
            "messageid = 'a' || char(0)",
            "messageid = printf('%.*c', 256, 'a')",
            "type = 'type'",
            "type = cast(x'ff' as text)",
            "generation = 'g', message = 'text'",
            "attempts = 1.5, message = 'text'",
        ],
    )
    def test_a_row_of_the_wrong_shape_is_set_aside_and_does_not_stop_its_neighbours(
        self, sqlite_engine: Engine, tampering: str
    ) -> None:
        store = SqlMessageStore(sqlite_engine)
        store.put(NewMessage("bad", b"request"))
        store.put(NewMessage("good", b"request"))
        run(sqlite_engine, f"update message set {tampering} where messageid = 'bad'")
        bad, good = store.claim(10, LEASE)
        assert ((bad.message_id, bad.malformed), (good.message_id, good.malformed)) == (("", True), ("good", False))
        assert store.settle([SetAside(bad, Rejected(Reason.MALFORMED_ROW))]) == [True]
        assert value(sqlite_engine, "select status from message where uniqueid = 1") == MessageStatus.SET_ASIDE

    @pytest.mark.parametrize(
        "tampering",
        [
            ["update message set generation = 'g'"],
            ["update message set generation = -1.5"],
            ["update message set attempts = x'ff'"],
            ["alter table message drop column attempts", "alter table message add column attempts integer"],
            ["alter table message drop column generation", "alter table message add column generation integer"],
        ],
    )
    def test_numbers_that_are_none_do_not_keep_a_message_from_its_answer(
        self, sqlite_engine: Engine, tampering: Sequence[str]
    ) -> None:
        store = SqlMessageStore(sqlite_engine)
        store.put(NewMessage("bad", b"request"))
        for statement in tampering:
            run(sqlite_engine, statement)
        claimed = claim_one(store)
        assert store.begin(claimed)
        assert store.settle([Processed(claimed, b"answer")]) == [True]

    @pytest.mark.parametrize("server_engine", marked(["postgresql", "mariadb"]), indirect=True)
    def test_a_row_of_nulls_is_set_aside(self, server_engine: Engine) -> None:
        columns = {"messageid": "varchar(255)", "type": "smallint", "generation": "integer", "attempts": "integer"}
        columns |= {"message": "longblob", "requestdigest": "binary(32)", "createtime": "bigint"}
        change = "alter column {} drop not null" if server_engine.dialect.name == "postgresql" else "modify {} {} null"
        for column, kind in columns.items():
            run(server_engine, f"alter table message {change.format(column, kind)}")
        store = SqlMessageStore(server_engine)
        with server_engine.begin() as connection:
            add_malformed(connection, 1, **dict.fromkeys(columns))
        claimed = claim_one(store)
        assert claimed.malformed
        assert store.begin(claimed)
        assert store.settle([SetAside(claimed, Rejected(Reason.MALFORMED_ROW))]) == [True]

    def test_a_row_with_the_largest_numbers_does_not_stop_its_neighbours(self, engine: Engine) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("bad", b"request"))
        store.put(NewMessage("good", b"request"))
        run(engine, "update message set attempts = 2147483647, generation = 2147483647 where messageid = 'bad'")
        assert sorted(message.message_id for message in store.claim(10, LEASE)) == ["bad", "good"]

    def test_text_that_is_no_utf_8_is_shown_without_failing(self, sqlite_engine: Engine) -> None:
        store = SqlMessageStore(sqlite_engine)
        store.put(NewMessage("bad", b"request"))
        run(sqlite_engine, "update message set status = 4, reason = cast(x'ff' as text)")
        stored = store.fetch(1, "bad")
        assert stored is not None
        assert stored.reason == "\udcff"

    @pytest.mark.parametrize(
        "tampering",
        ["message = 'text'", "status = 9", "status = 'x'", "generation = 'g'", "modifytime = x'00'", "reason = x'ff'"],
    )
    def test_a_client_is_told_that_the_row_is_no_message(self, sqlite_engine: Engine, tampering: str) -> None:
        store = SqlMessageStore(sqlite_engine)
        store.put(NewMessage("bad", b"request"))
        run(sqlite_engine, f"update message set {tampering}")
        with pytest.raises(PeerError):
            store.fetch(1, "bad")

    @pytest.mark.parametrize(
        ("name", "statement"),
        [
            ("sqlite", "update message set message = zeroblob(:size)"),
            pytest.param(
                "postgresql",
                "update message set message = convert_to(repeat('0', :size), 'UTF8')",
                marks=pytest.mark.postgresql,
            ),
        ],
    )
    def test_content_beyond_every_limit_is_not_loaded(
        self, fresh_database: Callable[[str], str], name: str, statement: str
    ) -> None:
        with current_engine(fresh_database(name)) as engine:
            store = SqlMessageStore(engine)
            store.put(NewMessage("bad", b"request"))
            run(engine, statement, size=MAX_SIZE + 1)
            with pytest.raises(PeerError):
                store.fetch(1, "bad")
            claimed = claim_one(store)
        assert (claimed.size, claimed.content) == (MAX_SIZE + 1, None)

    @pytest.mark.postgresql
    def test_text_in_another_encoding_is_the_peer_s_error(self, postgresql_server: Server) -> None:
        # A database without an encoding stores and sends any octets as text.
        url = postgresql_server.fresh_url("encoding 'SQL_ASCII' template template0")
        with current_engine(url) as engine:
            store = SqlMessageStore(engine)
            store.put(NewMessage("bad", b"request"))
            run(engine, r"update message set messageid = e'\xff'")
            with pytest.raises(PeerError):
                store.claim(10, LEASE)

    def test_text_that_the_driver_cannot_decode_is_the_peer_s_error(self, sqlite_engine: Engine) -> None:
        with pytest.raises(PeerError, match="encoding") as failure, translated(sqlite_engine):
            b"sesame\xff".decode()
        assert "sesame" not in str(failure.value)

    def test_an_invented_claim_is_no_lease(self, engine: Engine) -> None:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        claimed = claim_one(store)
        run(engine, "update message set claimid = :forged", forged="f" * 32)
        assert store.settle([Processed(claimed, b"answer")]) == [False]
