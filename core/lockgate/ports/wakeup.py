"""When to look at the message database again."""

from abc import abstractmethod
from typing import Protocol


class Sleep(Protocol):
    """Lets time pass."""

    @abstractmethod
    def __call__(self, seconds: float, readable: int | None = None) -> None:
        """Wait for `seconds`, or until the file descriptor `readable` can be read, or until something else ends it."""


class WakeUp(Protocol):
    """Tells one waiter when another look at the message database may be worth it.

    These are hints from hostile ground: one may be lost, and any number may be for nothing. So whoever waits looks once
    an interval in any case, and a flood of hints leads to no more looks than polling at its fastest.
    """

    @abstractmethod
    def looked(self, *, found: bool) -> None:
        """Take note of a look just made, and whether it found anything. There is one before each series of waits."""

    @abstractmethod
    def wait(self, limit: float) -> bool:
        """Sleep until another look may be worth it.

        Args:
            limit: seconds at most; a stop, and other reasons of its own, may end it earlier.

        Returns:
            Whether to look now. If not, the waiter waits on, or looks because its interval is over.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what it holds. Waiting again takes it anew."""
