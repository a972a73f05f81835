"""Transactions on the message database: run again after a conflict, and looked up if the result of COMMIT is unknown.

Rule: nothing counts before COMMIT. If the connection breaks during COMMIT, it is unknown whether the transaction was
committed; then the rows are read again over a new connection.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from lockgate_persistence.dialects import Conflict, dialect_of, error_of, translated
from lockgate_persistence.engines import reading

T = TypeVar("T")

RETRYING = Retrying(
    retry=retry_if_exception_type(Conflict),
    stop=stop_after_attempt(10),
    wait=wait_random_exponential(multiplier=0.005, max=0.5),
    reraise=True,
)
"""How often a transaction that lost is run again; pauses in seconds, drawn at random up to a growing bound."""


class Transactions:
    """Runs work in transactions of `engine`; raises this product's errors only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        alone = dialect_of(engine).alone
        self._reader = reading(engine).execution_options(**alone)
        self._alone = engine.execution_options(**alone) if alone else None

    def read(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, which only reads. Its statements may see different states of the database."""
        with translated(self._engine), self._reader.connect() as connection:
            return work(connection)

    def write(
        self,
        work: Callable[[Connection], T],
        landed: Callable[[Connection, T], bool] | None = None,
        channel: str | None = None,
    ) -> T:
        """The result of `work`, once it is committed.

        Args:
            work: may be run several times; only the last run is committed.
            landed: reads from the rows whether a run with that result was committed, if COMMIT gave no answer.
            channel: whom to notify once it is committed, where the database can; nothing is lost where that fails.

        Raises:
            Unavailable: nothing was committed (without `landed`: perhaps it was).
        """
        result: T = RETRYING(self._once, work, landed, channel)
        return result

    def write_one(self, work: Callable[[Connection], T], channel: str | None = None) -> T:
        """The same for `work` that writes by one statement: where the database can, that is a transaction by itself."""
        result: T = RETRYING(self._once_alone, work, channel)
        return result

    def _once_alone(self, work: Callable[[Connection], T], channel: str | None) -> T:
        if self._alone is None:
            return self._once(work, None, channel)
        with translated(self._engine), self._alone.connect() as connection:
            result = work(connection)
            self._notify(connection, channel)
            return result

    def _once(
        self, work: Callable[[Connection], T], landed: Callable[[Connection, T], bool] | None, channel: str | None
    ) -> T:
        with translated(self._engine), self._engine.connect() as connection:
            transaction = connection.begin()
            result = work(connection)
            try:
                transaction.commit()
            except SQLAlchemyError as error:
                failure = error_of(self._engine, error)
                if isinstance(failure, Conflict) or landed is None:
                    raise failure from error
            else:
                self._notify(connection, channel)
                return result
        if self.read(lambda again: landed(again, result)):
            return result
        raise failure

    def _notify(self, connection: Connection, channel: str | None) -> None:
        notifications = dialect_of(self._engine).notifications
        if channel is not None and notifications is not None:
            with suppress(SQLAlchemyError):  # it is a hint: waiting clients look once in each interval in any case
                notifications.notify(connection, channel)
