"""Services that must act by themselves at a time, though no message asks for it."""

from abc import abstractmethod
from typing import Protocol

from lockgate.ports import RegistryTransaction

DUE_BATCH = 50
"""Actions of one service in one unit of work at most."""


class DueService(Protocol):
    """What has due actions, as a protocol has that revokes what was not confirmed in time.

    Workers ask it, each in a unit of work of its own, and several at once: the service locks what it acts on
    (`ProtocolTransactions.due` does), and acts so that the same is due no more. An error ends that unit of work, and
    the same actions are due again: the service sees to it that one that always fails does not keep the others back.
    """

    @abstractmethod
    def act(self, work: RegistryTransaction, limit: int) -> int:
        """Do up to `limit` actions that are due by the database's clock, the longest due first; how many were done.

        Whatever is done stands in the audit log: the service adds the entries.
        """
