"""The message database, as RA clients and workers use it."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from lockgate.queue.message import (
    ClaimedMessage,
    MessageOutline,
    MessagePage,
    MessageStatus,
    NewMessage,
    PurgedMessages,
    Settlement,
    StoredMessage,
)


class MessageStore(Protocol):
    """The message database. It is not trusted: its content proves nothing, and every call is bounded in size."""

    @abstractmethod
    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        """Store `message` as waiting. Identical bytes under the same type and id are a no-op, whatever the status.

        Args:
            replaces: the content of the message whose place it takes, where that still stands there unanswered.

        Raises:
            DuplicateMessage: other bytes than `replaces` are stored under that type and id, or were answered: replaced,
                the answer would be lost.
            MessageBusy: the message to be replaced is in process.
            MessageTooLarge: the content is over the store's limit.
        """

    @abstractmethod
    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        """Take up to `limit` due messages, longest due first: waiting ones, and those whose lease has expired.

        A claim counts only once it is committed. No two live leases ever hold the same generation of a message.
        Rows of any content are claimed, so that those that hold no message can be set aside (`malformed`).
        """

    @abstractmethod
    def begin(self, claimed: ClaimedMessage) -> bool:
        """Count an attempt at a message before the work on it, and on it alone, begins.

        Tells whether the claim still holds; where it does not, nothing is counted.
        """

    @abstractmethod
    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        """Let the leases that are still held run for `lease` from now."""

    @abstractmethod
    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        """Apply each settlement where row, generation and claim id still match; tells for each whether it did.

        A settlement that no longer matches is dropped, and its row is never inserted again. `WaitAgain` says how many
        attempts count from now on.
        """

    @abstractmethod
    def expedite(self, message_ids: Iterable[str]) -> None:
        """Let the waiting messages of these ids, of whatever type, be due now; others stay as they are, and so do those
        that could not be carried out: each of their pauses is longer than the one before."""

    @abstractmethod
    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        """The message of that type and id, None if there is none."""

    @abstractmethod
    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        """Those of `message_ids`, any number of them, under which a message of that type was answered or set aside."""

    @abstractmethod
    def outline(self, message_type: int, message_id: str) -> MessageOutline | None:
        """The message of that type and id without its content, None if there is none."""

    @abstractmethod
    def browse(self, status: MessageStatus, limit: int, after: int | None = None) -> MessagePage:
        """Up to `limit` messages of that status, without their content, in the order in which they were put first.

        Args:
            after: where the page before ended. Messages that change between two pages may be missed.
        """

    @abstractmethod
    def retry(self, messages: Iterable[MessageOutline]) -> int:
        """Let messages that are set aside wait again, due now, their attempts forgotten; tells how many.

        Messages that are no longer set aside, or have another generation, stay as they are.
        """

    @abstractmethod
    def purge(self, status: MessageStatus, age: timedelta, limit: int, after: int | None = None) -> PurgedMessages:
        """Delete up to `limit` messages that were settled with `status` longer than `age` ago.

        Messages that were put first come first. Some that follow very many newer ones may be found only later. One step
        looks at a bounded number of messages: it may delete none, and the next one some.

        Args:
            after: where the step before ended, so that messages that must stay are not looked at again by each step.

        Raises:
            CallerError: messages of that status are not settled, or `age` is negative.
        """
