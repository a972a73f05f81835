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

from lockgate.submessages import Response
from lockgate_transport.sent import Pending
from tests.crash.boundaries import KillAt, Record
from tests.crash.forking import run_worker
from tests.crash.installation import Installation
from tests.crash.load import Load
from tests.crash.verdict import unsettled, wrong_answers, wrong_effects
from tests.databases import DATABASES

KILLS = int(os.environ.get("LOCKGATE_CRASH_KILLS", "100"))
pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 3 * KILLS)]
LANES = 4
LEASE = 0.5
"""Seconds, the least that can be configured."""
IN_A_ROW = 4
"""Kills of one lane before a worker may live: far fewer than the attempts after which a message is set aside."""


class Lane:
    """One message database, its RA, and its worker, which is killed again and again."""

    def __init__(self, site: Installation, worker: str, seed: str) -> None:
        self._site = site
        self._worker = worker
        self._random = random.Random(seed)
        self._ra = site.client(worker)
        self.load = Load(worker)
        self._open: list[Pending] = []
        self._boundaries: list[int] = []
        self._config = site.config(worker)
        self._file = self._config.with_suffix(".boundary")
        self.killed: Counter[str] = Counter()
        self.answers: dict[str, tuple[Response, ...]] = {}

    def run(self, kills: int) -> None:
        """Send, kill, approve and look, until that many workers were killed and everything is answered."""
        while self.killed.total() < kills:
            self._open += self.load.send(self._ra)
            in_a_row = min(IN_A_ROW, kills - self.killed.total()) if self._boundaries else 0
            for _ in range(in_a_row):
                self._kill()
                self._site.approve()
            self._work_off()

    def _kill(self) -> None:
        fault = KillAt(self._boundaries.pop(), self._file)
        if not self._live(fault):
            self.killed[self._file.read_text()] += 1
        if not self._boundaries:
            self._shuffle()

    def _live(self, fault: KillAt | Record) -> bool:
        return run_worker(self._config, fault, name=self._worker, log=self._worker)

    def _work_off(self) -> None:
        deadline = time.monotonic() + 60
        while self._open:
            assert time.monotonic() < deadline, f"no answer to {[its.message_id for its in self._open]}"
            assert self._live(Record(self._file))
            if not self._boundaries:
                self._shuffle()
            self._site.approve()
            self._collect()

    def _shuffle(self) -> None:
        """Every boundary that the last worker to live has passed, in random order."""
        passed = len(self._file.read_text().splitlines())
        self._boundaries = self._random.sample(range(1, passed + 1), passed)

    def _collect(self) -> None:
        looked = [(pending, self._ra.look(pending)) for pending in self._open]
        self.answers |= {pending.message_id: responses for pending, responses in looked if responses is not None}
        self._open = [pending for pending, responses in looked if responses is None]

    def complaints(self) -> Iterator[str]:
        """What is wrong in this message database, and with the answers from it."""
        again = {its: responses for its in self.answers if (responses := self._ra.look(self._ra.resume(its)))}
        yield from wrong_answers(self.load.expected, self.answers)
        yield from (f"{its}: answered again, otherwise" for its in self.answers if again.get(its) != self.answers[its])
        yield from unsettled(self._site.message_urls[self._worker])


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[str], str]) -> Iterator[Installation]:
    """An installation with a message database for each lane, all on the named kind of server."""
    name = request.param
    urls = [fresh_database(name) for _ in range(LANES)]
    with Installation(tmp_path / "site", fresh_database(name), urls, LEASE) as site:
        yield site


@pytest.mark.parametrize(
    "site",
    [pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES],
    indirect=True,
)
def test_workers_killed_at_any_statement_boundary_lose_and_double_nothing(site: Installation) -> None:
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} LOCKGATE_CRASH_KILLS={KILLS}")
    lanes = [Lane(site, worker, f"{seed} {worker}") for worker in site.workers]
    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(lambda lane: lane.run(-(-KILLS // LANES)), lanes))
    expected = {message_id: rows for lane in lanes for message_id, rows in lane.load.expected.items()}
    complaints = [its for lane in lanes for its in lane.complaints()]
    complaints += wrong_effects(site.ca.engine(), site.ca.auditor(), expected)
    assert not complaints, complaints
    killed = sum((lane.killed for lane in lanes), Counter[str]())
    print(killed)
