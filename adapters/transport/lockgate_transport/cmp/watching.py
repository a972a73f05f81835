"""The one thread that looks which of the messages that clients wait for are answered, however many those are.

The message database wakes it where it can. In any case it looks once in each interval while anything is waited for, and
asks for all messages at once; while nothing is, it sleeps and holds no connection.
"""

import threading
from collections.abc import Callable

import structlog

from lockgate.errors import Defect, LockgateError
from lockgate.ports import MessageStore, WakeUp

_log = structlog.get_logger("lockgate.cmp")
INTERVAL = 0.5
"""Seconds between two looks at most."""
IDLE = 30.0
"""Seconds without anybody who waits, after which the wake-up's connection is closed."""


class AnswerWatch:
    """Tells when messages are settled. `begin` and `end` may be called by any thread.

    Args:
        wake_up: for its own use; it closes it.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, store: MessageStore, wake_up: WakeUp, message_type: int, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._wake_up = wake_up
        self._type = message_type
        self._monotonic = monotonic
        self._awaited: dict[str, Callable[[], None]] = {}
        self._changed = threading.Condition()
        self._fresh = self._closed = self._reported = False
        self._thread = threading.Thread(target=self._run, name="cmp-answers", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def begin(self, message_id: str, settled: Callable[[], None]) -> None:
        """Call `settled` once, from the thread, when the message of that id is answered or set aside."""
        with self._changed:
            self._awaited[message_id] = settled
            self._fresh = True
            self._changed.notify()

    def end(self, message_id: str) -> None:
        """Nobody waits for the message any more."""
        with self._changed:
            self._awaited.pop(message_id, None)

    def close(self) -> None:
        """Stop the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._is_waited_for():
            self._wake_up.looked(found=self._look())
            self._sleep()
        self._wake_up.close()

    def _is_waited_for(self) -> bool:
        """Sleep until something is waited for; False where the watch is closed."""
        with self._changed:
            if not self._changed.wait_for(self._has_work, IDLE):
                self._wake_up.close()
                self._changed.wait_for(self._has_work)
            return not self._closed

    def _has_work(self) -> bool:
        return self._closed or bool(self._awaited)

    def _look(self) -> bool:
        """Whether anything was found, or is waited for since the last look: what was put is traffic."""
        with self._changed:
            fresh, self._fresh = self._fresh, False
            ids = tuple(self._awaited)
        for message_id in (settled := self._settled(ids)):
            with self._changed:
                tell = self._awaited.pop(message_id, None)
            if tell is not None:
                tell()
        return fresh or bool(settled)

    def _settled(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        try:
            found = tuple(self._store.settled(self._type, ids))
        except Defect:
            raise
        except LockgateError as error:
            self._report(error)
            return ()
        self._reported = False
        return found

    def _sleep(self) -> None:
        """Sleep until woken, for one interval at most."""
        end = self._monotonic() + INTERVAL
        while (left := end - self._monotonic()) > 0 and not self._closed:
            if self._wake_up.wait(left):
                return

    def _report(self, error: LockgateError) -> None:
        """Say it once, until the database answers again."""
        if not self._reported:
            _log.warning("cannot look for answers", reason="unavailable", detail=str(error))
        self._reported = True
