"""Questions to a remote issuer that are in flight, and what they may bring."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from lockgate.ports import IssuerAnswer, Operation


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The CA has taken what was said of a certificate.

    Attributes:
        accepted: what was said.
        counts: whether the certificate counts at the CA.
    """

    accepted: bool
    counts: bool


Result = IssuerAnswer | Confirmed | None  # of `Step.CONFIRM`, a rejection is the CA's word on the confirmation
Task = Callable[[], Result]


class Step(Enum):
    """What an issuer is asked."""

    CALL = auto()
    REPEAT = auto()
    """The same draft again, after a call without an answer."""
    LOOKUP = auto()
    CONFIRM = auto()


@dataclass(frozen=True, slots=True)
class Asking:
    """A step that is about to be taken, or is in flight.

    Attributes:
        operation: as it is stored.
        until: seconds, by the runner's clock: what has not ended by then is not waited for.
    """

    operation: Operation
    step: Step
    task: Task
    until: float


class Calls(Protocol):
    """Calls in flight (`concurrent.futures.Executor`)."""

    def submit(self, task: Task, /) -> "Future[Result]":
        """Begin the call."""
