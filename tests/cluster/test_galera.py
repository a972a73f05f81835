"""One of three Galera nodes is killed under load, and joins again: everything is answered, once."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Connection, text

from lockgate.errors import Unavailable
from lockgate.queue.message import MessageType, NewMessage
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.transactions import Transactions
from tests.cluster.claimers import contend
from tests.cluster.galera import NODES, GaleraNode, any_of, cluster
from tests.cluster.traffic import LEASE, flowing
from tests.contract.message_stores import current_engine
from tests.crash.correspondence import PATIENCE, complaints
from tests.crash.installation import Installation
from tests.support.parts import part_or_skip

pytestmark = [pytest.mark.cluster, pytest.mark.mariadb, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[GaleraNode]]:
    """Three nodes."""
    with part_or_skip(cluster()) as nodes:
        yield nodes


def fresh(nodes: list[GaleraNode]) -> str:
    """The name of a new database, which every node knows."""
    return nodes[0].fresh_url().rpartition("/")[2]


def say(node: GaleraNode, statement: str) -> None:
    with pymysql.connect(host="127.0.0.1", port=node.port, user="app", autocommit=None) as connection:
        connection.query(statement)


def test_a_node_that_answers_nothing_is_passed_over_and_left(nodes: list[GaleraNode]) -> None:
    engine = open_engine(DatabaseSettings(url=any_of(nodes, fresh(nodes)), pool_min=1))

    def port() -> int:
        with translated(engine), engine.connect() as connection:
            return int(connection.execute(text("select @@port")).scalar_one())

    assert port() == nodes[0].port
    say(nodes[0], "set global wsrep_reject_queries = ALL")
    with pytest.raises(Unavailable):
        port()
    assert port() == nodes[1].port
    say(nodes[0], "set global wsrep_reject_queries = NONE")
    engine.dispose()


def test_a_transaction_that_lost_against_one_of_another_node_runs_again(nodes: list[GaleraNode]) -> None:
    name, runs = fresh(nodes), 0
    with current_engine(nodes[0].url(name)) as engine, current_engine(nodes[1].url(name)) as other:
        SqlMessageStore(engine).put(NewMessage("id", b"request"))

        def count(connection: Connection) -> None:
            connection.execute(text("update message set attempts = attempts + 1"))

        def count_late(connection: Connection) -> None:
            nonlocal runs
            count(connection)
            if runs == 0:
                Transactions(engine).write(count)
            runs += 1

        before = nodes[1].conflicts()
        Transactions(other).write(count_late)
        assert runs > 1
        assert nodes[1].conflicts() > before
        outline = SqlMessageStore(engine).outline(MessageType.API, "id")
        assert outline is not None
        assert outline.attempts == 2


def test_no_message_is_held_by_two_live_leases_on_two_nodes(nodes: list[GaleraNode], tmp_path: Path) -> None:
    seed = secrets.token_hex(8)
    print(f"seed {seed}")
    name = fresh(nodes)
    with current_engine(nodes[0].url(name)):
        assert contend([node.url(name) for node in (*nodes[:2], *nodes[:2])], tmp_path, seed) == []


def test_a_node_dies_under_load_and_joins_again(nodes: list[GaleraNode], tmp_path: Path) -> None:
    in_another_order = [*nodes[1:], nodes[0]]
    urls = [any_of(order, fresh(nodes)) for order in (nodes, in_another_order)]
    with Installation(tmp_path / "site", any_of(nodes, fresh(nodes)), urls, LEASE) as site:
        with flowing(site) as traffics:
            for traffic in traffics:
                traffic.wait(1)
            nodes[0].kill()
            for traffic in traffics:
                traffic.wait(1)
            nodes[0].rejoin(nodes[1:])
            for traffic in traffics:
                traffic.wait(1)
        assert not (wrong := complaints(site, [traffic.correspondence for traffic in traffics])), wrong
    deadline = time.monotonic() + PATIENCE
    while [node.size() for node in nodes] != [NODES] * NODES:
        assert time.monotonic() < deadline
