"""The outbox as a dictionary."""

from collections.abc import Sequence

from lockgate.errors import DuplicateMessage
from lockgate.ports import Kept, Outbox


class MemoryOutbox(Outbox):
    """Records in memory."""

    def __init__(self) -> None:
        self._records: dict[str, bytes] = {}

    def keep(self, key: str, record: bytes) -> None:
        if self._records.setdefault(key, record) != record:
            raise DuplicateMessage(f"the outbox keeps another message under {key[:80]!a}")

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        if self._records.get(key) != old:
            raise DuplicateMessage(f"the outbox keeps another message under {key[:80]!a}")
        self._records[key] = new

    def recall(self, key: str) -> bytes | None:
        return self._records.get(key)

    def records(self) -> Sequence[Kept]:
        return [Kept(key, record) for key, record in self._records.items()]

    def forget(self, key: str) -> None:
        self._records.pop(key, None)
