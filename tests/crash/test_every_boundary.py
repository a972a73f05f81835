"""SIGKILL of workers at every statement boundary of a mixed load: nothing lost, nothing done twice.

LOCKGATE_CRASH_KILLS sets how many kills each database gets, LOCKGATE_CRASH_SEED which ones; a failure names its seed.
"""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.crash.boundaries import KillAt, Record
from tests.crash.chance import KILLS
from tests.crash.correspondence import PATIENCE, Correspondence, complaints
from tests.crash.forking import WorkerServer
from tests.crash.installation import Installation
from tests.crash.load import CmpClients
from tests.support.databases.servers import DATABASES

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
LANES = 4
LEASE = 0.5
"""Seconds, the least that can be configured."""
IN_A_ROW = 4
"""Kills of one lane before a worker may live: far fewer than the attempts after which a message is set aside."""


class Lane:
    """One message database, its RA, and its worker, which is killed again and again."""

    def __init__(self, site: Installation, worker: str, seed: str, clients: CmpClients) -> None:
        self._site = site
        self._server = WorkerServer(site.config(worker), worker)
        self._random = random.Random(seed)
        self._file = site.config(worker).with_suffix(".boundary")
        self._passed = 0
        self._boundaries: list[int] = []
        self.correspondence = Correspondence(site, worker, clients)
        self.killed: Counter[str] = Counter()

    def run(self, kills: int) -> None:
        """Send, kill, approve and look, until that many workers were killed and everything is answered."""
        with self._server:
            self._run(kills)

    def _run(self, kills: int) -> None:
        self.correspondence.send()
        self._server.warm_up()
        self._work_off()
        while (left := kills - self.killed.total()) > 0:
            self.correspondence.send()
            for _ in range(min(IN_A_ROW, left)):
                self._kill()
                self._site.approve()
            self._work_off()

    def _kill(self) -> None:
        if not self._server.run(KillAt(self._boundaries.pop(), self._file)):
            self.killed[self._file.read_text()] += 1
        self._choose()

    def _work_off(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.correspondence.waits:
            assert time.monotonic() < deadline, "no answer"
            assert self._server.run(Record(self._file))
            self._passed = max(self._passed, len(self._file.read_text().splitlines()))
            self._choose()
            self._site.approve()
            self.correspondence.collect()

    def _choose(self) -> None:
        """When none is left: every boundary that a worker has passed in its life, in random order."""
        if not self._boundaries:
            self._boundaries = self._random.sample(range(1, self._passed + 1), self._passed)


@pytest.fixture
def site(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[str], str]
) -> Iterator[Installation]:
    """An installation with a message database for each lane, all on the named kind of server. Its CA answers CMP
    messages, too; their clients use all RAs at once."""
    name = request.param
    urls = [fresh_database(name) for _ in range(LANES)]
    with Installation(tmp_path / "site", fresh_database(name), urls, LEASE, cmp=True) as site:
        yield site


@pytest.mark.parametrize(
    "site",
    [pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES],
    indirect=True,
)
def test_workers_killed_at_any_statement_boundary_lose_and_double_nothing(site: Installation) -> None:
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} LOCKGATE_CRASH_KILLS={KILLS}")
    clients = CmpClients()
    lanes = [Lane(site, worker, f"{seed} {worker}", clients) for worker in site.workers]
    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(lambda lane: lane.run(-(-KILLS // LANES)), lanes))
    assert not (wrong := complaints(site, [lane.correspondence for lane in lanes])), wrong
    killed = sum((lane.killed for lane in lanes), Counter[str]())
    print(killed)
    assert killed.total() >= KILLS
    assert {label.partition(" ")[0] for label in killed} == {"before", "after"}
