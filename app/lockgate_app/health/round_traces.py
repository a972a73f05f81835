"""The traces of the messages of a worker's round: each is recorded when the message is written back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lockgate.line.stages import Received, RefusedSubmessage, Understood
from lockgate.ports import SpanFacts, Tracer
from lockgate.queue.message import ClaimedMessage, SetAside, Settlement
from lockgate.reasons import Rejected
from lockgate.requests.submessages import Request
from lockgate.requests.trace_context import TraceContext

MESSAGE_SPAN = "message"
"""The name of the span that holds the steps of a message."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    began: datetime
    ended: datetime
    facts: SpanFacts


@dataclass(slots=True)
class _Message:
    """What is known of a message so far; the first part that a signer places in a trace places the message there."""

    parent: TraceContext | None = None
    request_type: str = ""
    steps: list[_Step] = field(default_factory=list)


class RoundTraces:
    """Collects the steps of each message. A step for many messages at once, as a commit, stands in the trace of each.

    Args:
        now: UTC.
    """

    def __init__(self, tracer: Tracer, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tracer, self._now = tracer, now
        self._messages: dict[str, _Message] = {}
        self._answered: list[str] = []

    def claimed(self, name: str, messages: Sequence[ClaimedMessage], seconds: float) -> None:
        """A round begins with these messages."""
        self._messages = {message.message_id: _Message() for message in messages}
        self._note(name, self._messages, seconds)

    def read(self, name: str, received: Received, part: Understood | RefusedSubmessage, seconds: float) -> None:
        """A submessage was read."""
        message_id = received.place.message_id
        message = self._messages.get(message_id)
        if message is not None and isinstance(part, Understood):
            message.parent = message.parent or part.verified.trace
            message.request_type = message.request_type or _type_of(part)
        self._note(name, [message_id], seconds, _facts(message_id, part))

    def answering(self) -> None:
        """Submessages are going to be answered, and committed together."""
        self._answered.clear()

    def answered(self, name: str, part: Understood | RefusedSubmessage, seconds: float) -> None:
        """A submessage was answered."""
        received = part.received if isinstance(part, RefusedSubmessage) else part.verified.unwrapped.received
        message_id = received.place.message_id
        self._answered.append(message_id)
        self._note(name, [message_id], seconds, _facts(message_id, part))

    def committed(self, name: str, seconds: float) -> None:
        """What was answered since `answering` was committed."""
        self._note(name, dict.fromkeys(self._answered), seconds)

    def written(self, name: str, settlements: Sequence[Settlement], seconds: float) -> None:
        """The messages were written back: their traces are complete."""
        self._note(name, [settlement.message.message_id for settlement in settlements], seconds)
        for settlement in settlements:
            message = self._messages.pop(settlement.message.message_id, None)
            if message is not None:
                self._record(settlement, message)

    def _record(self, settlement: Settlement, message: _Message) -> None:
        span = self._tracer.begin(MESSAGE_SPAN, message.steps[0].began, message.parent)
        for step in message.steps:
            span.step(step.name, step.began, step.ended, step.facts)
        reason = str(settlement.rejected.reason) if isinstance(settlement, SetAside) else ""
        span.end(self._now(), SpanFacts(settlement.message.message_id, message.request_type, reason))

    def _note(self, name: str, ids: Iterable[str], seconds: float, facts: SpanFacts | None = None) -> None:
        ended = self._now()
        began = ended - timedelta(seconds=seconds)
        for message_id in ids:
            if message_id in self._messages:
                step = _Step(name, began, ended, facts or SpanFacts(message_id))
                self._messages[message_id].steps.append(step)


def _facts(message_id: str, part: Understood | RefusedSubmessage) -> SpanFacts:
    refused = part.rejected if isinstance(part, RefusedSubmessage) else part.request
    reason = str(refused.reason) if isinstance(refused, Rejected) else ""
    return SpanFacts(message_id, _type_of(part), reason)


def _type_of(part: Understood | RefusedSubmessage) -> str:
    """Only the name of an installed type, not what a sender has written."""
    request = part.request if isinstance(part, Understood) else None
    return type(request).__name__ if isinstance(request, Request) else ""
