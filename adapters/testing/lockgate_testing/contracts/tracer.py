"""The contract suite of the port Tracer."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from lockgate.ports import SpanFacts, Tracer
from lockgate.requests.trace_context import TraceContext
from lockgate_testing.doubles.tracer import RecordedSpan

BEGAN = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
ENDED = BEGAN + timedelta(milliseconds=5)
FACTS = SpanFacts("message/漢字", "PKCS10Request", "weak_key")
ELSEWHERE = TraceContext("ab" * 16, "cd" * 8, sampled=True)
UNSAMPLED = TraceContext("ab" * 16, "cd" * 8, sampled=False)


class TracerSubject(Protocol):
    """A tracer under test.

    Attributes:
        tracer: one that has recorded nothing yet.
    """

    tracer: Tracer

    def recorded(self) -> Sequence[RecordedSpan]:
        """Close the tracer, and tell what has arrived where it delivers to."""


class TracerContract:
    """Every rule of the port Tracer. A subclass supplies the fixture `new_subject`."""

    @pytest.fixture
    def new_subject(self) -> Callable[[float], TracerSubject]:
        """Makes a tracer whose share of the traces is 1 or 0, as the number says."""
        raise NotImplementedError("supply the fixture `new_subject`: what makes a tracer with a share of the traces")

    def test_what_has_ended_is_recorded(self, new_subject: Callable[[float], TracerSubject]) -> None:
        subject = new_subject(1)
        span = subject.tracer.begin("first", BEGAN)
        span.end(ENDED, FACTS)
        assert span.context is not None
        assert subject.recorded() == [RecordedSpan("first", span.context, None, BEGAN, ENDED, FACTS)]

    def test_what_has_not_ended_is_not(self, new_subject: Callable[[float], TracerSubject]) -> None:
        subject = new_subject(1)
        subject.tracer.begin("first", BEGAN)
        assert subject.recorded() == []

    def test_a_step_is_a_part_of_its_span(self, new_subject: Callable[[float], TracerSubject]) -> None:
        subject = new_subject(1)
        span = subject.tracer.begin("first", BEGAN)
        span.step("second", BEGAN, ENDED, FACTS)
        span.end(ENDED)
        found = {each.name: each for each in subject.recorded()}
        assert found["second"].parent == found["first"].context.span_id
        assert found["second"].context.trace_id == found["first"].context.trace_id
        assert (found["second"].facts, found["first"].facts) == (FACTS, SpanFacts())

    @pytest.mark.parametrize("own", [True, False])
    def test_a_span_goes_on_with_the_trace_of_its_parent(
        self, new_subject: Callable[[float], TracerSubject], *, own: bool
    ) -> None:
        subject = new_subject(1)
        subject.tracer.begin("first", BEGAN, ELSEWHERE, own=own).end(ENDED)
        (found,) = subject.recorded()
        assert (found.context.trace_id, found.parent) == (ELSEWHERE.trace_id, ELSEWHERE.span_id)
        assert found.context.span_id != ELSEWHERE.span_id

    @pytest.mark.parametrize("own", [True, False])
    def test_what_its_beginner_does_not_record_is_not_recorded(
        self, new_subject: Callable[[float], TracerSubject], *, own: bool
    ) -> None:
        subject = new_subject(1)
        span = subject.tracer.begin("first", BEGAN, UNSAMPLED, own=own)
        span.step("second", BEGAN, ENDED)
        span.end(ENDED)
        assert span.context is None or not span.context.sampled
        assert subject.recorded() == []

    def test_this_sides_share_decides_but_on_what_it_has_begun(
        self, new_subject: Callable[[float], TracerSubject]
    ) -> None:
        subject = new_subject(0)
        subject.tracer.begin("new", BEGAN).end(ENDED)
        subject.tracer.begin("of another side", BEGAN, ELSEWHERE).end(ENDED)
        subject.tracer.begin("own", BEGAN, ELSEWHERE, own=True).end(ENDED)
        assert [span.name for span in subject.recorded()] == ["own"]

    def test_no_two_traces_and_no_two_spans_are_alike(self, new_subject: Callable[[float], TracerSubject]) -> None:
        tracer = new_subject(1).tracer
        contexts = [tracer.begin("first", BEGAN).context for _ in range(100)]
        assert len({context.trace_id for context in contexts if context}) == 100
        assert len({context.span_id for context in contexts if context}) == 100

    def test_it_can_be_closed_again(self, new_subject: Callable[[float], TracerSubject]) -> None:
        subject = new_subject(1)
        subject.tracer.begin("first", BEGAN).end(ENDED)
        assert len(subject.recorded()) == 1
        subject.tracer.close()
