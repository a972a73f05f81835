"""Calls of a remote issuer's runner that hang: nobody waits for them any more, and each keeps a thread."""

import logging
from concurrent.futures import Future

from lockgate.operations.asking import Result

_log = logging.getLogger(__name__)
SHARE = 4
"""Times the issuer's `calls`: so many calls hang or are in flight at most."""


class HangingCalls:
    """Those of one runner; its thread alone uses them.

    Args:
        name: the issuer's.
        calls: how many the issuer takes at a time.
    """

    def __init__(self, name: str, calls: int) -> None:
        self._name = name
        self._limit = SHARE * calls
        self._calls: list[Future[Result]] = []
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why no call is begun, as of the last `room`; None where there was room."""
        return self._trouble

    def add(self, operation: str, call: "Future[Result]") -> None:
        """The call about that operation hangs."""
        _log.error("issuer %s, operation %s: no answer in time, and the call hangs", self._name, operation)
        self._calls.append(call)

    def room(self) -> int:
        """How many calls may be in flight beside those that hang still."""
        self._calls = [call for call in self._calls if not call.done()]
        room = self._limit - len(self._calls)
        self._tell(
            None if room else f"calls of the issuer that hang: {len(self._calls)}; none is begun until one returns"
        )
        return room

    def _tell(self, trouble: str | None) -> None:
        """Into the log where it is new."""
        if trouble and not self._trouble:
            _log.error("issuer %s: %s", self._name, trouble)
        elif self._trouble and not trouble:
            _log.info("issuer %s: a call that hung has returned: calls are begun again", self._name)
        self._trouble = trouble
