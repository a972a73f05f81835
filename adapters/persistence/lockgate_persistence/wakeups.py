"""Waking up by the message database: notifications if the database has them, adaptive polling otherwise.

Rules: a notification means "look", nothing more. If notifications lead to looks that find nothing, the pause between
two looks grows, so that many notifications cost no more than fast polling. A client that cannot listen polls meanwhile,
and tries to listen again after longer and longer pauses. A client that begins to listen looks at once, because
PostgreSQL does not repeat a notification.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lockgate.errors import LockgateError, Unavailable
from lockgate.ports import Sleep, WakeUp
from lockgate.queue.polling import AdaptivePause, Polling, PollingBounds
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.dialects.base import ListeningConnection, Notifications

_log = logging.getLogger(__name__)
SHORTEST_PAUSE = 0.01
"""Seconds between two looks if notifications have no cause; grows to the shortest pause of adaptive polling."""
PACE = 0.05
"""Seconds between two questions whether there was a notification, where nothing else tells."""
LISTENING_AGAIN = PollingBounds(1, 60)
"""Seconds between two attempts to listen."""
DOUBLING = 2.0


class Channel(StrEnum):
    """The subject of a notification.

    Attributes:
        REQUEST: messages were put.
        ANSWER: messages were written back or set aside.
    """

    REQUEST = "lockgate_request"
    ANSWER = "lockgate_answer"


def wake_up(
    engine: Engine, channel: Channel, bounds: PollingBounds, sleep: Sleep, monotonic: Callable[[], float]
) -> WakeUp:
    """The best wake-up for `channel` that the database behind `engine` supports.

    Args:
        bounds: of polling, where the database cannot notify, or nobody can listen.
        sleep, monotonic: time passing, in seconds.
    """
    notifications = dialect_of(engine).notifications
    if notifications is None:
        return Polling(bounds, sleep, monotonic)
    return Listener(engine, notifications, channel, bounds, sleep, monotonic)


def notify(engine: Engine, channel: Channel) -> None:
    """Wake the clients that wait for `channel`, if the database behind `engine` supports it. A failure is ignored."""
    notifications = dialect_of(engine).notifications
    if notifications is not None:
        with suppress(SQLAlchemyError), engine.connect() as connection:
            notifications.notify(connection, channel)


class Listener(WakeUp):
    """Woken by notifications on a channel. The first wait opens a connection of its own. Arguments as for `wake_up`."""

    def __init__(
        self,
        engine: Engine,
        notifications: Notifications,
        channel: Channel,
        bounds: PollingBounds,
        sleep: Sleep,
        monotonic: Callable[[], float],
    ) -> None:
        self._engine, self._notifications, self._channel = engine, notifications, channel
        self._sleep, self._monotonic = sleep, monotonic
        self._polling = Polling(bounds, sleep, monotonic)
        self._pause = AdaptivePause(PollingBounds(SHORTEST_PAUSE, bounds.floor), DOUBLING)
        self._again = AdaptivePause(LISTENING_AGAIN, DOUBLING)
        self._listening: ListeningConnection | None = None
        self._reported = False
        self._settle_down()
        self._paused_until = self._try_at = monotonic()

    def looked(self, *, found: bool) -> None:
        """As `WakeUp.looked`."""
        self._polling.looked(found=found)
        if found:
            self._pause.shorten()
        self._paused_until = self._monotonic() + self._pause.seconds

    def wait(self, limit: float) -> bool:
        """As `WakeUp.wait`."""
        now = self._monotonic()
        if self._listening is None and now >= self._try_at:
            return self._listen()
        if self._listening is None:
            return self._polling.wait(min(limit, self._try_at - now))
        if now < self._paused_until:
            self._sleep(min(limit, self._paused_until - now))
            return False
        return self._wait_for_notification(self._listening, limit)

    def close(self) -> None:
        """Close the connection."""
        if self._listening is not None:
            self._listening.close()
        self._listening, self._try_at = None, self._monotonic()

    def _listen(self) -> bool:
        self._try_at = self._monotonic() + self._again.seconds
        self._again.lengthen()
        try:
            with translated(self._engine):
                self._listening = self._notifications.listen(self._engine, self._channel)
        except LockgateError as error:
            self._report(error)
            return False
        self._reported = False
        return True

    def _wait_for_notification(self, listening: ListeningConnection, limit: float) -> bool:
        end, readable = self._monotonic() + limit, listening.fileno()
        self._sleep(min(limit, PACE) if readable is None else limit, readable)
        try:
            notified = listening.notified()
        except Unavailable as error:
            self._report(error)
            self.close()
            self._try_at = self._monotonic() + self._again.seconds
            return False
        if not notified and self._monotonic() >= end:
            self._settle_down()
        elif notified or readable is not None:  # until a look finds something, the reaction becomes slower
            self._pause.lengthen()
            self._paused_until = self._monotonic() + self._pause.seconds
        return notified

    def _report(self, error: LockgateError) -> None:
        level = logging.DEBUG if self._reported else logging.WARNING
        _log.log(level, "the database cannot wake this process now, polling meanwhile: %s", error)
        self._reported = True

    def _settle_down(self) -> None:
        """There was no traffic."""
        self._pause.shorten()
        self._again.shorten()
