"""When to look at the message database again."""

from abc import abstractmethod
from typing import Protocol


class Sleep(Protocol):
    """Lets time pass."""

    @abstractmethod
    def __call__(self, seconds: float, readable: int | None = None) -> None:
        """Wait for `seconds`, or until the file descriptor `readable` can be read, or until something else ends it."""


class WakeUp(Protocol):
    """Tells one waiter when to look at the message database again.

    These are hints from a database that is not trusted: one may be lost, and any number may have no cause. So the
    waiter looks once in each interval in any case, and many hints lead to no more looks than the fastest polling.
    """

    @abstractmethod
    def looked(self, *, found: bool) -> None:
        """Take note of a look just made, and whether it found anything. There is one before each series of waits."""

    @abstractmethod
    def wait(self, limit: float) -> bool:
        """Sleep until there may be something to find.

        Args:
            limit: seconds at most; a stop, and other reasons of its own, may end it earlier.

        Returns:
            Whether to look now. If not, the waiter waits on, or looks because its interval is over.
        """

    @abstractmethod
    def close(self) -> None:
        """Release its resources. Waiting again acquires them again."""
