"""A collector of traces: an HTTP server that takes OTLP, and may behave badly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lockgate.ports import SpanFacts
from lockgate.requests.trace_context import TraceContext
from lockgate_testing.doubles.tracer import RecordedSpan

ELSEWHERE = "/elsewhere"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Collector:
    """What has arrived.

    Attributes:
        status: what it answers; a redirection goes to a place where everything is taken.
        hangs: answer nothing, for ever.
        deliveries: headers and bodies of what was taken.
        spans: with the names of their services.
        attributes: the names of all attributes.
        asked: set once a delivery has begun.
    """

    port: int = 0
    status: int = 200
    hangs: bool = False
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    spans: list[tuple[str, RecordedSpan]] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def of(self, service: str) -> list[RecordedSpan]:
        """The spans of that service."""
        return [span for name, span in self.spans if name == service]

    def names(self) -> dict[str, set[str]]:
        """The names of the spans of each trace."""
        traces: dict[str, set[str]] = {}
        for _, span in list(self.spans):
            traces.setdefault(span.context.trace_id, set()).add(span.name)
        return traces

    def take(self, headers: dict[str, str], body: bytes) -> None:
        self.deliveries.append((headers, body))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            (service,) = (
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            )
            for scope in resource.scope_spans:
                for span in scope.spans:
                    said = {each.key: each.value.string_value for each in span.attributes}
                    self.attributes |= said.keys()
                    context = TraceContext(span.trace_id.hex(), span.span_id.hex(), sampled=True)
                    parent = span.parent_span_id.hex() or None
                    times = _moment(span.start_time_unix_nano), _moment(span.end_time_unix_nano)
                    self.spans.append((service, RecordedSpan(span.name, context, parent, *times, _facts(said))))


def _moment(nanoseconds: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=nanoseconds // 1000)


def _facts(said: dict[str, str]) -> SpanFacts:
    return SpanFacts(*(said.get(f"lockgate.{name}", "") for name in ("message_id", "request_type", "reason")))


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this host."""
    collector, ended = Collector(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.asked.set()
            if collector.hangs:
                ended.wait()
                return
            status = 200 if self.path == ELSEWHERE else collector.status
            if status == 200:
                collector.take(dict(self.headers.items()), body)
            self.send_response(status)
            self.send_header("Location", ELSEWHERE)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            ended.set()
            server.shutdown()
            thread.join()
