"""What records the traces of messages: which step took how long, on either side of the message database."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lockgate.requests.trace_context import TraceContext


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """What a span says besides its name and times: nothing else, so that no secret and no name of a subject is in it.

    Attributes:
        message_id: empty where it is not known.
        request_type: the name of an installed request type; empty where it is not known.
        reason: the code of a refusal; empty for none.
    """

    message_id: str = ""
    request_type: str = ""
    reason: str = ""


NO_FACTS = SpanFacts()


class Span(Protocol):
    """A part of a trace that has begun. It is recorded when it ends."""

    @property
    @abstractmethod
    def context(self) -> TraceContext | None:
        """What names it to another process; None where nothing is traced."""

    @abstractmethod
    def step(self, name: str, began: datetime, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        """Record a part of it that has ended.

        Args:
            began, ended: UTC.
        """

    @abstractmethod
    def end(self, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        """Record it; the last call.

        Args:
            ended: UTC.
        """


class Tracer(Protocol):
    """Records spans. No method waits for whoever collects them, but `close`; none raises an error because of that one.
    Any thread may call."""

    @abstractmethod
    def begin(self, name: str, began: datetime, parent: TraceContext | None = None, *, own: bool = False) -> Span:
        """A new span.

        Args:
            began: UTC.
            parent: the span that it is a part of; None to begin a trace.
            own: whether this side has made `parent`: then it is recorded where that one is. Otherwise this side's own
                share decides, and at most what the parent's side records is recorded.
        """

    @abstractmethod
    def close(self) -> None:
        """Deliver what was recorded, in bounded time; calling it again does nothing."""


class NoTracing(Tracer, Span):
    """Records nothing."""

    @property
    def context(self) -> TraceContext | None:
        """None."""
        return None

    def step(self, name: str, began: datetime, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        """Nothing."""

    def end(self, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        """Nothing."""

    def begin(self, name: str, began: datetime, parent: TraceContext | None = None, *, own: bool = False) -> Span:  # noqa: ARG002
        """A span that is not recorded."""
        return self

    def close(self) -> None:
        """Nothing."""


NO_TRACING = NoTracing()
