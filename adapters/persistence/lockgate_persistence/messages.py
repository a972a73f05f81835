"""The message database behind the MessageStore port, on any of the databases.

The table proves nothing: its owner can change every field. Values read from it are bounded in size and checked for
type; they decide only which message is looked at next. Leases run by the database's own clock.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Row

from lockgate.errors import CallerError, DuplicateMessage, MessageBusy, MessageTooLarge, PeerError
from lockgate.queue.message import (
    ClaimedMessage,
    MessageEvent,
    MessageStatus,
    NewMessage,
    Processed,
    SetAside,
    Settlement,
    StoredMessage,
    WaitAgain,
    is_message_id,
    target,
)
from lockgate_persistence.bounded import row_of, rows_of
from lockgate_persistence.dialects import Conflict, dialect_of, execute_many
from lockgate_persistence.schema import MAX_SIZE
from lockgate_persistence.statements import HELD, SETTLEMENTS, Statements, numbers
from lockgate_persistence.transactions import Transactions
from lockgate_persistence.upkeep import MessageUpkeep
from lockgate_persistence.wakeups import Channel

DEFAULT_SIZE = 4 * 1024 * 1024
PIECE = 500
"""Message ids in one statement; Oracle takes at most 1000 in a list."""
_statements = cache(Statements)


class SqlMessageStore(MessageUpkeep):
    """Messages in the table `message`; its schema must be current."""

    def __init__(self, engine: Engine, max_size: int = DEFAULT_SIZE) -> None:
        """Use `engine`; requests over `max_size` octets (16 MiB at most) are refused and not loaded.

        Raises:
            CallerError: `max_size` is not between 1 and 16 MiB.
        """
        if not 1 <= max_size <= MAX_SIZE:
            raise CallerError(f"the largest message can be from 1 to {MAX_SIZE} octets")
        self._max_size = max_size
        super().__init__(Transactions(engine), dialect_of(engine))
        self._statements = _statements(dialect_of(engine))

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        """Store `message` as waiting; see `MessageStore.put`."""
        if len(message.content) > self._max_size:
            raise MessageTooLarge(
                f"the message has {len(message.content)} octets; at most {self._max_size} are allowed"
            )
        digest = hashlib.sha256(message.content).digest()
        replaced = None if replaces is None else hashlib.sha256(replaces).digest()
        self._transactions.write_one(
            lambda connection: self._put_once(connection, message, digest, replaced), channel=Channel.REQUEST
        )

    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        """Take up to `limit` due messages; see `MessageStore.claim`. Fewer, if they are over 16 MiB together."""
        claim_id = secrets.token_hex(16)
        return self._transactions.write(
            lambda connection: self._take(connection, limit, lease, claim_id),
            lambda connection, taken: bool(
                self._held(connection, [message.unique_id for message in taken], claim_id, set())
            ),
        )

    def begin(self, claimed: ClaimedMessage) -> bool:
        """Count an attempt; see `MessageStore.begin`."""
        return self._transactions.write(
            lambda connection: connection.execute(self._statements.begin(), _claim_of(claimed)).rowcount == 1
        )

    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        """Let the leases run on; see `MessageStore.renew`."""
        held = {message.unique_id: message.claim_id for message in claimed}
        if held:
            parameters = {
                "uniqueids_": sorted(held),
                "claimids_": sorted(set(held.values())),
                "lease_": _milliseconds(lease),
            }
            self._transactions.write(lambda connection: connection.execute(self._statements.renew(), parameters))

    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        """Write the outcome of claimed messages back; see `MessageStore.settle`.

        Raises:
            MessageTooLarge: an answer is over 16 MiB; nothing was settled.
        """
        if any(isinstance(settlement, Processed) and len(settlement.answer) > MAX_SIZE for settlement in settlements):
            raise MessageTooLarge(f"an answer has more than {MAX_SIZE} octets")
        if not settlements:
            return []
        final = any(not isinstance(settlement, WaitAgain) for settlement in settlements)
        return self._transactions.write(
            lambda connection: self._settle_held(connection, settlements),
            lambda connection, applied: self._is_settled(connection, settlements, applied),
            channel=Channel.ANSWER if final else None,
        )

    def expedite(self, message_ids: Iterable[str]) -> None:
        """Let waiting messages be due now, in pieces of `PIECE`; see `MessageStore.expedite`."""
        ids = sorted(set(message_ids))
        if ids:
            self._transactions.write(lambda connection: self._expedite_all(connection, ids))

    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        """The message of that type and id; see `MessageStore.fetch`.

        Raises:
            PeerError: the row contains values that this product never writes.
        """
        if not is_message_id(message_id):
            return None
        parameters = {"type_": int(message_type), "messageid_": message_id}
        row = self._transactions.read(
            lambda connection: row_of(connection, self._statements.fetch(MAX_SIZE), parameters)
        )
        return None if row is None else _stored(message_type, message_id, row)

    def settled(self, message_type: int, message_ids: Iterable[str]) -> frozenset[str]:
        """The messages that are settled, asked for in pieces of `PIECE`; see `MessageStore.settled`."""
        ids = sorted(filter(is_message_id, set(message_ids)))
        pieces = [ids[start : start + PIECE] for start in range(0, len(ids), PIECE)]
        if not pieces:
            return frozenset()
        return self._transactions.read(
            lambda connection: frozenset().union(
                *(self._settled_of(connection, int(message_type), piece) for piece in pieces)
            )
        )

    def _settled_of(self, connection: Connection, message_type: int, ids: Sequence[str]) -> frozenset[str]:
        parameters = {"type_": message_type, "messageids_": ids}
        rows = rows_of(connection, self._statements.settled(), parameters, len(ids))
        return frozenset(ids).intersection(row.messageid for row in rows)

    def _expedite_all(self, connection: Connection, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), PIECE):
            connection.execute(self._statements.expedite(), {"messageids_": ids[start : start + PIECE]})

    def _put_once(self, connection: Connection, message: NewMessage, digest: bytes, replaced: bytes | None) -> None:
        key = {"type_": int(message.type), "messageid_": message.message_id}
        written = {"requestdigest_": digest, "message_": message.content}
        row = row_of(connection, self._statements.find(), key)
        if row is None:
            connection.execute(self._statements.put(), key | written)
            return
        if row.requestdigest == digest:
            return
        if replaced is not None:
            _require_unanswered(message, row.status)
        if replaced is None or row.requestdigest != replaced:
            raise DuplicateMessage(f"another message of type {message.type} has the id {message.message_id!a}")
        place = {"uniqueid_": row.uniqueid, "generation_": row.generation}
        if connection.execute(self._statements.replace(), place | written).rowcount != 1:
            raise Conflict("the message changed while it was being replaced")

    def _take(self, connection: Connection, limit: int, lease: timedelta, claim_id: str) -> list[ClaimedMessage]:
        due = self._affordable(rows_of(connection, self._statements.due(), {"limit_": limit}, limit))
        if not due:
            return []
        ids = [row.uniqueid for row in due]
        parameters = {"uniqueids_": ids, "claimid_": claim_id, "lease_": _milliseconds(lease)}
        connection.execute(self._statements.claim(), parameters)
        return self._held(connection, ids, claim_id, {row.uniqueid for row in due if row.status in HELD})

    def _affordable(self, due: Iterable[Row[Any]]) -> list[Row[Any]]:
        chosen, total = [], 0
        for row in due:
            total += row.size if isinstance(row.size, int) and row.size <= self._max_size else 0
            if total > MAX_SIZE:
                break
            chosen.append(row)
        return chosen

    def _held(
        self, connection: Connection, ids: Sequence[int], claim_id: str, left: Container[int]
    ) -> list[ClaimedMessage]:
        if not ids:
            return []
        rows = rows_of(
            connection, self._statements.claimed(self._max_size), {"uniqueids_": ids, "claimid_": claim_id}, len(ids)
        )
        held = {row.uniqueid: _claimed(row, claim_id, left=row.uniqueid in left) for row in rows}
        return [held[unique_id] for unique_id in ids if unique_id in held]

    def _standing_of(self, connection: Connection, settlements: Sequence[Settlement]) -> dict[int, Row[Any]]:
        ids = sorted({settlement.message.unique_id for settlement in settlements})
        rows = rows_of(connection, self._statements.standing(), {"uniqueids_": ids}, len(ids))
        return {row.uniqueid: row for row in rows}

    def _settle_held(self, connection: Connection, settlements: Sequence[Settlement]) -> list[bool]:
        standing = self._standing_of(connection, settlements)
        work: dict[MessageEvent, list[dict[str, Any]]] = defaultdict(list)
        applied = []
        for settlement in settlements:
            # Popped: a second settlement of the same claim finds nothing, as it would later.
            row = standing.get(settlement.message.unique_id)
            matches = row is not None and row.status in HELD and _is_claim_of(row, settlement.message)
            if matches:
                del standing[settlement.message.unique_id]
                work[SETTLEMENTS[type(settlement)]].append(_parameters(settlement))
            applied.append(matches)
        for event, parameters in work.items():
            execute_many(connection, self._statements.settle(event), parameters)
        return applied

    def _is_settled(self, connection: Connection, settlements: Sequence[Settlement], applied: Sequence[bool]) -> bool:
        standing = self._standing_of(connection, settlements)
        expected = [settlement for settlement, done in zip(settlements, applied, strict=True) if done]
        return any(
            (row := standing.get(settlement.message.unique_id)) is not None
            and _is_claim_of(row, settlement.message)
            and row.status == target(SETTLEMENTS[type(settlement)])
            for settlement in expected
        )


def _require_unanswered(message: NewMessage, status: object) -> None:
    if status in numbers(MessageEvent.REPLACE):
        return
    if status in HELD:
        raise MessageBusy(f"the message {message.message_id!a} is in process and cannot be replaced any more")
    raise DuplicateMessage(f"the message {message.message_id!a} was answered and cannot be replaced any more")


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))


def _parameters(settlement: Settlement) -> dict[str, Any]:
    key = _claim_of(settlement.message)
    match settlement:
        case Processed(answer=answer):
            return key | {"message_": answer}
        case WaitAgain(delay=delay, attempts=attempts, reason=reason):
            return key | {"delay_": _milliseconds(delay), "attempts_": attempts, "reason_": reason}
        case SetAside(reason=reason):
            return key | {"reason_": reason}


def _claim_of(claimed: ClaimedMessage) -> dict[str, Any]:
    return {"uniqueid_": claimed.unique_id, "generation_": claimed.generation, "claimid_": claimed.claim_id}


def _is_claim_of(row: Row[Any], claimed: ClaimedMessage) -> bool:
    return (row.generation, row.claimid) == (claimed.generation, claimed.claim_id)


def _is_sound(row: Row[Any]) -> bool:
    return (
        all(isinstance(number, int) for number in (row.type, row.size))
        and isinstance(row.messageid, str)
        and is_message_id(row.messageid)
        and isinstance(row.message, bytes | None)
    )


def _claimed(row: Row[Any], claim_id: str, *, left: bool) -> ClaimedMessage:
    sound = _is_sound(row)
    return ClaimedMessage(
        unique_id=row.uniqueid,
        message_id=row.messageid if sound else "",
        type=row.type if sound else 0,
        generation=row.generation,
        claim_id=claim_id,
        attempts=max(row.attempts, 0),
        size=row.size if sound else 0,
        content=row.message if sound else None,
        left=left,
        malformed=not sound,
    )


def _stored(message_type: int, message_id: str, row: Row[Any]) -> StoredMessage:
    numbers = (row.status, row.generation, row.createtime, row.modifytime)
    if not (all(isinstance(number, int) for number in numbers) and isinstance(row.reason, str | None)):
        raise PeerError("the message's row holds what this product never writes")
    if row.status not in set(MessageStatus) or not isinstance(row.message, bytes):
        raise PeerError("the message's row has an unknown status, or content that this product never writes")
    return StoredMessage(
        message_id=message_id,
        type=message_type,
        status=MessageStatus(row.status),
        generation=row.generation,
        created=row.createtime,
        modified=row.modifytime,
        content=row.message,
        reason=row.reason,
    )
