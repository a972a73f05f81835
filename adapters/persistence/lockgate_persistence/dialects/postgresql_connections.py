"""psycopg's connection with a limit on how long it waits for its server.

The driver has none: keepalives tell of the peer's host, not of a server that hangs, or that lets its client in and then
says nothing. The limit is for a statement as a whole: a server cannot stretch it by an octet now and then.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed once an answer is overdue.

    Attributes:
        patience: seconds; None waits for ever.
    """

    patience: float | None = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        """As the driver's, which wakes ten times a second.

        Raises:
            OperationalError: the answer is overdue.
        """
        return super().wait(gen if self.patience is None else self._bounded(gen, self.patience), *args, **options)

    def _bounded(self, steps: Generator[Any, Any, Any], patience: float) -> Generator[Any, Any, Any]:
        end = monotonic() + patience
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send((yield wanted))
                if monotonic() > end:
                    self.close()
                    raise psycopg.OperationalError(f"no answer within {patience:g} seconds")
        except StopIteration as done:
            return done.value
