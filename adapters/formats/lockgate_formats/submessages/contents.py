"""The `Contents` port: JSON with a published schema, read strictly and in two steps.

The header is read first, so that a request of an unknown type or version can still be answered.
"""

import dataclasses
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from lockgate.ports import Contents
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import AnswerContent, Place, Recipient, RequestContent, RequestHeader
from lockgate.requests.request_types import REQUEST_TYPES, RequestTypes
from lockgate.requests.submessages import Request, Response
from lockgate.requests.trace_context import TraceContext
from lockgate.rights.approval import Decision
from lockgate_formats.structures import read
from lockgate_formats.submessages.wire import (
    RawAnswer,
    RawRequest,
    WireAnswer,
    WireDecision,
    WireRecipient,
    WireRequest,
)
from lockgate_formats.unique_members import require_unique_members

Wire = TypeVar("Wire", RawRequest, RawAnswer, WireDecision)
ANSWER_VERSION = 1
DECISION_VERSION = 1
MAX_DETAIL_LENGTH = 200
_FAILURES = (msgspec.DecodeError, ValueError, RecursionError)


class JsonContents(Contents):
    """JSON for the request types of `request_types` (by name) and their responses."""

    def __init__(self, request_types: RequestTypes = REQUEST_TYPES) -> None:
        self._requests = {name: request_type.request for name, request_type in request_types.items()}
        responses: set[type[Response]] = {Response, *(request_type.response for request_type in request_types.values())}
        self._responses = {response.__name__: response for response in responses}

    def encode_request(self, content: RequestContent) -> bytes:
        """The bytes to sign."""
        wire = WireRequest(
            type=type(content.request).__name__,
            version=content.request.VERSION,
            message_id=content.place.message_id,
            part=content.place.part,
            parts=content.place.parts,
            recipient=WireRecipient(content.recipient.ca, content.recipient.data_source),
            created=content.created,
            expires=content.expires,
            nonce=content.nonce,
            answer_certificate=content.answer_certificate,
            traceparent=msgspec.UNSET if content.trace is None else str(content.trace),
            request=content.request,
        )
        return msgspec.json.encode(wire)

    def read_header(self, content: bytes) -> RequestHeader | Rejected:
        """The header of a request."""
        try:
            wire = _decode(content, RawRequest)
        except _FAILURES as error:
            return _malformed(error)
        return RequestHeader(
            type=wire.type,
            version=wire.version,
            place=Place(wire.message_id, wire.part, wire.parts),
            recipient=Recipient(wire.recipient.ca, wire.recipient.data_source),
            created=wire.created,
            expires=wire.expires,
            nonce=wire.nonce,
            answer_certificate=wire.answer_certificate,
            body=bytes(wire.request),
            trace=TraceContext.of(wire.traceparent) if isinstance(wire.traceparent, str) else None,
        )

    def read_request(self, header: RequestHeader) -> Request | Rejected:
        """The request itself."""
        kind = self._requests.get(header.type)
        if kind is None:
            return Rejected(Reason.UNKNOWN_REQUEST_TYPE)
        if header.version != kind.VERSION:
            return Rejected(Reason.UNKNOWN_VERSION, f"Version {kind.VERSION} is known.")
        try:
            return read(kind, header.body)
        except _FAILURES as error:
            return _malformed(error)

    def encode_answer(self, answer: AnswerContent) -> bytes:
        """The bytes to sign."""
        wire = WireAnswer(
            type=type(answer.response).__name__,
            version=ANSWER_VERSION,
            message_id=answer.place.message_id,
            part=answer.place.part,
            parts=answer.place.parts,
            recipient=WireRecipient(answer.recipient.ca, answer.recipient.data_source),
            created=answer.created,
            digest=answer.digest,
            digest_of=answer.digest_of,
            response=answer.response,
        )
        return msgspec.json.encode(wire)

    def read_answer(self, content: bytes) -> AnswerContent | Rejected:
        """An answer."""
        try:
            wire = _decode(content, RawAnswer)
            kind = self._responses.get(wire.type)
            if kind is None or wire.version != ANSWER_VERSION:
                return Rejected(Reason.MALFORMED_REQUEST, "An unknown type or version of answer.")
            response = read(kind, bytes(wire.response))
        except _FAILURES as error:
            return _malformed(error)
        place = Place(wire.message_id, wire.part, wire.parts)
        recipient = Recipient(wire.recipient.ca, wire.recipient.data_source)
        return AnswerContent(response, wire.digest, wire.digest_of, place, recipient, wire.created)

    def encode_decision(self, decision: Decision) -> bytes:
        """The bytes to sign."""
        fields = {field.name: getattr(decision, field.name) for field in dataclasses.fields(decision)}
        return msgspec.json.encode(WireDecision(version=DECISION_VERSION, **fields))

    def read_decision(self, content: bytes) -> Decision | Rejected:
        """A decision on an approval."""
        try:
            wire = _decode(content, WireDecision)
        except _FAILURES as error:
            return _malformed(error)
        if wire.version != DECISION_VERSION:
            return Rejected(Reason.MALFORMED_REQUEST, "An unknown version of decision.")
        return Decision(**{field.name: getattr(wire, field.name) for field in dataclasses.fields(Decision)})


def _decode(content: bytes, kind: type[Wire]) -> Wire:
    wire = msgspec.json.decode(content, type=kind)
    require_unique_members(content)
    if not isinstance(wire, WireDecision) and wire.part > wire.parts:
        raise ValueError("part is greater than parts")
    for name in ("opened", "created", "expires"):
        _require_utc(getattr(wire, name, None))
    return wire


def _require_utc(instant: datetime | None) -> None:
    if instant is not None and instant.utcoffset() != timedelta(0):
        raise ValueError("a time is not in UTC")


def _malformed(error: Exception) -> Rejected:
    """The error, in the decoder's words: it names fields, types and limits, never values."""
    detail = "It is nested too deeply." if isinstance(error, RecursionError) else str(error)[:MAX_DETAIL_LENGTH]
    return Rejected(Reason.MALFORMED_REQUEST, detail)
