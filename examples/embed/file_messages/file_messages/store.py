"""A message store in one SQLite file, by Python's own `sqlite3`: for a worker and clients on one host.

Each method is one transaction that has the file to itself, so a claim counts once it is committed, and no two of them
overlap. Times are milliseconds since 1970-01-01 UTC by this host's clock.
"""

import secrets
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from file_messages.rows import TABLE, claimed_message, outlined, stored_message
from lockgate.errors import CallerError, DuplicateMessage, MessageBusy, MessageTooLarge, Unavailable
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
    Settlement,
    StoredMessage,
    WaitAgain,
    is_message_id,
    sources,
    target,
)

MAX_SIZE = 4 * 1024 * 1024
BEGIN = """update message set attempts = attempts + 1
    where number = :number and generation = :generation and claim = :claim and status = 2"""
RENEW = """update message set due = :due
    where number = :number and generation = :generation and claim = :claim and status = 2"""
SETTLE = """update message set status = :status, modified = :now, due = :due, reason = :reason,
    attempts = coalesce(:attempts, attempts), content = coalesce(:answer, content)
    where number = :number and generation = :generation and claim = :claim and status = 2"""
"""They meet the row of a claim that still holds only; 2 is `MessageStatus.IN_PROCESS`."""
REPLACE = """update message set request = :request, content = :request, status = 1, generation = generation + 1,
    created = :now, modified = :now, due = :now, attempts = 0, claim = null, reason = null
    where type = :type and id = :id"""


