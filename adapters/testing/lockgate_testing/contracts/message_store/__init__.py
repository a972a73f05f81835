"""The contract suite of the port MessageStore."""

import pytest

from lockgate_testing.contracts.message_store.claiming import BeginRules, ClaimRules, RenewRules
from lockgate_testing.contracts.message_store.concurrency import ConcurrencyRules
from lockgate_testing.contracts.message_store.histories import MessageStoreHistoryContract
from lockgate_testing.contracts.message_store.listing import BrowseRules, OutlineRules, RetryRules, SettledRules
from lockgate_testing.contracts.message_store.purging import PurgeRules
from lockgate_testing.contracts.message_store.putting import PutRules
from lockgate_testing.contracts.message_store.settling import SettleRules
from lockgate_testing.contracts.message_store.stores import MemorySubject, MessageStoreSubject

__all__ = ["MemorySubject", "MessageStoreContract", "MessageStoreHistoryContract", "MessageStoreSubject"]


class MessageStoreContract(
    PutRules,
    ClaimRules,
    BeginRules,
    RenewRules,
    SettleRules,
    OutlineRules,
    SettledRules,
    BrowseRules,
    RetryRules,
    PurgeRules,
    ConcurrencyRules,
):
    """Every rule of the port MessageStore. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> MessageStoreSubject:
        """A store without messages."""
        raise NotImplementedError("supply the fixture `subject`: a store without messages")
