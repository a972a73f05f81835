"""The leases that a round holds while it works: the worker's and those of its messages, renewed in time.

Correctness does not depend on it: the fence at commit and the claim id at the write-back decide. But work that takes
longer than a lease must not lose the lease half-way each time, or two hosts could prevent each other from ever
finishing.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from lockgate.errors import FenceLost
from lockgate.ports import Coordinator, Fence, MessageStore
from lockgate.queue.message import ClaimedMessage


class Hold:
    """One round's hold.

    Args:
        claimed: just now.
        lease: of the worker and of the messages.
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(
        self,
        fence: Fence,
        claimed: Iterable[ClaimedMessage],
        store: MessageStore,
        coordinator: Coordinator,
        lease: timedelta,
        monotonic: Callable[[], float],
    ) -> None:
        self.fence = fence
        self._held = {message.unique_id: message for message in claimed}
        self._store, self._coordinator = store, coordinator
        self._lease, self._monotonic = lease, monotonic
        self._renewed = monotonic()

    @property
    def messages(self) -> Sequence[ClaimedMessage]:
        """The messages that are not settled yet."""
        return tuple(self._held.values())

    def let_go(self, messages: Iterable[ClaimedMessage]) -> None:
        """Release messages that are settled."""
        for message in messages:
            self._held.pop(message.unique_id, None)

    def is_due(self) -> bool:
        """Whether it is time to renew: a third of the lease is over."""
        return self._monotonic() - self._renewed >= self._lease.total_seconds() / 3

    def keep(self) -> None:
        """Renew everything, if it is time.

        Raises:
            FenceLost: another process has taken the worker over.
        """
        if not self.is_due():
            return
        if not self._coordinator.renew(self.fence, self._lease):
            raise FenceLost(f"the lease of worker {self.fence.worker} has a newer holder")
        self._store.renew(self._held.values(), self._lease)
        self._renewed = self._monotonic()
