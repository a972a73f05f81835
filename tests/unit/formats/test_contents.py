"""The JSON of requests and answers: read strictly, in two steps."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import AnswerContent, DigestOf, Place, Recipient, RequestContent, RequestHeader
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Request, Response
from lockgate.requests.trace_context import TraceContext
from lockgate_formats.submessages import schema
from lockgate_formats.submessages.contents import JsonContents

CONTENTS = JsonContents()
CREATED = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
EXPIRES = datetime(2026, 11, 24, 12, tzinfo=UTC)
REQUEST = PKCS10Request(
    request_id=-(2**63),
    username="alice",
    subject_dn="CN=alice,O=Ünïcode ✓",
    end_entity_profile="EMPTY",
    certificate_profile="ENDUSER",
    ca_name="ManagementCA",
    pkcs10=bytes(range(256)),
)
CONTENT = RequestContent(
    request=REQUEST,
    place=Place("message/1", 2, 3),
    recipient=Recipient("ca", "source"),
    created=CREATED,
    expires=EXPIRES,
    nonce="0123456789abcdef" * 2,
    answer_certificate=b"certificate",
    trace=TraceContext("ab" * 16, "cd" * 8, sampled=True),
)
ANSWER = AnswerContent(
    response=PKCS10Response(request_id=7, success=True, certificate=b"certificate", pkcs7=b"pkcs7"),
    digest="00" * 32,
    digest_of=DigestOf.REQUEST,
    place=Place("message/1", 2, 3),
    recipient=Recipient("ca", "source"),
    created=CREATED,
)
ENCODED = CONTENTS.encode_request(CONTENT)


def header(content: bytes = ENCODED) -> RequestHeader:
    result = CONTENTS.read_header(content)
    assert isinstance(result, RequestHeader), result
    return result


def changed(**members: Any) -> bytes:
    """The request's JSON with members changed, or removed where None is given for `...`."""
    document = json.loads(ENCODED) | members
    return json.dumps({name: value for name, value in document.items() if value is not ...}).encode()


def refused(content: bytes) -> str:
    """That header or request are refused as malformed, and the detail."""
    result: Any = CONTENTS.read_header(content)
    if isinstance(result, RequestHeader):
        result = CONTENTS.read_request(result)
    assert isinstance(result, Rejected), result
    assert result.reason is Reason.MALFORMED_REQUEST
    return result.detail


def test_requests_round_trip() -> None:
    read = header()
    assert replace(read, body=b"") == RequestHeader(
        type="PKCS10Request",
        version=1,
        place=CONTENT.place,
        recipient=CONTENT.recipient,
        created=CREATED,
        expires=EXPIRES,
        nonce=CONTENT.nonce,
        answer_certificate=b"certificate",
        body=b"",
        trace=CONTENT.trace,
    )
    assert CONTENTS.read_request(read) == REQUEST


def test_a_request_of_no_trace_is_what_readers_before_that_member_accept() -> None:
    assert "traceparent" not in json.loads(CONTENTS.encode_request(replace(CONTENT, trace=None)))


def test_requests_are_the_published_json() -> None:
    """What a client in another language would write."""
    document = json.loads(ENCODED)
    assert document["type"] == "PKCS10Request"
    assert document["created"] == "2026-11-23T12:00:00.123456Z"
    assert document["request"]["pkcs10"].startswith("AAECAwQ")
    for name in ("subject_alt_name", "email", "subject_directory_attributes", "create_or_edit_user"):
        del document["request"][name]
    assert CONTENTS.read_request(header(json.dumps(document, indent=2).encode())) == REQUEST


@pytest.mark.parametrize(
    "response",
    [
        ANSWER.response,
        Response(request_id=0, success=False, fail_info="No.", reason="unreadable"),
        PKCS10Response(request_id=1, success=False, fail_info="No.", reason="weak_key"),
    ],
)
def test_answers_round_trip(response: Response) -> None:
    answer = replace(ANSWER, response=response)
    assert CONTENTS.read_answer(CONTENTS.encode_answer(answer)) == answer


def test_unknown_types_and_versions_are_told_apart_from_malformed_ones() -> None:
    unknown = CONTENTS.read_request(header(changed(type="NoRequest", request={"anything": 1})))
    assert isinstance(unknown, Rejected)
    assert unknown.reason is Reason.UNKNOWN_REQUEST_TYPE
    later = CONTENTS.read_request(header(changed(version=2, request={"anything": 1})))
    assert isinstance(later, Rejected)
    assert later.reason is Reason.UNKNOWN_VERSION


@pytest.mark.parametrize("name", ["Request", "EndEntityRequest", "Response", "object"])
def test_only_registered_types_are_known(name: str) -> None:
    unknown = CONTENTS.read_request(header(changed(type=name)))
    assert isinstance(unknown, Rejected)
    assert unknown.reason is Reason.UNKNOWN_REQUEST_TYPE


