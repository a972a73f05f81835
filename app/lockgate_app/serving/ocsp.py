"""OCSP answers about this installation's certificates, published where they are due, from time to time.

Each node of a CA looks for them; one at a time publishes in a data source.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from lockgate.errors import LockgateError
from lockgate.publishing.rounds import AnswerPublishing
from lockgate_app.container.ocsp import answer_publishing, ocsp_table
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.service import EventRest
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.ocsp")


@contextmanager
def ocsp_service(zone: CaZone, rest: EventRest) -> Iterator["OcspService"]:
    """What publishes by the table `[ocsp]`; the databases are let go at the end.

    Raises:
        ConfigurationError: as of `answer_publishing`.
    """
    with answer_publishing(zone, rest.stopping) as publishing:
        yield OcspService(publishing, ocsp_table(zone).every, rest)


class OcspService:
    """Looks for answers that are due, and publishes them.

    Args:
        every: seconds between two looks. Where a round has left answers due, the next one follows at once.
    """

    def __init__(self, publishing: AnswerPublishing, every: int, rest: EventRest) -> None:
        self._publishing, self._every, self._rest = publishing, every, rest
        self._troubles = {
            source: TroubleReport(_log.bind(data_source=source), rest.monotonic) for source in publishing.sources
        }
        self._refused: dict[str, set[str]] = {}

    def run(self) -> None:
        """Until a stop is asked for; no error ends it, and one of a data source keeps no other waiting."""
        while not self._rest.stopping():
            left = [self._look(source) for source in self._publishing.sources]
            if not any(left):
                self._rest.rest(self._every)

    def _look(self, source: str) -> bool:
        """One round; tells whether further answers are due."""
        try:
            done = self._publishing.publish(source)
        except LockgateError as error:
            self._troubles[source].met(error)
            return False
        self._troubles[source].over()
        if done is None:
            return False
        if done.certificates:
            _log.info("OCSP answers published", data_source=source, certificates=done.certificates)
        refused = set(done.refusals)
        for refusal in sorted(refused - self._refused.get(source, set())):
            _log.error("no OCSP answers signed", data_source=source, reason=refusal)
        self._refused[source] = refused
        return done.more
