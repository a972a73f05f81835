"""Two CA nodes with one database run the same worker: one works, the other stands by and takes over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGKILL

import pytest
from sqlalchemy import text

from tests.cluster.traffic import Traffic
from tests.crash.correspondence import PATIENCE, Correspondence, complaints
from tests.crash.forking import Child, StopBefore, start_worker
from tests.crash.installation import Installation

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]
LEASE = 2.0
"""Seconds."""
WORKER = "worker0"


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgresql", "mariadb")])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[str], str]
) -> Iterator[Installation]:
    """An installation with one worker, all databases on the named kind of server."""
    ca, messages = fresh_database(request.param), fresh_database(request.param)
    with Installation(tmp_path, ca, [messages], LEASE, ca_options="idle_transaction_timeout = 2") as site:
        yield site


@contextmanager
def node(site: Installation, name: str, stop_before: str = "") -> Iterator[Child]:
    """A node, running until the end of the block."""
    fault = StopBefore(stop_before) if stop_before else None
    child = start_worker(site.config(WORKER), fault, name=WORKER, log=name, once=False)
    try:
        yield child
    finally:
        child.stop()


def holder(site: Installation) -> str:
    """Who holds the worker's lease: host, process and a random number."""
    with site.ca.engine().connect() as connection:
        query = text("select holder from worker_lease where worker = :worker")
        return str(connection.execute(query, {"worker": WORKER}).scalar_one_or_none())


def until(what: Callable[[], bool]) -> float:
    """Wait for it; how many seconds that took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() < begun + PATIENCE
        time.sleep(0.02)
    return time.monotonic() - begun


def works(site: Installation, child: Child) -> bool:
    """Whether that node holds the lease."""
    return f"/{child.pid}/" in holder(site)


def answer_everything(site: Installation, correspondence: Correspondence) -> None:
    traffic = Traffic(site, correspondence)
    traffic.stop.set()
    traffic.finish()


def test_another_node_takes_over_within_twice_the_lease(site: Installation) -> None:
    correspondence = Correspondence(site, WORKER)
    with node(site, "first") as first:
        until(lambda: works(site, first))
        with node(site, "second") as second:
            until(lambda: "standing by" in second.log())
            correspondence.send()
            first.send(SIGKILL)
            taken = until(lambda: works(site, second))
            print(f"taken over after {taken:.2f} s with a lease of {LEASE} s")
            assert taken < 2 * LEASE
            answer_everything(site, correspondence)
    assert not (wrong := complaints(site, [correspondence])), wrong


@pytest.mark.parametrize("moment", ["insert into end_entity", "insert into audit_head"])
def test_the_late_write_of_a_frozen_node_is_fenced_off(site: Installation, moment: str) -> None:
    """At the first moment the node holds no lock yet, at the second one all that it ever holds."""
    correspondence = Correspondence(site, WORKER)
    correspondence.send()
    with node(site, "frozen", moment) as frozen:
        until(frozen.is_stopped)
        with node(site, "second") as second:
            answer_everything(site, correspondence)
            assert works(site, second)
            frozen.send(SIGCONT)
            until(lambda: "trying again" in frozen.log() or "took the worker over" in frozen.log())
    assert not (wrong := complaints(site, [correspondence])), wrong