class FileMessages(MessageStore):
    """Messages in the file `path`, which is made if it is missing.

    Args:
        max_size: octets in a message at most.

    Raises:
        Unavailable: from every method, if the file cannot be read or written.
    """

    def __init__(self, path: Path, max_size: int = MAX_SIZE) -> None:
        self._path, self._max_size = path, max_size
        with self._opened() as file:
            file.execute("pragma journal_mode = wal")
            file.execute(TABLE)

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        """Add the message, or replace the one that it may replace."""
        self._require_size(message.content)
        values = {"id": message.message_id, "type": message.type, "request": message.content, "now": _now()}
        with self._transaction() as file:
            old = file.execute("select * from message where type = :type and id = :id", values).fetchone()
            if old is not None and old["request"] == message.content:
                return
            if old is not None:
                _require_replaceable(old, replaces)
                file.execute(REPLACE, values)
                return
            file.execute(
                "insert into message (id, type, request, content, status, generation, created, modified, due, attempts)"
                " values (:id, :type, :request, :request, 1, 1, :now, :now, :now, 0)",
                values,
            )

    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        """What has been due longest; a lease that has ended is due, too."""
        now, claim = _now(), secrets.token_hex(16)
        with self._transaction() as file:
            query = (
                "select number, id, type, status, generation, attempts, length(content) as size,"
                " case when length(content) <= ? then content end as content"
                " from message where due <= ? and status in (1, 2) order by due, number limit ?"
            )
            rows = file.execute(query, (self._max_size, now, limit)).fetchall()
            file.executemany(
                "update message set status = 2, claim = ?, due = ?, modified = ? where number = ?",
                [(claim, now + _milliseconds(lease), now, row["number"]) for row in rows],
            )
        return [claimed_message(row, claim) for row in rows]

    def begin(self, claimed: ClaimedMessage) -> bool:
        """Count an attempt."""
        with self._transaction() as file:
            return file.execute(BEGIN, _held(claimed)).rowcount == 1

    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        """Prolong the leases that still hold."""
        due = _now() + _milliseconds(lease)
        with self._transaction() as file:
            values = [_held(message) | {"due": due} for message in claimed]
            file.executemany(RENEW, values)

    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        """Write back what still holds.

        Raises:
            MessageTooLarge: an answer is over the limit; nothing is written.
        """
        for settlement in settlements:
            if isinstance(settlement, Processed):
                self._require_size(settlement.answer)
        with self._transaction() as file:
            return [self._settle(file, settlement) for settlement in settlements]

    def _settle(self, file: sqlite3.Connection, settlement: Settlement) -> bool:
        now = _now()
        values: dict[str, object] = dict.fromkeys(("due", "reason", "attempts", "answer")) | {"now": now}
        if isinstance(settlement, Processed):
            values |= {"status": target(MessageEvent.WRITE_BACK), "answer": settlement.answer}
        elif isinstance(settlement, WaitAgain):
            values |= {"status": target(MessageEvent.WAIT_AGAIN), "reason": settlement.reason}
            values |= {"due": now + _milliseconds(settlement.delay), "attempts": settlement.attempts}
        else:
            values |= {"status": target(MessageEvent.SET_ASIDE), "reason": settlement.reason}
        return file.execute(SETTLE, values | _held(settlement.message)).rowcount == 1

    def expedite(self, message_ids: Iterable[str]) -> None:
        """Let waiting messages be due now."""
        now = _now()
        with self._transaction() as file:
            statement = "update message set due = min(due, ?) where id = ? and status = 1 and reason is null"
            file.executemany(statement, [(now, message_id) for message_id in message_ids if is_message_id(message_id)])

    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        """The message.

        Raises:
            PeerError: the row holds what no client and no worker has written.
        """
        row = self._row(message_type, message_id)
        return None if row is None else stored_message(row)

    def settled(self, message_type: int, message_ids: Iterable[str]) -> Collection[str]:
        """Those that are answered or set aside."""
        query = "select 1 from message where type = ? and id = ? and status in (3, 4)"
        with self._transaction() as file:
            ids = filter(is_message_id, message_ids)
            return {one for one in ids if file.execute(query, (int(message_type), one)).fetchone()}

    def outline(self, message_type: int, message_id: str) -> MessageOutline | None:
        """The message without its content."""
        row = self._row(message_type, message_id)
        return None if row is None else outlined(row)

    def browse(self, status: MessageStatus, limit: int, after: int | None = None) -> MessagePage:
        """A page of messages."""
        query = (
            "select number, id, type, status, generation, created, modified, due, attempts, reason,"
            " length(content) as size from message where status = ? and number > ? order by number limit ?"
        )
        with self._transaction() as file:
            rows = file.execute(query, (int(status), after or 0, limit + 1)).fetchall()
        page = rows[:limit]
        last = page[-1]["number"] if len(rows) > limit and page else None
        return MessagePage(tuple(outlined(row) for row in page if is_message_id(row["id"])), last)

    def retry(self, messages: Iterable[MessageOutline]) -> int:
        """Let messages that are set aside wait again."""
        statement = (
            "update message set status = 1, modified = :now, due = :now, attempts = 0, claim = null, reason = null"
            " where number = :number and generation = :generation and status = 4"
        )
        done, now = 0, _now()
        with self._transaction() as file:
            for message in messages:
                values = {"now": now, "number": message.unique_id, "generation": message.generation}
                done += file.execute(statement, values).rowcount
        return done

    def purge(self, status: MessageStatus, age: timedelta, limit: int, after: int | None = None) -> PurgedMessages:
        """Delete what was settled long ago."""
        if status not in SETTLED or age < timedelta():
            raise CallerError("only messages that were settled are purged, and not ahead of time")
        query = "select number from message where status = ? and modified <= ? and number > ? order by number limit ?"
        with self._transaction() as file:
            values = (int(status), _now() - _milliseconds(age), after or 0, limit + 1)
            numbers = [row["number"] for row in file.execute(query, values).fetchall()]
            old = numbers[:limit]
            file.executemany("delete from message where number = ?", [(number,) for number in old])
        return PurgedMessages(len(old), old[-1] if len(numbers) > limit and old else None)

    def _row(self, message_type: int, message_id: str) -> sqlite3.Row | None:
        if not is_message_id(message_id):
            return None
        query = (
            "select number, id, type, status, generation, created, modified, due, attempts, reason,"
            " length(content) as size, case when length(content) <= ? then content end as content"
            " from message where type = ? and id = ?"
        )
        with self._transaction() as file:
            values = (self._max_size, int(message_type), message_id)
            row: sqlite3.Row | None = file.execute(query, values).fetchone()
        return row

    def _require_size(self, content: bytes) -> None:
        if len(content) > self._max_size:
            raise MessageTooLarge(f"{len(content)} octets; at most {self._max_size} are allowed")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as file:
            file.execute("begin immediate")
            with file:  # commits, or rolls back
                yield file

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as file:
                file.row_factory = sqlite3.Row
                yield file
        except sqlite3.Error as error:
            raise Unavailable(f"the messages in {self._path} cannot be used: {error}") from error


def _require_replaceable(old: sqlite3.Row, replaces: bytes | None) -> None:
    replaceable = old["status"] in sources(MessageEvent.REPLACE)
    if replaces is not None and not replaceable and old["status"] == MessageStatus.IN_PROCESS:
        raise MessageBusy("the message is in process")
    if old["request"] != replaces or not replaceable:
        raise DuplicateMessage("another message has this id, or was answered")


def _held(claimed: ClaimedMessage) -> dict[str, object]:
    return {"number": claimed.unique_id, "generation": claimed.generation, "claim": claimed.claim_id}


def _now() -> int:
    return time.time_ns() // 1_000_000


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))
