"""TLS handshakes that fail: asyncio closes such a connection without a word, before the server's protocol knows of it.

A stranger could fill the log with them. So they leave one line a minute at most, which tells how many there were.
"""

import ssl
from collections.abc import Callable

import structlog

from lockgate_transport.http.connections import PEER

_log = structlog.get_logger("lockgate.http")
PAUSE = 60.0
"""Seconds between two lines at least."""


class FailedHandshakes:
    """Tells the log of handshakes that have failed; for one thread.

    Args:
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next = 0.0
        self._untold = 0

    def watch(self, context: ssl.SSLContext) -> None:
        """Tell of the handshakes of all connections that `context` takes from now on."""
        failed = self._failed

        class Watched(ssl.SSLObject):
            def do_handshake(self) -> None:
                try:
                    super().do_handshake()
                except ssl.SSLWantReadError:  # it goes on
                    raise
                except ssl.SSLError as error:
                    failed(error)
                    raise

        context.sslobject_class = Watched

    def _failed(self, error: ssl.SSLError) -> None:
        if (now := self._monotonic()) < self._next:
            self._untold += 1
            return
        self._next = now + PAUSE
        detail = getattr(error, "verify_message", "") or error.reason or ""
        _log.warning("TLS handshake failed", client=PEER.get(), detail=detail, untold_before=self._untold)
        self._untold = 0
