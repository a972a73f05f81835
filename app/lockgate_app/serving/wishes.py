"""What signals ask a supervisor for: SIGTERM and SIGINT its end, SIGHUP the configuration read anew."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe

from lockgate_app.workers.stops import EventRest, handled


class Wishes:
    """A stop, or a reload; signal handlers may ask for both: no lock is taken."""

    def __init__(self) -> None:
        self.rest = EventRest()
        self._reload = False
        self._asked, self._ask = Pipe(duplex=False)

    def reload(self) -> None:
        """Ask for the configuration to be read anew."""
        if not self._reload:
            self._reload = True
            self._ask.send_bytes(b"reload")

    def take_reload(self) -> bool:
        """Whether that was asked for since; asked again, it was not."""
        if not self._reload:
            return False
        self._reload = False  # first: what is asked for from now on is another wish
        self._asked.recv_bytes()
        return True

    def fileno(self) -> int:
        """A file descriptor that can be read while a reload is asked for."""
        return self._asked.fileno()

    @contextmanager
    def from_signals(self, *, reloads: bool) -> Iterator[None]:
        """Signals ask inside the block.

        Args:
            reloads: whether SIGHUP asks for a reload; otherwise for a stop: the end of a terminal ends what it runs.
        """
        hang_up = self.reload if reloads else self.rest.stop
        stop = self.rest.stop
        with handled({signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: hang_up}):
            yield
