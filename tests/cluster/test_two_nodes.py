"""Two CA nodes with one database run the same worker: one works, the other stands by and takes over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from signal import SIGCONT, SIGKILL

import pytest
from sqlalchemy import text

from lockgate.ports import Fence
from tests.cluster.traffic import Traffic
from tests.crash.correspondence import PATIENCE, Correspondence, complaints
from tests.crash.forking import Child, StopBefore, start_worker
from tests.crash.installation import Installation

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]
LEASE = 2.0
"""Seconds."""
LONG = timedelta(seconds=2 * PATIENCE)
WORKER = "worker0"


HASTY = "idle_transaction_timeout = 2"
"""The server soon ends what a frozen node has begun."""


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgresql", "mariadb")])
def server(request: pytest.FixtureRequest) -> str:
    """The kind of all databases."""
    return str(request.param)


@pytest.fixture
def ca_options() -> str:
    """Further lines on the CA's database."""
    return ""


@pytest.fixture
def site(server: str, ca_options: str, tmp_path: Path, fresh_database: Callable[[str], str]) -> Iterator[Installation]:
    """An installation with one worker."""
    ca, messages = fresh_database(server), fresh_database(server)
    with Installation(tmp_path, ca, [messages], LEASE, ca_options=ca_options) as site:
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


def verdicts(site: Installation) -> int:
    with site.ca.engine().connect() as connection:
        return int(connection.execute(text("select count(*) from journal")).scalar_one())


def take_over(site: Installation) -> Fence:
    """As another node does once the lease has run out; for longer than the test takes."""
    fences: list[Fence] = []

    def acquired() -> bool:
        fences.extend(filter(None, [site.ca.coordinator().acquire(WORKER, "another node", LONG)]))
        return bool(fences)

    until(acquired)
    return fences[0]


def fenced_off(child: Child) -> bool:
    """Whether it has met the fence; nothing else may have kept it from committing."""
    assert "trying again" not in child.log()
    return "took the worker over" in child.log()


def test_only_the_fence_keeps_the_late_write_of_a_frozen_node_out(site: Installation) -> None:
    """It has written all but the audit log. The other node has taken the lease and done nothing else: there is nothing
    that the late write could collide with, and the server has not ended the transaction."""
    correspondence = Correspondence(site, WORKER)
    correspondence.send()
    with node(site, "frozen", "insert into audit_head") as frozen:
        until(frozen.is_stopped)
        fence = take_over(site)
        frozen.send(SIGCONT)
        until(lambda: fenced_off(frozen) or verdicts(site) > 0)
        assert verdicts(site) == 0
        site.ca.coordinator().release(fence)
        with node(site, "second"):
            answer_everything(site, correspondence)
    assert not (wrong := complaints(site, [correspondence])), wrong


def test_the_late_write_of_what_another_node_has_answered_is_fenced_off(site: Installation) -> None:
    """At that moment the frozen node holds nothing that the other one waits for."""
    correspondence = Correspondence(site, WORKER)
    correspondence.send()
    with node(site, "frozen", "insert into approval (") as frozen:
        until(frozen.is_stopped)
        with node(site, "second") as second:
            answer_everything(site, correspondence)
            assert works(site, second)
            frozen.send(SIGCONT)
            until(lambda: fenced_off(frozen))
    assert not (wrong := complaints(site, [correspondence])), wrong


@pytest.mark.parametrize("ca_options", [HASTY])
@pytest.mark.parametrize("moment", ["insert into end_entity", "insert into audit_head"])
def test_what_a_frozen_node_has_locked_comes_free(site: Installation, moment: str) -> None:
    """At the first moment it holds the approval that it has opened, at the second one all that it ever holds."""
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
