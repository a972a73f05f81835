"""An old copy of the message database is restored under load: everything is answered, and nothing is issued twice."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from lockgate.queue.message import MessageStatus
from tests.cluster.traffic import LEASE, flowing
from tests.crash.correspondence import complaints
from tests.crash.forking import Hurry, start_worker
from tests.crash.installation import Installation
from tests.support.databases.servers import _postgresql_program

pytestmark = [pytest.mark.cluster, pytest.mark.postgresql, pytest.mark.timeout(180)]


def run(program: str, url: str, *arguments: str) -> None:
    """A program of PostgreSQL's, on that database."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([_postgresql_program(program), f"--dbname={plain}", *arguments], check=True, timeout=60)


def answered(url: str) -> set[str]:
    """The messages that have their answers."""
    engine = create_engine(url)
    with engine.connect() as connection:
        query = text("select messageid from message where status = :status")
        found = connection.execute(query, {"status": int(MessageStatus.PROCESSED)}).scalars().all()
    engine.dispose()
    return set(found)


def test_nothing_is_issued_twice(tmp_path: Path, fresh_database: Callable[[str], str]) -> None:
    """The copy lacks messages that were put since, and says of others that they wait, which were answered since."""
    ca, messages, copy = fresh_database("postgresql"), fresh_database("postgresql"), tmp_path / "copy"
    with Installation(tmp_path / "site", ca, [messages], LEASE) as site:
        with flowing(site) as (traffic,):
            traffic.wait(1)
            run("pg_dump", messages, "--format=custom", f"--file={copy}")
            then = answered(messages)
            traffic.wait(2)
            assert answered(messages) > then
            run("pg_restore", messages, "--clean", "--single-transaction", str(copy))
            traffic.wait(2)
        told = dict(traffic.correspondence.answers)
        worker = start_worker(site.config(site.workers[0]), Hurry(), name=site.workers[0], once=False)
        traffic.correspondence.ask_again()
        traffic.finish()
        worker.stop()
        assert traffic.correspondence.answers == told
        assert not (wrong := complaints(site, [traffic.correspondence])), wrong
