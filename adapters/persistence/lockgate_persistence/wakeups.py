"""Being woken by the message database: listening where it can ring a bell, adaptive polling elsewhere.

Rules: a ring means "look", nothing more. Between two looks that rings led to, and that found nothing, there is a pause
that grows, so that no flood of them makes its hearer spin. Whoever cannot listen polls meanwhile, and tries again ever
more rarely; whoever begins to listen looks at once, because what was rung before is not told again.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lockgate.errors import LockgateError, Unavailable
from lockgate.ports import Sleep, WakeUp
from lockgate.queue.polling import AdaptivePause, Bounds, Polling
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.dialects.base import Bells, Listening

_log = logging.getLogger(__name__)
SHORTEST_HUSH = 0.01
"""Seconds between two looks where rings turn out to be for nothing; grows to the floor of adaptive polling."""
LISTENING_AGAIN = Bounds(1, 60)
"""Seconds between two attempts to listen."""
DOUBLING = 2.0


class Bell(StrEnum):
    """What is rung for.

    Attributes:
        REQUEST: messages were put.
        ANSWER: messages were written back or set aside.
    """

    REQUEST = "lockgate_request"
    ANSWER = "lockgate_answer"


def wake_up(engine: Engine, bell: Bell, bounds: Bounds, sleep: Sleep, monotonic: Callable[[], float]) -> WakeUp:
    """What wakes a waiter for `bell`, as the database behind `engine` does it best.

    Args:
        bounds: of polling, where the database cannot ring or is not heard.
        sleep, monotonic: time passing, in seconds.
    """
    bells = dialect_of(engine).bells
    if bells is None:
        return Polling(bounds, sleep, monotonic)
    return Listener(engine, bells, bell, bounds, sleep, monotonic)


def ring(engine: Engine, bell: Bell) -> None:
    """Wake whoever waits for `bell`, where the database behind `engine` can; where that fails, nothing is wrong."""
    bells = dialect_of(engine).bells
    if bells is not None:
        with suppress(SQLAlchemyError), engine.connect() as connection:
            bells.ring(connection, bell)


class Listener(WakeUp):
    """Woken by a bell, heard on a connection of its own that the first wait opens. Arguments as for `wake_up`."""

    def __init__(
        self,
        engine: Engine,
        bells: Bells,
        bell: Bell,
        bounds: Bounds,
        sleep: Sleep,
        monotonic: Callable[[], float],
    ) -> None:
        self._engine, self._bells, self._bell = engine, bells, bell
        self._sleep, self._monotonic = sleep, monotonic
        self._deaf = Polling(bounds, sleep, monotonic)
        self._hush = AdaptivePause(Bounds(SHORTEST_HUSH, bounds.floor), DOUBLING)
        self._again = AdaptivePause(LISTENING_AGAIN, DOUBLING)
        self._listening: Listening | None = None
        self._told = False
        self._settle_down()
        self._hushed_until = self._try_at = monotonic()

    def looked(self, *, found: bool) -> None:
        """As `WakeUp.looked`."""
        self._deaf.looked(found=found)
        if found:
            self._hush.shorten()
        self._hushed_until = self._monotonic() + self._hush.seconds

    def wait(self, limit: float) -> bool:
        """As `WakeUp.wait`."""
        now = self._monotonic()
        if self._listening is None and now >= self._try_at:
            return self._listen()
        if self._listening is None:
            return self._deaf.wait(min(limit, self._try_at - now))
        if now < self._hushed_until:
            self._sleep(min(limit, self._hushed_until - now))
            return False
        return self._hear(self._listening, limit)

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
                self._listening = self._bells.listen(self._engine, self._bell)
        except LockgateError as error:
            self._tell(error)
            return False
        self._told = False
        return True

    def _hear(self, listening: Listening, limit: float) -> bool:
        end = self._monotonic() + limit
        self._sleep(limit, listening.fileno())
        try:
            heard = listening.heard()
        except Unavailable as error:
            self._tell(error)
            self.close()
            self._try_at = self._monotonic() + self._again.seconds
            return False
        if not heard and self._monotonic() >= end:
            self._settle_down()
        else:  # until a look finds something, whatever comes in is heard ever later
            self._hush.lengthen()
            self._hushed_until = self._monotonic() + self._hush.seconds
        return heard

    def _tell(self, error: LockgateError) -> None:
        level = logging.DEBUG if self._told else logging.WARNING
        _log.log(level, "the database cannot wake this process now, polling meanwhile: %s", error)
        self._told = True

    def _settle_down(self) -> None:
        """All was quiet."""
        self._hush.shorten()
        self._again.shorten()
