"""Messages in the message database, and the only place where a message's status changes.

The row's fields are hints from a database that is not trusted (docs/threat-model.md, rule 11): they decide which
message is looked at next, and prove nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType

from lockgate.errors import CallerError, IllegalTransition
from lockgate.reasons import Rejected

__all__ = [
    "MAX_MESSAGE_ID_LENGTH",
    "MAX_MESSAGE_TYPE",
    "MAX_REASON_LENGTH",
    "SETTLED",
    "TRANSITIONS",
    "ClaimedMessage",
    "MessageEvent",
    "MessageOutline",
    "MessagePage",
    "MessageStatus",
    "MessageType",
    "NewMessage",
    "Processed",
    "PurgedMessages",
    "SetAside",
    "Settlement",
    "StoredMessage",
    "WaitAgain",
    "after",
    "is_message_id",
    "row_reason",
    "sources",
    "target",
]

MAX_MESSAGE_ID_LENGTH = 255
"""Characters in a message id at most."""
_UNSTORABLE = re.compile("[\\0\\ud800-\\udfff]")
MAX_MESSAGE_TYPE = 32767
MAX_REASON_LENGTH = 1024
"""Characters in a row's reason at most."""


class MessageType(IntEnum):
    """The kinds of message that the product itself writes; a deployer may use further numbers."""

    API = 1
    SCEP = 2
    CMP = 3
    WEB = 4


class MessageStatus(IntEnum):
    """The column `status`."""

    WAITING = 1
    IN_PROCESS = 2
    PROCESSED = 3
    SET_ASIDE = 4


class MessageEvent(StrEnum):
    """The events that can happen to a message."""

    PUT = "put"
    REPLACE = "replace"
    CLAIM = "claim"
    RECLAIM = "reclaim an expired lease"
    WRITE_BACK = "write back"
    WAIT_AGAIN = "wait again"
    EXPEDITE = "expedite"
    SET_ASIDE = "set aside"
    RETRY = "retry"


TRANSITIONS: Mapping[tuple[MessageStatus | None, MessageEvent], MessageStatus] = MappingProxyType(
    {
        (None, MessageEvent.PUT): MessageStatus.WAITING,
        (MessageStatus.WAITING, MessageEvent.REPLACE): MessageStatus.WAITING,
        (MessageStatus.SET_ASIDE, MessageEvent.REPLACE): MessageStatus.WAITING,
        (MessageStatus.WAITING, MessageEvent.EXPEDITE): MessageStatus.WAITING,
        (MessageStatus.WAITING, MessageEvent.CLAIM): MessageStatus.IN_PROCESS,
        (MessageStatus.IN_PROCESS, MessageEvent.RECLAIM): MessageStatus.IN_PROCESS,
        (MessageStatus.IN_PROCESS, MessageEvent.WRITE_BACK): MessageStatus.PROCESSED,
        (MessageStatus.IN_PROCESS, MessageEvent.WAIT_AGAIN): MessageStatus.WAITING,
        (MessageStatus.IN_PROCESS, MessageEvent.SET_ASIDE): MessageStatus.SET_ASIDE,
        (MessageStatus.SET_ASIDE, MessageEvent.RETRY): MessageStatus.WAITING,
    }
)
"""The state machine. `None` is a message that does not exist yet. A pair that is not here cannot happen."""
SETTLED = frozenset({MessageStatus.PROCESSED, MessageStatus.SET_ASIDE})
"""Statuses of messages that are not processed any further: only these messages are ever purged."""


def after(status: MessageStatus | None, event: MessageEvent) -> MessageStatus:
    """The status that follows `status` on `event`.

    Raises:
        IllegalTransition: the table has no such pair.
    """
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        name = "no message" if status is None else status.name
        raise IllegalTransition(f"{name}: cannot {event}") from None


def sources(event: MessageEvent) -> frozenset[MessageStatus]:
    """Every status from which `event` is possible; a conditional UPDATE must test for them."""
    return frozenset(status for status, cause in TRANSITIONS if cause is event and status is not None)


def target(event: MessageEvent) -> MessageStatus:
    """The one status to which `event` leads; a conditional UPDATE must set it."""
    (only,) = {status for (_, cause), status in TRANSITIONS.items() if cause is event}
    return only


