"""The JSON form of requests and answers: strict structures, made from the core's dataclasses and their field rules.

Binary fields are base64 (RFC 4648, 4), times RFC 3339 in UTC. Unknown fields are refused everywhere.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from lockgate.queue.message import MAX_MESSAGE_ID_LENGTH
from lockgate.requests.content import DigestOf
from lockgate.requests.submessages import MAX_NAME_LENGTH
from lockgate.requests.submessages.base import STORABLE
from lockgate.requests.trace_context import TRACEPARENT, TRACEPARENT_LENGTH
from lockgate.rights.approval import MAX_DECISION_REASON, Verdict

MAX_CERTIFICATE_LENGTH = 16 * 1024
MAX_PARTS = 1000
MAX_ACTION_LENGTH = 256 * 1024

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH)]
MessageId = Annotated[str, Meta(min_length=1, max_length=MAX_MESSAGE_ID_LENGTH)]
Count = Annotated[int, Meta(ge=1, le=MAX_PARTS)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, in UTC")]
Nonce = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", max_length=32, description="128 random bits")]
ApprovalId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64, description="SHA-256")]
Traceparent = Annotated[
    str, Meta(pattern=TRACEPARENT, max_length=TRACEPARENT_LENGTH, description="W3C Trace Context, version 00")
]
Certificate = Annotated[bytes, Meta(max_length=MAX_CERTIFICATE_LENGTH, description="DER, base64")]


class WireRecipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The recipient of a request."""

    ca: Name
    data_source: Name


class WireRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request's content; `request` is read when `type` and `version` are known.

    `traceparent` is left out where nothing is traced: readers before it refuse it.
    """

    type: Name
    version: Version
    message_id: MessageId
    part: Count
    parts: Count
    recipient: WireRecipient
    created: Instant
    expires: Instant
    nonce: Nonce
    answer_certificate: Certificate | None = None
    traceparent: Traceparent | msgspec.UnsetType = msgspec.UNSET
    request: Any


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer's content; `response` is read when `type` is known."""

    type: Name
    version: Version
    message_id: MessageId
    part: Count
    parts: Count
    recipient: WireRecipient
    created: Instant
    digest: Digest
    digest_of: DigestOf
    response: Any


class WireDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An administrator's decision on an approval; `action` is its canonical JSON."""

    type: Literal["ApprovalDecision"] = "ApprovalDecision"
    version: Version
    approval: ApprovalId
    action: Annotated[bytes, Meta(max_length=MAX_ACTION_LENGTH)]
    verdict: Verdict
    reason: Annotated[str, Meta(max_length=MAX_DECISION_REASON, pattern=STORABLE)]
    opened: Instant
    expires: Instant
    created: Instant


class RawRequest(WireRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request's content with the request itself not read yet."""

    request: msgspec.Raw


class RawAnswer(WireAnswer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer's content with the response itself not read yet."""

    response: msgspec.Raw
