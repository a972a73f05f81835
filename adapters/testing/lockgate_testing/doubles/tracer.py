"""A tracer in memory."""

from dataclasses import dataclass
from datetime import datetime

from lockgate.ports import Span, SpanFacts, Tracer
from lockgate.ports.tracing import NO_FACTS
from lockgate.requests.trace_context import TraceContext


@dataclass(frozen=True, slots=True)
class RecordedSpan:
    """A span that has ended.

    Attributes:
        parent: the span id of what it is a part of; None where it begins a trace.
    """

    name: str
    context: TraceContext
    parent: str | None
    began: datetime
    ended: datetime
    facts: SpanFacts


class MemoryTracer(Tracer):
    """Keeps spans in `recorded`, in the order in which they ended.

    Args:
        wanted: whether this side records traces that it begins, and those that another side has begun and records.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._count = 0
        self.recorded: list[RecordedSpan] = []
        self.closed = False

    def begin(self, name: str, began: datetime, parent: TraceContext | None = None, *, own: bool = False) -> Span:
        sampled = (parent is None or parent.sampled) and (self._wanted or (own and parent is not None))
        return self.new(name, began, parent, sampled=sampled)

    def new(self, name: str, began: datetime, parent: TraceContext | None, *, sampled: bool) -> "_MemorySpan":
        """A span with the next numbers as its ids."""
        self._count += 1
        trace_id = f"{self._count:032x}" if parent is None else parent.trace_id
        context = TraceContext(trace_id, f"{self._count:016x}", sampled)
        return _MemorySpan(self, name, context, None if parent is None else parent.span_id, began)

    def close(self) -> None:
        self.closed = True


class _MemorySpan(Span):
    def __init__(
        self, tracer: MemoryTracer, name: str, context: TraceContext, parent: str | None, began: datetime
    ) -> None:
        self._tracer, self._name, self._context, self._parent, self._began = tracer, name, context, parent, began

    @property
    def context(self) -> TraceContext:
        return self._context

    def step(self, name: str, began: datetime, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        self._tracer.new(name, began, self._context, sampled=self._context.sampled).end(ended, facts)

    def end(self, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        if self._context.sampled:
            span = RecordedSpan(self._name, self._context, self._parent, self._began, ended, facts)
            self._tracer.recorded.append(span)
