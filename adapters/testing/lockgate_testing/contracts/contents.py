"""The contract suite of the port Contents."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lockgate.ports import Contents
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import AnswerContent, DigestOf, Place, Recipient, RequestContent, RequestHeader
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Request, Response
from lockgate.requests.trace_context import TraceContext
from lockgate.rights.approval import Decision, Verdict

CREATED, EXPIRES = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACE, RECIPIENT = Place("message/1", 2, 3), Recipient("ca", "source")
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
    place=PLACE,
    recipient=RECIPIENT,
    created=CREATED,
    expires=EXPIRES,
    nonce="0123456789abcdef" * 2,
    answer_certificate=b"certificate",
)
ANSWERS = {
    "certificate": PKCS10Response(request_id=7, success=True, certificate=b"certificate"),
    "refusal": PKCS10Response(request_id=7, success=False, fail_info="No.", reason="not_authorized"),
    "not understood": Response(request_id=0, success=False, fail_info="No.", reason="malformed_request"),
}
DECISION = Decision(
    approval="ab" * 16,
    action=bytes(range(256)),
    verdict=Verdict.REJECT,
    reason="Not before Monday.",
    opened=CREATED,
    expires=EXPIRES,
    created=CREATED,
)
GARBAGE = [b"", b"{", b"{}", b"null", b"\xff", b"[" * 100_000, bytes(1000)]


class ContentsContract:
    """Every rule of the port Contents. A subclass supplies the fixture `contents`."""

    @pytest.fixture
    def contents(self) -> Contents:
        """The adapter under test, with the built-in request types."""
        raise NotImplementedError("supply the fixture `contents`: the adapter under test")

    @pytest.mark.parametrize("certificate", [b"certificate", None])
    def test_a_request_is_read_as_it_was_written(self, contents: Contents, certificate: bytes | None) -> None:
        header = contents.read_header(contents.encode_request(replace(CONTENT, answer_certificate=certificate)))
        assert isinstance(header, RequestHeader)
        assert (header.type, header.version) == ("PKCS10Request", PKCS10Request.VERSION)
        assert (header.place, header.recipient, header.nonce) == (PLACE, RECIPIENT, CONTENT.nonce)
        assert (header.created, header.expires) == (CREATED, EXPIRES)
        assert header.answer_certificate == certificate
        assert contents.read_request(header) == REQUEST

    @pytest.mark.parametrize("trace", [None, TraceContext("ab" * 16, "cd" * 8, sampled=True)])
    def test_the_trace_of_a_request_is_read_as_it_was_written(
        self, contents: Contents, trace: TraceContext | None
    ) -> None:
        header = contents.read_header(contents.encode_request(replace(CONTENT, trace=trace)))
        assert isinstance(header, RequestHeader)
        assert header.trace == trace

    @pytest.mark.parametrize("kind", ANSWERS)
    def test_an_answer_is_read_as_it_was_written(self, contents: Contents, kind: str) -> None:
        answer = AnswerContent(
            response=ANSWERS[kind],
            digest="00" * 32,
            digest_of=DigestOf.REQUEST,
            place=PLACE,
            recipient=RECIPIENT,
            created=CREATED,
        )
        assert contents.read_answer(contents.encode_answer(answer)) == answer

    def test_a_decision_is_read_as_it_was_written(self, contents: Contents) -> None:
        assert contents.read_decision(contents.encode_decision(DECISION)) == DECISION

    def test_a_type_and_a_version_that_are_not_known_are_told_apart(self, contents: Contents) -> None:
        header = contents.read_header(contents.encode_request(CONTENT))
        assert isinstance(header, RequestHeader)
        unknown = contents.read_request(replace(header, type="NoSuchRequest"))
        assert _reason(unknown) is Reason.UNKNOWN_REQUEST_TYPE
        assert _reason(contents.read_request(replace(header, version=99))) is Reason.UNKNOWN_VERSION

    @pytest.mark.parametrize("octets", GARBAGE, ids=lambda one: f"{len(one)} octets {one[:4]!r}")
    def test_garbage_is_malformed(self, contents: Contents, octets: bytes) -> None:
        for read in (contents.read_header, contents.read_answer, contents.read_decision):
            assert _reason(read(octets)) is Reason.MALFORMED_REQUEST

    def test_one_kind_of_content_is_not_read_as_another(self, contents: Contents) -> None:
        request, decision = contents.encode_request(CONTENT), contents.encode_decision(DECISION)
        assert _reason(contents.read_answer(request)) is Reason.MALFORMED_REQUEST
        assert _reason(contents.read_decision(request)) is Reason.MALFORMED_REQUEST
        assert _reason(contents.read_header(decision)) is Reason.MALFORMED_REQUEST


def _reason(found: RequestHeader | Request | AnswerContent | Decision | Rejected) -> Reason:
    assert isinstance(found, Rejected)
    return found.reason
