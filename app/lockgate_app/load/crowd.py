"""The RA clients of a load at work, a thread each."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from lockgate.ra.client import RaClient
from lockgate_app.load.clients import SteadyClient
from lockgate_app.load.messages import Sample
from lockgate_app.load.pace import LoadPace
from lockgate_app.load.tally import Outcome
from lockgate_app.workers.service import EventRest


class Crowd:
    """Runs a client on each thread.

    Args:
        clients: one for each RA; the caller opens and closes them.
        wait: seconds for which an answer is waited for.
        rest: ends the load early; a client that fails ends it for all.
    """

    def __init__(
        self, clients: Sequence[RaClient], sample: Sample, pace: LoadPace, wait: float, rest: EventRest
    ) -> None:
        self._rest = rest
        self._start = rest.monotonic()
        self._told: SimpleQueue[Outcome | None] = SimpleQueue()
        self._clients = [
            SteadyClient(client, ra, sample, pace, wait, rest, self._told.put) for ra, client in enumerate(clients)
        ]

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return sum(client.sent for client in self._clients)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._rest.monotonic() - self._start

    def outcomes(self) -> Iterator[Outcome]:
        """Run; each outcome as it becomes known.

        Raises:
            CallerError, KeystoreError: no such request can be sent from here.
        """
        self._start = self._rest.monotonic()
        with ThreadPoolExecutor(len(self._clients), "ra") as threads:
            running = [threads.submit(client.run, self._start) for client in self._clients]
            for run in running:
                run.add_done_callback(self._ended)
            for _ in running:
                yield from iter(self._told.get, None)
        for run in running:
            run.result()

    def _ended(self, client: Future[None]) -> None:
        if client.exception() is not None:
            self._rest.stop()
        self._told.put(None)
