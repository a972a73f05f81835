"""The contract of Tracer, on OpenTelemetry with a collector over HTTP, and on the double."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from lockgate.ports import Tracer
from lockgate_app.container.tracing import tracer
from lockgate_app.settings import RaZone
from lockgate_app.settings.tracing import TracingTable
from lockgate_testing.contracts.tracer import TracerContract, TracerSubject
from lockgate_testing.doubles.tracer import MemoryTracer, RecordedSpan
from tests.support.wire.otlp_collector import Collector, collecting


@dataclass
class Collected:
    tracer: Tracer
    collector: Collector

    def recorded(self) -> Sequence[RecordedSpan]:
        self.tracer.close()
        return self.collector.of("lockgate-ra")


class Remembered:
    def __init__(self, share: float) -> None:
        self._memory = MemoryTracer(wanted=share == 1)
        self.tracer: Tracer = self._memory

    def recorded(self) -> Sequence[RecordedSpan]:
        self.tracer.close()
        return self._memory.recorded


class TestOtlpTracer(TracerContract):
    @pytest.fixture
    def new_subject(self) -> Iterator[Callable[[float], TracerSubject]]:
        with collecting() as collector:

            def new(share: float) -> TracerSubject:
                table = TracingTable(endpoint=collector.url, sample=share)
                return Collected(tracer(RaZone.model_construct(tracing=table)), collector)

            yield new


class TestMemoryTracer(TracerContract):
    @pytest.fixture
    def new_subject(self) -> Callable[[float], TracerSubject]:
        return Remembered
