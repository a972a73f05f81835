"""The clients of a load at work, a thread each."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Protocol

from lockgate_app.load.tally import Outcome
from lockgate_app.workers.stops import EventRest


class LoadClient(Protocol):
    """One client: sends its share.

    Attributes:
        sent: requests so far.
    """

    sent: int

    def run(self, start: float) -> None:
        """Work until all is done or a stop is asked for.

        Args:
            start: of the load, on the clock of `Rest`.
        """


Making = Callable[[Callable[[Outcome], None]], LoadClient]
"""Makes a client, which reports to the given function."""


class Crowd:
    """Runs a client on each thread.

    Args:
        making: of each client.
        rest: ends the load early; a client that fails ends it for all.
    """

    def __init__(self, making: Sequence[Making], rest: EventRest) -> None:
        self._rest = rest
        self._start = rest.monotonic()
        self._told: SimpleQueue[Outcome | None] = SimpleQueue()
        self._clients = [make(self._told.put) for make in making]

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
        with ThreadPoolExecutor(len(self._clients), "load") as threads:
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
