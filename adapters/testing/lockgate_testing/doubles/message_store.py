"""The message database as a dictionary: the port's rules without a database, for tests of code that uses the port."""

import secrets
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from lockgate.errors import CallerError, DuplicateMessage, MessageBusy, MessageTooLarge
from lockgate.ports import MessageStore
from lockgate.queue.message import (
    SETTLED,
    ClaimedMessage,
    MessageEvent,
    MessageOutline,
    MessagePage,
    MessageStatus,
    NewMessage,
    Processed,
    PurgedMessages,
    SetAside,
    Settlement,
    StoredMessage,
    WaitAgain,
    after,
    is_message_id,
    sources,
)

START = 1_790_000_000_000
"""The double's clock at the beginning: milliseconds since 1970-01-01 UTC."""


@dataclass(frozen=True)
class _Row:
    unique_id: int
    message_id: str
    type: int
    request: bytes
    content: bytes
    status: MessageStatus
    generation: int
    created: int
    modified: int
    due: int | None
    attempts: int = 0
    claim_id: str | None = None
    reason: str | None = None


class MemoryMessageStore(MessageStore):
    """Messages in memory; time passes only through `advance`. `limited` gives a store with another limit on the same
    rows."""

    def __init__(self, max_size: int = 4 * 1024 * 1024) -> None:
        self._max_size = max_size
        self._rows: dict[int, _Row] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._now = START

    def limited(self, max_size: int) -> "MemoryMessageStore":
        """Another store on the same rows, with another limit; its clock stands where this one's does."""
        other = MemoryMessageStore(max_size)
        other._rows, other._lock, other._now = self._rows, self._lock, self._now
        other._numbers = self._numbers
        return other

    def advance(self, duration: timedelta) -> None:
        """Let time pass."""
        with self._lock:
            self._now += round(duration / timedelta(milliseconds=1))

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        if len(message.content) > self._max_size:
            raise MessageTooLarge(f"{len(message.content)} octets; at most {self._max_size} are allowed")
        with self._lock:
            old = self._row(message.type, message.message_id)
            if old is not None and old.request == message.content:
                return
            if old is not None:
                self._check_replaceable(old, replaces)
            status = after(None, MessageEvent.PUT) if old is None else after(old.status, MessageEvent.REPLACE)
            self._add(message.message_id, message.type, message.content, status, old)

    def add_malformed(self, message_type: int) -> None:
        """Add a waiting row that no client puts: it has no message id."""
        with self._lock:
            self._add("", message_type, b"request", MessageStatus.WAITING)

    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        claim_id = secrets.token_hex(16)
        with self._lock:
            due = sorted(
                (row.due, row.unique_id) for row in self._rows.values() if row.due is not None and row.due <= self._now
            )
            return [self._take(self._rows[unique_id], claim_id, lease) for _, unique_id in due[:limit]]

    def begin(self, claimed: ClaimedMessage) -> bool:
        with self._lock:
            row = self._find(claimed)
            if row is not None:
                self._rows[row.unique_id] = replace(row, attempts=row.attempts + 1)
        return row is not None

    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        with self._lock:
            for message in claimed:
                row = self._find(message)
                if row is not None:
                    self._rows[row.unique_id] = replace(row, due=self._later(lease))

    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        with self._lock:
            return [self._settle(settlement) for settlement in settlements]

    def expedite(self, message_ids: Iterable[str]) -> None:
        wanted = set(message_ids)
        with self._lock:
            for key, row in self._rows.items():
                waits = row.status in sources(MessageEvent.EXPEDITE) and row.reason is None
                if row.message_id in wanted and waits:
                    self._rows[key] = replace(row, due=min(row.due or 0, self._now))

    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        with self._lock:
            row = self._row(message_type, message_id)
        if row is None:
            return None
        return StoredMessage(
            message_id=message_id,
            type=message_type,
            status=row.status,
            generation=row.generation,
            created=row.created,
            modified=row.modified,
            content=row.content,
            reason=row.reason,
        )

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        wanted = set(message_ids)
        with self._lock:
            rows = [row for row in self._rows.values() if row.type == message_type and row.status in SETTLED]
        return frozenset(wanted.intersection(row.message_id for row in rows))

    def outline(self, message_type: int, message_id: str) -> MessageOutline | None:
        with self._lock:
            row = self._row(message_type, message_id)
        return None if row is None else _outlined(row)

    def browse(self, status: MessageStatus, limit: int, after: int | None = None) -> MessagePage:
        with self._lock:
            rows = {row.unique_id: row for row in self._rows.values() if row.status is status}
        places = sorted(place for place in rows if after is None or place > after)
        last = places[limit - 1] if len(places) > limit else None
        sound = (rows[place] for place in places[:limit] if is_message_id(rows[place].message_id))
        return MessagePage(tuple(map(_outlined, sound)), last)

    def retry(self, messages: Iterable[MessageOutline]) -> int:
        wanted, done = {(message.unique_id, message.generation) for message in messages}, 0
        with self._lock:
            for key, row in self._rows.items():
                if (row.unique_id, row.generation) in wanted and row.status in sources(MessageEvent.RETRY):
                    self._rows[key] = replace(
                        row,
                        status=after(row.status, MessageEvent.RETRY),
                        modified=self._now,
                        due=self._now,
                        attempts=0,
                        claim_id=None,
                        reason=None,
                    )
                    done += 1
        return done

    def purge(self, status: MessageStatus, age: timedelta, limit: int, after: int | None = None) -> PurgedMessages:
        if status not in SETTLED or age < timedelta():
            raise CallerError("only messages that were settled are purged, and not ahead of time")
        with self._lock:
            before = self._later(-age)
            old = [key for key, row in self._rows.items() if row.status is status and row.modified <= before]
            behind = sorted(place for place in old if after is None or place > after)
            for unique_id in behind[:limit]:
                del self._rows[unique_id]
        return PurgedMessages(len(behind[:limit]), behind[limit - 1] if len(behind) > limit else None)

    def _later(self, duration: timedelta) -> int:
        return self._now + round(duration / timedelta(milliseconds=1))

    @staticmethod
    def _check_replaceable(row: _Row, replaces: bytes | None) -> None:
        replaceable = row.status in sources(MessageEvent.REPLACE)
        if replaces is not None and not replaceable and row.status is MessageStatus.IN_PROCESS:
            raise MessageBusy("the message is in process")
        if row.request != replaces or not replaceable:
            raise DuplicateMessage("another message has this id, or was answered")

    def _row(self, message_type: int, message_id: str) -> _Row | None:
        found = (row for row in self._rows.values() if (row.type, row.message_id) == (message_type, message_id))
        return next(found, None)

    def _add(
        self, message_id: str, message_type: int, request: bytes, status: MessageStatus, old: _Row | None = None
    ) -> None:
        unique_id = next(self._numbers) if old is None else old.unique_id
        self._rows[unique_id] = _Row(
            unique_id=unique_id,
            message_id=message_id,
            type=int(message_type),
            request=request,
            content=request,
            status=status,
            generation=1 if old is None else old.generation + 1,
            created=self._now,
            modified=self._now,
            due=self._now,
        )

    def _take(self, row: _Row, claim_id: str, lease: timedelta) -> ClaimedMessage:
        sound = is_message_id(row.message_id)
        event = MessageEvent.CLAIM if row.status in sources(MessageEvent.CLAIM) else MessageEvent.RECLAIM
        row = replace(
            row,
            status=after(row.status, event),
            claim_id=claim_id,
            due=self._later(lease),
            modified=self._now,
        )
        self._rows[row.unique_id] = row
        return ClaimedMessage(
            unique_id=row.unique_id,
            message_id=row.message_id,
            type=row.type if sound else 0,
            generation=row.generation,
            claim_id=claim_id,
            attempts=row.attempts,
            size=len(row.content) if sound else 0,
            content=row.content if sound and len(row.content) <= self._max_size else None,
            left=event is MessageEvent.RECLAIM,
            malformed=not sound,
        )

    def _find(self, claimed: ClaimedMessage) -> _Row | None:
        row = self._rows.get(claimed.unique_id)
        if row is None or row.status is not MessageStatus.IN_PROCESS:
            return None
        return row if (row.generation, row.claim_id) == (claimed.generation, claimed.claim_id) else None

    def _settle(self, settlement: Settlement) -> bool:
        row = self._find(settlement.message)
        if row is None:
            return False
        row = replace(row, modified=self._now, due=None)
        match settlement:
            case Processed(answer=answer):
                row = replace(row, status=after(row.status, MessageEvent.WRITE_BACK), content=answer, reason=None)
            case WaitAgain(delay=delay, attempts=attempts, reason=reason):
                waiting = after(row.status, MessageEvent.WAIT_AGAIN)
                row = replace(row, status=waiting, due=self._later(delay), attempts=attempts, reason=reason)
            case SetAside(reason=reason):
                row = replace(row, status=after(row.status, MessageEvent.SET_ASIDE), reason=reason)
        self._rows[row.unique_id] = row
        return True


def _outlined(row: _Row) -> MessageOutline:
    return MessageOutline(
        unique_id=row.unique_id,
        message_id=row.message_id,
        type=row.type,
        status=row.status,
        generation=row.generation,
        created=row.created,
        modified=row.modified,
        due=row.due,
        attempts=row.attempts,
        size=len(row.content),
        reason=row.reason,
    )