@pytest.mark.parametrize(
    "content",
    [
        changed(extra=1),
        changed(nonce=...),
        changed(nonce="0123456789ABCDEF" * 2),
        changed(nonce="0" * 31),
        changed(nonce="0" * 32 + "\n"),
        changed(traceparent=None),
        changed(traceparent=""),
        changed(traceparent=f"00-{'0' * 32}-{'c' * 16}-01"),
        changed(traceparent=f"00-{'a' * 32}-{'c' * 16}-01\n"),
        changed(traceparent=f"01-{'a' * 32}-{'c' * 16}-01"),
        changed(part=0),
        changed(part=4),
        changed(part=1.0),
        changed(part=True),
        changed(parts=10**6),
        changed(version="1"),
        changed(message_id=""),
        changed(message_id="m" * 256),
        changed(created="2026-11-23T12:00:00"),
        changed(created="2026-11-23T12:00:00+01:00"),
        changed(created="yesterday"),
        changed(created=1790000000),
        changed(recipient={"ca": "ca"}),
        changed(recipient={"ca": "ca", "data_source": "source", "extra": 1}),
        changed(recipient={"ca": "ca", "data_source": ""}),
        changed(answer_certificate="not base64!"),
        changed(answer_certificate="A" * 30_000),
        b"",
        b"[]",
        b"null",
        ENCODED[:-1],
        ENCODED + b"{}",
        b"\xef\xbb\xbf" + ENCODED,
        ENCODED.decode().encode("utf-16"),
        ENCODED.replace(b'"part":2', b'"part":NaN'),
        ENCODED.replace(b'"part":2', b'"part":2,"part":2'),
        ENCODED.replace(b'"ca":"ca"', b'"ca":"other","ca":"ca"'),
        ENCODED.replace(b'"username":"alice"', b'"username":"alice","username":"alice"'),
        ENCODED.replace(b'"username":"alice"', b'"username":"alice","\\u0075sername":"bob"'),
        ENCODED.replace(b"alice", b"\xff"),
        ENCODED.replace(b"alice", b"\\ud800"),
        ENCODED.replace(b'"request":{', b'"request":{"extra":' + b"[" * 100_000 + b"]" * 100_000 + b","),
    ],
)
def test_malformed_headers_are_refused(content: bytes) -> None:
    assert content != ENCODED
    assert refused(content)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("request_id", 2**63),
        ("request_id", -(2**63) - 1),
        ("request_id", "1"),
        ("request_id", None),
        ("username", None),
        ("username", 5),
        ("username", "a" * 256),
        ("subject_dn", "a" * 4097),
        ("email", "a" * 256),
        ("pkcs10", "AA"),
        ("pkcs10", "A-_A"),
        ("pkcs10", "A" * (256 * 1024 // 3 * 4 + 8)),
        ("create_or_edit_user", 1),
        ("VERSION", 1),
        ("extra", 1),
    ],
)
def test_malformed_requests_are_refused(field: str, value: Any) -> None:
    request = json.loads(ENCODED)["request"] | {field: value}
    assert field in refused(changed(request=request))


def test_details_name_fields_not_values() -> None:
    request = json.loads(ENCODED)["request"] | {"username": "s3cret" * 100}
    assert "s3cret" not in refused(changed(request=request))


def test_details_are_short() -> None:
    assert len(refused(changed(**{"x" * 10_000: 1}))) <= 200


def test_answers_are_read_as_strictly() -> None:
    encoded = CONTENTS.encode_answer(ANSWER)
    document = json.loads(encoded)
    changes: list[dict[str, Any]] = [
        {"type": "NoResponse"},
        {"type": "PKCS10Request"},
        {"version": 2},
        {"digest": "00"},
        {"digest_of": "something"},
        {"part": 4},
        {"extra": 1},
        {"response": document["response"] | {"extra": 1}},
        {"created": "2026-11-23T12:00:00"},
    ]
    for change in changes:
        result = CONTENTS.read_answer(json.dumps(document | change).encode())
        assert isinstance(result, Rejected), change
        assert result.reason is Reason.MALFORMED_REQUEST
    assert isinstance(CONTENTS.read_answer(ENCODED), Rejected)
    assert isinstance(CONTENTS.read_header(encoded), Rejected)


@given(st.binary(max_size=300))
def test_nothing_but_rejections_comes_out(octets: bytes) -> None:
    assert isinstance(CONTENTS.read_header(octets), Rejected)
    assert isinstance(CONTENTS.read_answer(octets), Rejected)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_no_value_of_a_member_is_anything_but_read_or_rejected(value: Any) -> None:
    for name in ("type", "version", "message_id", "part", "created", "recipient", "answer_certificate", "request"):
        result = CONTENTS.read_header(json.dumps(json.loads(ENCODED) | {name: value}).encode())
        if isinstance(result, RequestHeader):
            assert isinstance(CONTENTS.read_request(result), Rejected | Request)


def test_the_published_schema_is_current() -> None:
    """Otherwise: python -m lockgate_formats.submessages.schema > docs/submessage-schema.json."""
    published = Path(__file__).parents[3] / "docs" / "submessage-schema.json"
    assert published.read_text() == schema.text()


def test_the_schema_describes_every_type() -> None:
    definitions = schema.schema()["$defs"]
    assert {"PKCS10RequestContent", "PKCS10ResponseContent", "ResponseContent"} <= set(definitions)
    request = definitions["PKCS10RequestContent"]
    assert request["properties"]["type"] == {"enum": ["PKCS10Request"]}
    assert request["additionalProperties"] is False
    assert set(json.loads(ENCODED)) == set(request["properties"])
    assert msgspec.json.decode(ENCODED)["request"].keys() == definitions["PKCS10Request"]["properties"].keys()
