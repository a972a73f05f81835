"""The pages of docs/how-to/ that point Lockgate at a cluster of databases, followed to the letter on real ones."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cluster.galera import cluster
from tests.cluster.postgresql import Primary, Standby
from tests.support.databases.servers import running
from tests.support.parts import part_or_skip
from tests.support.walking import PATIENCE, follow

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(PATIENCE + 60)]


def prepare(url: str, *statements: str) -> None:
    """Make what the pages presuppose: the user `lockgate`, and its databases."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("create database ca", "create database messages", *statements):
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.postgresql
def test_postgresql(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with part_or_skip(running(Primary)) as primary, running(lambda: Standby(primary)) as standby:
        prepare(primary.url("admin"), "create role lockgate login superuser")
        nodes = "&".join(f"host=127.0.0.1:{node.port}" for node in (standby, primary))
        follow("how-to/postgresql-patroni.md", tmp_path, tmp_path_factory.mktemp("home"), {"NODES": nodes})


@pytest.mark.mariadb
def test_galera(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with part_or_skip(cluster()) as made:
        user = "lockgate@'127.0.0.1'"
        prepare(made[0].url("admin"), f"create user {user}", f"grant all on *.* to {user}")
        nodes = "&".join(f"host=127.0.0.1:{node.port}" for node in made)
        follow("how-to/galera.md", tmp_path, tmp_path_factory.mktemp("home"), {"NODES": nodes})
