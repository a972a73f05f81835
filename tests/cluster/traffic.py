"""RAs that go on sending while something happens to the databases, and workers that never stop."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from signal import SIGTERM

from lockgate.errors import CallerError, Unavailable
from tests.crash.correspondence import Correspondence
from tests.crash.forking import Child, Hurry, start_worker
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
            while self.correspondence.waits:
                self._approve()
                self.correspondence.collect()
                self.stop.wait(0.05)
            with self._answered:
                self.rounds += 1
                self._answered.notify_all()

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
        children = [
            start_worker(site.config(worker), Hurry(), name=worker, log=worker, once=False) for worker in site.workers
        ]
        stack.callback(_end, children)
        pool = stack.enter_context(ThreadPoolExecutor(len(traffics)))
        running = [pool.submit(its.run) for its in traffics]
        try:
            yield traffics
        finally:
            for its in traffics:
                its.stop.set()
        for done in running:
            done.result(ROUND_SECONDS)


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.send(SIGTERM)
    for child in children:
        child.ended()
