"""Steps of tracing.feature."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.errors import ConfigurationError
from lockgate.ports import Opened, Signed, Tracer
from lockgate.requests.submessages import EditUserRequest
from lockgate.requests.trace_context import TraceContext
from lockgate_app.container.timing import Step
from lockgate_app.container.tracing import tracer
from lockgate_formats.cms import CmsEnvelopes
from tests.protocol.site import free_port
from tests.support.scenarios.unfit_signers import stranger
from tests.support.scenarios.world import CA, World
from tests.support.wire.otlp_collector import Collector, collecting

scenarios("tracing.feature")

NAMED = TraceContext("ab" * 16, "cd" * 8, sampled=True)
USERNAME, SUBJECT, PASSWORD = "quandt", "Brombeerstrauch", "zwetschgenmus-4711"
LOST = "traces are lost: the collector takes none"


@given("a collector of traces", target_fixture="collector")
def collector_of_traces() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@given(parsers.parse("the collector {fault}"))
def faulty(collector: Collector, fault: str) -> None:
    statuses = {"refuses everything": 403, "names another place": 307}
    if fault == "is away":
        collector.port = free_port()
    else:
        collector.status = statuses[fault]


@given(parsers.parse("the CA's host records {share:d} of the traces"), target_fixture="ca_tracer")
def ca_traces(world: World, collector: Collector, share: int) -> Iterator[Tracer]:
    world.ca_side.configuration.put("tracing", {"endpoint": collector.url, "sample": share})
    found = tracer(world.ca_side.configuration.zone)
    world.replaced["tracer"] = found
    yield found
    found.close()


@given(parsers.parse("the RA's host records {share:d} of the traces"))
def ra_traces(world: World, collector: Collector, share: int) -> None:
    world.ra_host.put("tracing", {"endpoint": collector.url, "sample": share})


@given(parsers.parse("the lockgate.toml of the {host} sends traces to {url}"), target_fixture="refused_host")
def sends_to(world: World, host: str, url: str) -> str:
    configuration = world.ra_host if host == "RA's host" else world.ca_side.configuration
    configuration.put("tracing", {"endpoint": url})
    return host


@when(parsers.re("somebody puts (?P<message>.*), which names (a recorded trace|the trace (?P<value>.*))"))
def put_traced(world: World, message: str, value: str | None) -> None:
    protected = "unsigned" not in message
    draft = world.draft(sign=protected, encrypt=protected)
    if "stranger" in message:
        stranger(world, draft)
    if "of the type" in message:
        draft.edits.append(lambda content: content.update(type=message.split('"')[1]))
    draft.edits.append(lambda content: content.update(traceparent=value or str(NAMED)))
    world.put_draft(draft)


@when("the RA sends a request with a password, and one that is refused")
def send_both(world: World) -> None:
    described: dict[str, Any] = {
        "username": USERNAME, "subject_dn": f"CN={SUBJECT}", "ca_name": CA,
        "end_entity_profile": "EMPTY", "certificate_profile": "ENDUSER",
    }  # fmt: skip
    world.send(EditUserRequest(request_id=1, password=PASSWORD, **described))
    world.send(world.request(USERNAME, end_entity_profile="NO-SUCH-PROFILE"))


@when("the RA reads the answers")
def read_answers(world: World) -> None:
    with world.client() as client:
        for message_id in world.sent:
            assert client.look(client.resume(message_id)) is not None


@then("the request that was sent names no trace")
def names_no_trace(world: World) -> None:
    envelopes = CmsEnvelopes(world.worker_identity.keystore)
    split = envelopes.split(world.row().message)
    assert isinstance(split, tuple)
    opened = envelopes.open(split[0])
    assert isinstance(opened, Opened)
    signed = envelopes.verify(opened)
    assert isinstance(signed, Signed)
    assert "traceparent" not in json.loads(signed.content)


@then("neither host has a collector")
def no_collector(world: World) -> None:
    assert world.ca_side.configuration.zone.tracing is world.ra_host.zone.tracing is None


@then(parsers.parse("the CA has recorded the message, {whose}"))
def recorded(world: World, collector: Collector, ca_tracer: Tracer, whose: str) -> None:
    ca_tracer.close()
    spans = [span for span in collector.of("lockgate-ca") if span.facts.message_id == world.sent[-1]]
    (whole,) = (span for span in spans if span.name == "message")
    assert {span.name for span in spans if span.parent == whole.context.span_id} == {*map(str, Step)}
    if whose == "as a part of that trace":
        assert (whole.context.trace_id, whole.parent) == (NAMED.trace_id, NAMED.span_id)
    else:
        assert whole.context.trace_id != NAMED.trace_id
        assert whole.parent is None


@then("the CA has recorded nothing")
def recorded_nothing(collector: Collector, ca_tracer: Tracer) -> None:
    ca_tracer.close()
    assert collector.spans == []


@then("both sides have recorded the messages in the same traces")
def same_traces(world: World, collector: Collector, ca_tracer: Tracer) -> None:
    ca_tracer.close()
    assert len(world.sent) == len(collector.names()) == 2
    for names in collector.names().values():
        assert {"request", "message", "answer", "response"} <= names


@then("the collector has got nothing but ids, types, reasons, and times")
def nothing_else(world: World, collector: Collector) -> None:
    got = b"".join(body for _, body in collector.deliveries)
    for word in (USERNAME, SUBJECT, PASSWORD):
        assert word.encode() not in got
    assert collector.attributes == {"lockgate.message_id", "lockgate.request_type", "lockgate.reason"}
    facts = [span.facts for _, span in collector.spans]
    assert {each.message_id for each in facts} == set(world.sent)
    assert {each.request_type for each in facts} == {"EditUserRequest", "PKCS10Request", ""}


@then(parsers.parse('nothing that the collector has got holds the word "{word}"'))
def holds_no(collector: Collector, word: str) -> None:
    assert word.encode() not in b"".join(body for _, body in collector.deliveries)


@then("the configuration is refused, because somebody on the way reads them")
def configuration_refused(world: World, refused_host: str) -> None:
    configuration = world.ra_host if refused_host == "RA's host" else world.ca_side.configuration
    with pytest.raises(ConfigurationError, match=r"tracing: endpoint: whoever is on the way reads it"):
        _ = configuration.zone


@then("the log says once for each host that traces are lost")
def says_once(collector: Collector, ca_tracer: Tracer, caplog: pytest.LogCaptureFixture) -> None:
    ca_tracer.close()
    assert collector.spans == []
    lines = [record.args for record in caplog.records if isinstance(record.args, dict)]
    assert [line["event"] for line in lines if line["event"] == LOST] == [LOST, LOST]
