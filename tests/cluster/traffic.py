"""RAs that go on sending while something happens to the databases, and workers that never stop."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from lockgate.errors import CallerError, Unavailable
from tests.crash.correspondence import Correspondence
from tests.crash.forking import Hurry, start_worker
from tests.crash.installation import Installation

LEASE = 1.0
"""Seconds."""
ROUND_SECONDS = 60.0
"""How long one message of each kind may take, with all that happens meanwhile."""


@dataclass
class Traffic:
    """One RA that sends one message of each kind, waits for all answers, and begins again.

    Attributes:
        rounds: how often everything was answered.
    """

    site: Installation
    correspondence: Correspondence
    stop: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    _answered: threading.Condition = field(default_factory=threading.Condition)

    def run(self) -> None:
        """Until `stop`, and everything is answered."""
        while not self.stop.is_set():
            self.correspondence.send()
            self.finish()
            with self._answered:
                self.rounds += 1
                self._answered.notify_all()

    def finish(self) -> None:
        """Approve and look until everything is answered."""
        deadline = time.monotonic() + ROUND_SECONDS
        while self.correspondence.waits:
            assert time.monotonic() < deadline, "no answer"
            self._approve()
            self.correspondence.collect()
            time.sleep(0.05)

    def wait(self, rounds: int) -> None:
        """Wait for so many more rounds."""
        with self._answered:
            goal = self.rounds + rounds
            assert self._answered.wait_for(lambda: self.rounds >= goal, ROUND_SECONDS), "no answer"

    def _approve(self) -> None:
        try:
            self.site.approve()
        except (Unavailable, CallerError):  # the next look finds what is left to decide
            return


@contextmanager
def flowing(site: Installation) -> Iterator[Sequence[Traffic]]:
    """Traffic between an RA and a worker on each message database; afterwards everything is answered."""
    traffics = [Traffic(site, Correspondence(site, worker)) for worker in site.workers]
    with ExitStack() as stack:
        for worker in site.workers:
            child = start_worker(site.config(worker), Hurry(), name=worker, log=worker, once=False)
            stack.callback(child.stop)
        pool = stack.enter_context(ThreadPoolExecutor(len(traffics)))
        running = [pool.submit(traffic.run) for traffic in traffics]
        try:
            yield traffics
        finally:
            for traffic in traffics:
                traffic.stop.set()
        for done in running:
            done.result(ROUND_SECONDS)
