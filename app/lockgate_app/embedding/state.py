"""How a worker in a host program does."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a worker is in its life."""

    NEW = "new"
    """It was not started."""
    STARTING = "starting"
    """It was started, and has not looked for work yet."""
    WORKING = "working"
    """Its last look met no error."""
    STANDING_BY = "standing by"
    """Another process holds its lease. It takes over when that lease ends."""
    IN_TROUBLE = "in trouble"
    """Its last attempt failed, and is made again after a pause; or so many calls of the issuer hang that its runner
    begins none."""
    STOPPED = "stopped"
    """It has ended as it was asked to."""
    FAILED = "failed"
    """It could not start, or an error has ended it that is none of an attempt's."""


@dataclass(frozen=True, slots=True)
class Health:
    """A worker at one moment.

    Attributes:
        rounds: how often it has looked for work without an error.
        claimed: how many messages, or operations for a runner, it found, summed over all rounds.
        settled: how many messages were answered or set aside; 0 for a runner.
        idle: seconds since the last look without an error; None before the first.
        trouble: why the last attempt failed, why it has ended, or what keeps a runner from its work; None where
            nothing of that is so. One line without secrets.
    """

    state: State
    rounds: int
    claimed: int
    settled: int
    idle: float | None
    trouble: str | None
