"""The port Tracer by OpenTelemetry: spans go in batches, from a thread of their own, to a collector that takes OTLP
over HTTP (OTLP 1.x, protobuf).

Nothing of the process is changed: no global provider is set, and no environment variable names a collector. The thread
starts with the first object: make it after a fork. Only the extra `tracing` brings what this module imports.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, TraceState, set_span_in_context
from opentelemetry.util.types import Attributes

from lockgate.errors import LockgateError
from lockgate.ports import Span, SpanFacts, Tracer
from lockgate.ports.tracing import NO_FACTS
from lockgate.requests.trace_context import TraceContext
from lockgate.version import __version__

_log = logging.getLogger(__name__)
Send = Callable[[bytes], None]
"""Delivers octets. Raises LockgateError where they were not taken."""
QUEUE, BATCH = 2048, 512
"""Spans that wait for the collector at most, and those of one delivery. A full queue drops the oldest."""
DELAY = 1.0
"""Seconds between two deliveries of what is less than a batch."""
LAST_DELIVERY = 3.0
"""Seconds that the end of the process waits for the collector."""
_RANDOM = random.SystemRandom()
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class OtlpTracer(Tracer):
    """Spans for a collector.

    Args:
        send: delivers a batch to it.
        service: the name of this side, as the collector shows it.
        share: of the traces, from 0 to 1, that are recorded.
        chance: a random number from 0 to 1, which nobody outside can foresee.
    """

    def __init__(self, send: Send, service: str, share: float, chance: Callable[[], float] = _RANDOM.random) -> None:
        self._provider = TracerProvider(
            sampler=_Share(share, chance), resource=Resource({SERVICE_NAME: service}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                _Delivery(send),
                max_queue_size=QUEUE,
                schedule_delay_millis=DELAY * 1000,
                max_export_batch_size=BATCH,
            )
        )
        self._tracer = self._provider.get_tracer("lockgate", __version__)

    def begin(self, name: str, began: datetime, parent: TraceContext | None = None, *, own: bool = False) -> Span:
        """See `Tracer.begin`."""
        context = Context() if parent is None else _context_of(parent, own=own)
        return _OtlpSpan(self._tracer, self._tracer.start_span(name, context, start_time=_nanoseconds(began)))

    def close(self) -> None:
        """See `Tracer.close`. What a collector has not taken by then is dropped."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_DELIVERY)


class _OtlpSpan(Span):
    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer, self._span = tracer, span

    @property
    def context(self) -> TraceContext | None:
        found = self._span.get_span_context()
        if not found.is_valid:  # the environment has switched the library off
            return None
        ids = trace.format_trace_id(found.trace_id), trace.format_span_id(found.span_id)
        return TraceContext(*ids, found.trace_flags.sampled)

    def step(self, name: str, began: datetime, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        context = set_span_in_context(self._span, Context())
        span = self._tracer.start_span(name, context, start_time=_nanoseconds(began))
        _OtlpSpan(self._tracer, span).end(ended, facts)

    def end(self, ended: datetime, facts: SpanFacts = NO_FACTS) -> None:
        said = {
            "lockgate.message_id": facts.message_id,
            "lockgate.request_type": facts.request_type,
            "lockgate.reason": facts.reason,
        }
        self._span.set_attributes({name: value for name, value in said.items() if value})
        self._span.end(_nanoseconds(ended))


class _Share(Sampler):
    """Records a share of the traces. The ids of a stranger's trace decide nothing: a stranger could choose them."""

    def __init__(self, share: float, chance: Callable[[], float]) -> None:
        self._share, self._chance = share, chance

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,  # noqa: ARG002  (the library passes it by name)
        name: str,  # noqa: ARG002
        kind: SpanKind | None = None,  # noqa: ARG002
        attributes: Attributes = None,  # noqa: ARG002
        links: Sequence[Link] | None = None,  # noqa: ARG002
        trace_state: TraceState | None = None,  # noqa: ARG002
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        wanted = parent.trace_flags.sampled if parent.is_valid else True
        decided_here = parent.is_valid and not parent.is_remote
        recorded = wanted and (decided_here or self._chance() < self._share)
        return SamplingResult(Decision.RECORD_AND_SAMPLE if recorded else Decision.DROP)

    def get_description(self) -> str:
        return f"a share of {self._share:g}"


class _Delivery(SpanExporter):
    """Hands batches to `send`, in the one thread of the library. What is not taken is dropped; a line says so once,
    until something is taken again."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._told = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            self._send(encode_spans(spans).SerializeToString())
        except LockgateError as error:
            if not self._told:
                _log.warning("%s", {"event": "traces are lost: the collector takes none", "reason": str(error)})
            self._told = True
            return SpanExportResult.FAILURE
        self._told = False
        return SpanExportResult.SUCCESS


def _context_of(parent: TraceContext, *, own: bool) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    named = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=not own, trace_flags=flags)
    return set_span_in_context(trace.NonRecordingSpan(named), Context())


def _nanoseconds(moment: datetime) -> int:
    """Since 1970, as OTLP counts."""
    return (moment - _BEGINNING) // timedelta(microseconds=1) * 1000
