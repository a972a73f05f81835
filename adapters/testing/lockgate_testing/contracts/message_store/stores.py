"""Helpers for the rules of a message store: the store under test, and functions that bring messages into a state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from lockgate.ports import MessageStore
from lockgate.queue.message import (
    ClaimedMessage,
    MessageOutline,
    MessageStatus,
    MessageType,
    NewMessage,
    Processed,
    SetAside,
    Settlement,
    StoredMessage,
)
from lockgate.reasons import Reason, Rejected
from lockgate_testing.doubles.message_store import MemoryMessageStore

LEASE = timedelta(minutes=5)
DELAY = timedelta(minutes=1)
MOMENT = timedelta(seconds=1)
EVERY_OCTET = bytes(range(256)) * 16
OUTCOMES: dict[MessageStatus, Callable[[ClaimedMessage], Settlement]] = {
    MessageStatus.PROCESSED: lambda claimed: Processed(claimed, b"answer"),
    MessageStatus.SET_ASIDE: lambda claimed: SetAside(claimed, Rejected(Reason.TOO_LARGE)),
}
"""How a message is settled with a status."""


class MessageStoreSubject(Protocol):
    """A store under test, without messages at first, and operations that the port does not have."""

    @property
    def store(self) -> MessageStore:
        """The store; it takes messages of 4 MiB."""

    def limited(self, max_size: int) -> MessageStore:
        """Another store on the same messages, with another limit in octets."""

    def add_malformed(self, count: int) -> None:
        """Add waiting rows that no client puts, as the table's owner can: they have no message id."""

    def age(self, duration: timedelta) -> None:
        """Make every lease, every waiting time and every message older."""


class MemorySubject:
    """The double."""

    def __init__(self) -> None:
        self.store = MemoryMessageStore()

    def limited(self, max_size: int) -> MessageStore:
        """Another store on the same messages."""
        return self.store.limited(max_size)

    def add_malformed(self, count: int) -> None:
        """Add waiting rows, each of a type of its own."""
        for number in range(1, count + 1):
            self.store.add_malformed(number)

    def age(self, duration: timedelta) -> None:
        """Let time pass."""
        self.store.advance(duration)


def put(subject: MessageStoreSubject, *ids: str, content: bytes = b"request") -> None:
    """Put a message under each id."""
    for message_id in ids:
        subject.store.put(NewMessage(message_id, content))


def claim_one(subject: MessageStoreSubject) -> ClaimedMessage:
    """Claim the only message that is due."""
    (claimed,) = subject.store.claim(10, LEASE)
    return claimed


def fetch(subject: MessageStoreSubject, message_id: str = "id") -> StoredMessage:
    """The message, which must be there."""
    stored = subject.store.fetch(MessageType.API, message_id)
    assert stored is not None
    return stored


def outline(subject: MessageStoreSubject, message_id: str = "id") -> MessageOutline:
    """The message's outline; it must be there."""
    found = subject.store.outline(MessageType.API, message_id)
    assert found is not None
    return found


def reach(subject: MessageStoreSubject, status: MessageStatus, message_id: str = "id") -> None:
    """Bring a new message to `status`; no other one may be due."""
    put(subject, message_id)
    if status is MessageStatus.WAITING:
        return
    claimed = claim_one(subject)
    if status in OUTCOMES:
        assert subject.store.settle([OUTCOMES[status](claimed)]) == [True]
    assert fetch(subject, message_id).status is status
