"""The signed content of a request and of an answer, and the rules that bind a request to its place and an answer to its
request.

A request's content names its message, its place in it, its recipient and its time; a row's value counts only if the
content says the same. An answer names its request by digest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import Request, Response
from lockgate.requests.trace_context import TraceContext

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of the CA's clock a request may have been created."""
DEFAULT_MAX_LIFETIME = timedelta(days=7)
"""How long a request may stay valid at most, unless the worker says otherwise."""
LONGEST_LIFETIME = timedelta(days=366)
"""The most that a worker may allow."""
NONCE_OCTETS = 16


class ContentKind(StrEnum):
    """Distinct signed content types: content that was signed as one type is never accepted as another."""

    REQUEST = "request"
    ANSWER = "answer"
    APPROVAL = "approval"
    RENEWAL = "renewal"
    """A PKCS#10, signed by the key of the certificate that is to be renewed for the PKCS#10's key."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient of a request.

    Attributes:
        ca: the CA instance's identifier, chosen at installation.
        data_source: the name under which the CA's worker knows the message database.
    """

    ca: str
    data_source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submessage stands: `part` counts from 1 to `parts`."""

    message_id: str
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """A request's content up to the fields of its own type.

    Attributes:
        type, version: which request class; not yet known to exist.
        created, expires: UTC.
        nonce: 128 random bits, 32 lower-case hexadecimal digits.
        answer_certificate: the DER certificate to encrypt the answer to, None to use the signer's.
        body: the still encoded fields of the request.
        trace: the step of the sender's trace that it belongs to; None for none.
    """

    type: str
    version: int
    place: Place
    recipient: Recipient
    created: datetime
    expires: datetime
    nonce: str
    answer_certificate: bytes | None
    body: bytes
    trace: TraceContext | None = None

    def judge_binding(self, place: Place, recipient: Recipient) -> Rejected | None:
        """Why this content does not belong where it was found, or None where it does."""
        if self.recipient != recipient:
            return Rejected(Reason.WRONG_RECIPIENT)
        if self.place != place:
            return Rejected(Reason.MISPLACED)
        return None

    def judge_freshness(self, now: datetime, max_lifetime: timedelta) -> Rejected | None:
        """Why this content is not accepted at `now` (the CA database's clock), or None where it is."""
        if self.expires - self.created > max_lifetime:
            return Rejected(Reason.LIFETIME_TOO_LONG, f"At most {max_lifetime} are allowed.")
        if self.created > now + CLOCK_TOLERANCE:
            return Rejected(Reason.CREATED_IN_FUTURE)
        if self.expires <= now:
            return Rejected(Reason.EXPIRED)
        return None


@dataclass(frozen=True, slots=True)
class RequestContent:
    """A whole request as its client composes it, ready to be encoded."""

    request: Request
    place: Place
    recipient: Recipient
    created: datetime
    expires: datetime
    nonce: str
    answer_certificate: bytes | None = None
    trace: TraceContext | None = None


class DigestOf(StrEnum):
    """The octets that an answer's digest was computed over."""

    REQUEST = "request"
    """The verified signed content: this is a verdict on the request."""
    SUBMESSAGE = "submessage"
    """The octets found in the row: this is a notice that nothing could be verified, and says nothing of the request."""


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """A whole answer.

    Attributes:
        digest: SHA-256, lower-case hexadecimal, over what `digest_of` names.
        place: the row and part where the request was found.
        recipient: the CA instance and data source where it was found: a refusal by another one does not concern this
            one.
        created: UTC, by the CA database's clock.
    """

    response: Response
    digest: str
    digest_of: DigestOf
    place: Place
    recipient: Recipient
    created: datetime
