"""Leases and certificates of workers in memory, with a clock that tests move."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from lockgate.ports import Coordinator, Fence
from lockgate.ports.coordination import LONGEST


@dataclass
class _Lease:
    holder: str
    token: int
    expires: datetime


class MemoryCoordinator(Coordinator):
    """Leases in memory."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._leases: dict[str, _Lease] = {}
        self._lock = Lock()
        self.certificates: set[str] = set()

    def advance(self, duration: timedelta) -> None:
        """Let time pass."""
        self._now += duration

    def is_newest(self, fence: Fence) -> bool:
        lease = self._leases.get(fence.worker)
        return lease is not None and lease.token == fence.token

    def introduce(self, worker: str, certificates: Collection[str]) -> None:
        self.certificates.update(certificates)

    def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
        with self._lock:
            known = self._leases.get(worker)
            held = known is not None and self._now < known.expires <= self._now + LONGEST
            if known is not None and held and known.holder != holder:
                return None
            token = 1 if known is None else known.token + 1
            self._leases[worker] = _Lease(holder, token, self._now + lease)
            return Fence(worker, token)

    def renew(self, fence: Fence, lease: timedelta) -> bool:
        if not self.is_newest(fence):
            return False
        self._leases[fence.worker].expires = self._now + lease
        return True

    def release(self, fence: Fence) -> None:
        if self.is_newest(fence):
            self._leases[fence.worker] = _Lease("", fence.token + 1, self._now)
