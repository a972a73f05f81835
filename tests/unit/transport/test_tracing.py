"""Traces by OpenTelemetry: no collector delays anybody, and no sender decides what is recorded."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lockgate.errors import Unavailable
from lockgate.requests.trace_context import TraceContext
from lockgate_transport import tracing
from lockgate_transport.tracing import BATCH, QUEUE, OtlpTracer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = 20.0


def discard(_delivery: bytes) -> None:
    """Take everything."""


def record(tracer: OtlpTracer, count: int = 1) -> None:
    for _ in range(count):
        tracer.begin("a span", NOW).end(NOW)


@pytest.mark.parametrize("trace_id", ["0" * 31 + "1", "f" * 32])
@pytest.mark.parametrize(("chance", "recorded"), [(0.4, True), (0.6, False)])
def test_no_trace_id_is_recorded_more_often_than_others(trace_id: str, chance: float, *, recorded: bool) -> None:
    tracer = OtlpTracer(discard, "service", 0.5, lambda: chance)
    context = tracer.begin("a span", NOW, TraceContext(trace_id, "1" * 16, sampled=True)).context
    tracer.close()
    assert context is not None
    assert context.sampled is recorded


def test_whoever_records_waits_for_no_collector_and_what_waits_for_it_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, goes_on, delivered = threading.Event(), threading.Event(), list[bytes]()

    def hang(delivery: bytes) -> None:
        asked.set()
        assert goes_on.wait(PATIENCE)
        delivered.append(delivery)

    others = set(threading.enumerate())
    tracer = OtlpTracer(hang, "service", 1)
    record(tracer, BATCH)
    assert asked.wait(PATIENCE)
    record(tracer, 3 * QUEUE)  # returns while the collector hangs
    monkeypatch.setattr(tracing, "LAST_DELIVERY", 0.01)
    begun = time.monotonic()
    tracer.close()
    assert time.monotonic() - begun < PATIENCE / 2
    assert not delivered
    goes_on.set()
    until(lambda: not any(each.name.startswith("OtelBatch") for each in set(threading.enumerate()) - others))
    spans = [
        span
        for octets in delivered
        for resource in ExportTraceServiceRequest.FromString(octets).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(spans) == BATCH + QUEUE


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_line_says_once_that_nothing_is_taken_until_something_is(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([Unavailable("the first"), Unavailable("the second"), None, Unavailable("the third")])
    delivered: list[bytes] = []

    def send(delivery: bytes) -> None:
        delivered.append(delivery)
        if (error := next(answers)) is not None:
            raise error

    caplog.set_level(logging.WARNING, "lockgate_transport")
    tracer = OtlpTracer(send, "service", 1)
    for count in range(1, 5):
        record(tracer, BATCH)
        until(lambda: len(delivered) == count)  # noqa: B023  (called before the next one)
    tracer.close()
    said = [record.args["reason"] for record in caplog.records if isinstance(record.args, dict)]
    assert said == ["the first", "the third"]


def test_the_process_keeps_its_own_tracing() -> None:
    before = trace.get_tracer_provider()
    tracer = OtlpTracer(discard, "service", 1)
    record(tracer)
    tracer.close()
    assert trace.get_tracer_provider() is before
    assert not trace.get_current_span().get_span_context().is_valid


def test_where_the_environment_switches_tracing_off_messages_name_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracer = OtlpTracer(discard, "service", 1)
    span = tracer.begin("a span", NOW)
    span.step("a step", NOW, NOW)
    span.end(NOW)
    tracer.close()
    assert span.context is None
