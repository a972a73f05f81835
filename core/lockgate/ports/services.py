"""Services of the CA for messages of other protocols, which somebody else delivers."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol

from lockgate.ports.protocol_transactions import MessageKey
from lockgate.ports.registry import RegistryTransaction


class MessageService(Protocol):
    """Answers messages of one protocol by the settings of an alias. Who asks for what, the message's own protection
    says; the one that delivers it counts for nothing."""

    @abstractmethod
    def read(self, alias: str, octets: bytes) -> Any:
        """The message, read and its protection verified as far as that needs no unit of work. Octets that are no
        message, and an alias that does not exist, are answered like any other message.

        Raises:
            Unavailable: a database that it needs cannot be reached.
        """

    def expected(self, message: Any) -> Iterable[MessageKey]:  # noqa: ARG002
        """What `answer` will ask the transactions of protocols for; a hint."""
        return ()

    @abstractmethod
    def answer(self, message: Any, work: RegistryTransaction) -> bytes:
        """The answer to what `read` gave, for the message's sender. What the message asks for, and the record that
        brings the same answer to the same octets, are in `work` then.

        Raises:
            Conflict: another unit of work was faster.
        """
