"""The record of a message that was sent: the JSON that an outbox or a sealed transaction keeps, read strictly."""

import msgspec

from lockgate.errors import PeerError
from lockgate.ports import SentRecords
from lockgate.queue.message import MessageType
from lockgate.ra.sent import SentMessage, SentPart
from lockgate.requests.content import Recipient
from lockgate.requests.trace_context import TraceContext
from lockgate_formats.submessages.wire import Traceparent

FORMAT = 1


class _SentRecipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ca: str
    data_source: str


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    request_id: int
    request_type: str
    content_digest: str
    submessage_digest: str


class _SentRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    message_id: str
    content: bytes
    recipient: _SentRecipient
    parts: tuple[_Part, ...]
    signed: bool
    encrypted: bool
    format: int = FORMAT
    type: int = MessageType.API
    replaces: str | None = None
    earlier: tuple["_SentRecord", ...] = ()
    traceparent: Traceparent | msgspec.UnsetType = msgspec.UNSET


class JsonSentRecords(SentRecords):
    """Records in the format 1."""

    def encode(self, message: SentMessage) -> bytes:
        """The record of `message`."""
        return msgspec.json.encode(_record(message))

    def read(self, record: bytes) -> SentMessage:
        """The message that a record is of."""
        try:
            found = msgspec.json.decode(record, type=_SentRecord)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PeerError(f"the outbox's record is damaged: {error}") from None
        if found.format != FORMAT:
            raise PeerError(f"the outbox's record has the format {found.format}; {FORMAT} is known")
        return _message(found)


def _record(message: SentMessage) -> _SentRecord:
    return _SentRecord(
        message.message_id,
        message.content,
        _SentRecipient(message.recipient.ca, message.recipient.data_source),
        tuple(
            _Part(part.request_id, part.request_type, part.content_digest, part.submessage_digest)
            for part in message.parts
        ),
        message.signed,
        message.encrypted,
        type=message.type,
        replaces=message.replaces,
        earlier=tuple(map(_record, message.earlier)),
        traceparent=msgspec.UNSET if message.trace is None else str(message.trace),
    )


def _message(record: _SentRecord) -> SentMessage:
    return SentMessage(
        record.message_id,
        record.content,
        Recipient(**msgspec.structs.asdict(record.recipient)),
        tuple(SentPart(**msgspec.structs.asdict(part)) for part in record.parts),
        record.signed,
        record.encrypted,
        type=record.type,
        replaces=record.replaces,
        earlier=tuple(map(_message, record.earlier)),
        trace=TraceContext.of(record.traceparent) if isinstance(record.traceparent, str) else None,
    )
