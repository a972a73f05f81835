"""A CMP service of this process behind the HTTP side."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from lockgate.errors import Defect, Unavailable
from lockgate.ports import NO_TRACING, Clock, SpanFacts, Tracer
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_testing.doubles.host import SteppingClock
from lockgate_testing.doubles.tracer import MemoryTracer
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.threaded import ThreadedAnswers
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.wire.cmp_carried import answer_to, error_in, message

THREADS = 3
HOST = HostClock()


def asked(
    service: Callable[[str, bytes], bytes],
    *messages: bytes,
    alias: str = "alias",
    clock: Clock = HOST,
    tracer: Tracer = NO_TRACING,
) -> list[bytes]:
    """The answers to messages that come at the same time."""
    errors = UnprotectedErrors(clock, HostRandom())
    answers = ThreadedAnswers(service, errors, ThreadPoolExecutor(THREADS), clock, tracer)

    async def asking() -> list[bytes]:
        return await asyncio.gather(*(answers.answer(alias, octets, "192.0.2.1") for octets in messages))

    try:
        return asyncio.run(asking())
    finally:
        answers.close()


def test_messages_are_answered_by_so_many_threads() -> None:
    together = threading.Barrier(THREADS, timeout=10)

    def service(alias: str, octets: bytes) -> bytes:
        together.wait()
        return alias.encode() + answer_to(octets)

    messages = [message(number) for number in range(THREADS)]
    assert asked(service, *messages) == [b"alias" + answer_to(octets) for octets in messages]


def test_a_service_that_cannot_answer_now_is_told_to_be_asked_again() -> None:
    def service(alias: str, octets: bytes) -> bytes:
        raise Unavailable("the CA's database is down")

    with capture_logs() as lines:
        (answer,) = asked(service, message(5))
    found, status = error_in(answer)
    assert status.fail_info == {FailInfo.SYSTEM_UNAVAIL}
    assert found.header.transaction_id == bytes(15) + b"\5"
    assert "database" not in status.texts[0]
    assert [(line["reason"], line["detail"]) for line in lines] == [("unavailable", "the CA's database is down")]


def test_each_message_is_a_trace_that_says_nothing_of_it() -> None:
    tracer = MemoryTracer()

    def service(alias: str, octets: bytes) -> bytes:
        if octets == message(2):
            raise Unavailable("the CA's database is down")
        return answer_to(octets)

    asked(service, message(1), message(2), tracer=tracer)
    found = {(span.name, span.parent, span.facts) for span in tracer.recorded}
    nothing = ("cmp_answer", None)
    assert found == {(*nothing, SpanFacts()), (*nothing, SpanFacts(reason="unavailable"))}
    assert len({span.context.trace_id for span in tracer.recorded}) == 2
    assert tracer.closed


def test_a_trace_goes_by_the_clock_that_was_given() -> None:
    began, tracer = datetime(2026, 3, 4, tzinfo=UTC), MemoryTracer()
    clock = SteppingClock(began)

    def service(alias: str, octets: bytes) -> bytes:
        clock.sleep(5)
        return answer_to(octets)

    asked(service, message(), clock=clock, tracer=tracer)
    assert [(span.began, span.ended) for span in tracer.recorded] == [(began, began + timedelta(seconds=5))]


def test_what_cannot_be_an_alias_does_not_reach_the_service() -> None:
    (answer,) = asked(lambda _, __: b"an answer", message(), alias="no alias")
    assert error_in(answer)[1].fail_info == {FailInfo.BAD_REQUEST}


def test_a_defect_is_shown_as_one() -> None:
    def service(alias: str, octets: bytes) -> bytes:
        raise Defect("wrong")

    with pytest.raises(Defect):
        asked(service, message())
