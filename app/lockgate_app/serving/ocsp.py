"""OCSP answers about this installation's certificates, published where they are due, from time to time.

Each data source has a process of its own: an owner of a message database who lets it answer slowly delays no other.
Each node of a CA looks for what is due; one at a time publishes in a data source.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tenacity import RetryCallState, Retrying, wait_exponential, wait_random
from tenacity.wait import wait_base

from lockgate.publishing.rounds import AnswerPublishing
from lockgate_app.container.ocsp import answer_publishing, ocsp_table
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.stops import EventRest, Rest, Stopped
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.ocsp")
LONGEST = 600
"""Seconds between two looks after failures at most, unless `every` is more."""


@contextmanager
def ocsp_service(zone: CaZone, source: str, rest: EventRest) -> Iterator["OcspService"]:
    """What publishes in the data source by the table `[ocsp]`; the databases are let go at the end.

    Raises:
        ConfigurationError: as of `answer_publishing`.
    """
    with answer_publishing(zone, rest.stopping) as publishing:
        yield OcspService(publishing, source, ocsp_table(zone).every, rest)


class OcspService:
    """Looks for answers that are due in a data source, and publishes them.

    Args:
        every: seconds between two looks. Where a round has left answers due, the next one follows at once; after each
            failure the pause doubles.
    """

    def __init__(self, publishing: AnswerPublishing, source: str, every: int, rest: Rest) -> None:
        self._publishing, self._source, self._every, self._rest = publishing, source, every, rest
        self._log = _log.bind(data_source=source)
        self._trouble = TroubleReport(self._log, rest.monotonic)
        self._refused: set[str] = set()

    def run(self) -> None:
        """Until a stop is asked for; no error ends it."""
        while not self._rest.stopping():
            if not self._tried():
                self._rest.rest(self._every)

    def _tried(self) -> bool:
        attempts = Retrying(
            wait=_back_off(self._every),
            stop=Stopped(self._rest),
            sleep=self._rest.rest,
            before_sleep=self._report_trouble,
            retry_error_callback=lambda _: False,
        )
        return attempts(self._look)

    def _report_trouble(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            self._trouble.met(error)

    def _look(self) -> bool:
        """One round; tells whether further answers are due."""
        done = self._publishing.publish(self._source)
        self._trouble.over()
        if done is None:
            return False
        if done.certificates:
            self._log.info("OCSP answers published", certificates=done.certificates)
        refused = set(done.refusals)
        for refusal in sorted(refused - self._refused):
            self._log.error("no OCSP answers signed", reason=refusal)
        self._refused = refused
        return done.more


def _back_off(every: int) -> wait_base:
    """Pauses after failures, in seconds: doubling, and up to `every` more, so that nodes do not come back to a database
    at the same moment."""
    return wait_exponential(multiplier=every, max=max(every, LONGEST)) + wait_random(0, every)