def is_message_id(text: str) -> bool:
    """Whether every message database can store `text` as a message id, exactly."""
    return 1 <= len(text) <= MAX_MESSAGE_ID_LENGTH and not _UNSTORABLE.search(text)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put.

    Attributes:
        message_id: the client's choice, 1 to 255 characters; unique per type, compared byte for byte.
        content: the encoded sequence of submessages, exactly as it shall be stored.
        type: a `MessageType` or a deployer's own number from 1 to 32767.

    Raises:
        CallerError: no such message id or type is possible, or there is no content.
    """

    message_id: str
    content: bytes
    type: int = MessageType.API

    def __post_init__(self) -> None:
        if not is_message_id(self.message_id):
            raise CallerError(f"a message id has 1 to {MAX_MESSAGE_ID_LENGTH} characters, no NUL and no lone surrogate")
        if not 1 <= self.type <= MAX_MESSAGE_TYPE:
            raise CallerError(f"a message type is a number from 1 to {MAX_MESSAGE_TYPE}")
        if not self.content:
            raise CallerError("a message has content; not every database can tell an empty one from none")


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this claim holds until its lease expires.

    Attributes:
        unique_id: the row's key.
        generation: counts replacements; with `unique_id` and `claim_id` it addresses the write-back.
        claim_id: 128 random bits, 32 lower-case hexadecimal digits.
        attempts: how often work on it was begun again (`MessageStore.begin`), or met a defect, before this claim.
        size: octets stored.
        content: the encoded submessages, or None where `size` is over the store's limit (they were not loaded).
        left: whether an earlier claim expired before it settled the message: then the message may have ended the
            process that held it.
        malformed: whether the row contains values that this product never writes. Then message id, type, size and
            content are meaningless, and the message can only be set aside.
    """

    unique_id: int
    message_id: str
    type: int
    generation: int
    claim_id: str
    attempts: int
    size: int
    content: bytes | None
    left: bool = False
    malformed: bool = False


def row_reason(rejected: Rejected) -> str:
    """The text of a row's reason: `code: sentence`, printable, at most `MAX_REASON_LENGTH` characters."""
    text = f"{rejected.reason}: {rejected.fail_info}"[:MAX_REASON_LENGTH]
    return "".join(character if character.isprintable() else " " for character in text)


@dataclass(frozen=True, slots=True)
class Processed:
    """Settle a claimed message: write the answer back."""

    message: ClaimedMessage
    answer: bytes


@dataclass(frozen=True, slots=True)
class WaitAgain:
    """Settle a claimed message: nobody looks at it again before `delay` has passed.

    Attributes:
        trouble: why it could not be carried out: the row says so, and the attempt counts; None where nothing is wrong.
        counted: the attempts that the row counts from now on where nothing is wrong.
    """

    message: ClaimedMessage
    delay: timedelta
    trouble: Rejected | None = None
    counted: int = 0

    @property
    def attempts(self) -> int:
        """The number of attempts that the row has from now on."""
        return self.message.attempts + 1 if self.trouble else self.counted

    @property
    def reason(self) -> str | None:
        """What the row says."""
        return row_reason(self.trouble) if self.trouble else None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Settle a claimed message: terminal, with a reason that clients treat as an unauthenticated hint."""

    message: ClaimedMessage
    rejected: Rejected

    @property
    def reason(self) -> str:
        """What the row says."""
        return row_reason(self.rejected)


Settlement = Processed | WaitAgain | SetAside


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as its client sees it.

    Attributes:
        created, modified: milliseconds since 1970-01-01 UTC, by the message database's clock.
        content: the request while it waits, the answer once `status` is PROCESSED.
        reason: why it was set aside, or could not be carried out yet, `code: sentence`; a hint, not authenticated.
    """

    message_id: str
    type: int
    status: MessageStatus
    generation: int
    created: int
    modified: int
    content: bytes
    reason: str | None


@dataclass(frozen=True, slots=True)
class MessageOutline:
    """A message as its operators see it: everything but the content.

    Attributes:
        unique_id: the row's key.
        created, modified: milliseconds since 1970-01-01 UTC, by the message database's clock.
        due: when it is looked at next, on the same clock: a waiting message's time, a lease's end; None once settled.
        attempts: how often work on it was begun again after a worker left it unsettled, or met a defect.
        size: octets stored.
        reason: why it was set aside, or could not be carried out yet, `code: sentence`; a hint, not authenticated.
    """

    unique_id: int
    message_id: str
    type: int
    status: MessageStatus
    generation: int
    created: int
    modified: int
    due: int | None
    attempts: int
    size: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class PurgedMessages:
    """The result of one step of a purge.

    Attributes:
        count: messages deleted.
        last: the unique id at which the step ends, and the next one goes on; None if nothing is left to look at.
    """

    count: int
    last: int | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A part of a list.

    Attributes:
        messages: in the order in which they were put first.
        last: the unique id at which the page ends, and the next one goes on; None if this is the last.
    """

    messages: tuple[MessageOutline, ...]
    last: int | None
