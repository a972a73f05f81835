"""The table, and its rows as Lockgate's messages."""

import sqlite3

from lockgate.errors import PeerError
from lockgate.queue.message import ClaimedMessage, MessageOutline, MessageStatus, StoredMessage, is_message_id

TABLE = """create table if not exists message (
    number integer primary key autoincrement,
    id text not null, type integer not null, request blob not null, content blob not null,
    status integer not null, generation integer not null, created integer not null, modified integer not null,
    due integer, attempts integer not null, claim text, reason text,
    unique (type, id)) strict"""
"""`request` is what was put, and stays; `content` is that, and later the answer."""


def claimed_message(row: sqlite3.Row, claim: str) -> ClaimedMessage:
    """A row as it was before the claim; one that no client has put can only be set aside."""
    sound = is_message_id(row["id"])
    return ClaimedMessage(
        unique_id=row["number"],
        message_id=row["id"],
        type=row["type"] if sound else 0,
        generation=row["generation"],
        claim_id=claim,
        attempts=row["attempts"],
        size=row["size"] if sound else 0,
        content=row["content"] if sound else None,
        left=row["status"] == MessageStatus.IN_PROCESS,
        malformed=not sound,
    )


def stored_message(row: sqlite3.Row) -> StoredMessage:
    """As its client sees it.

    Raises:
        PeerError: the row holds what no client and no worker has written.
    """
    if row["content"] is None:
        raise PeerError(f"the message {row['id'][:80]!a} is larger than the store takes")
    return StoredMessage(
        message_id=row["id"],
        type=row["type"],
        status=_status(row),
        generation=row["generation"],
        created=row["created"],
        modified=row["modified"],
        content=row["content"],
        reason=row["reason"],
    )


def _status(row: sqlite3.Row) -> MessageStatus:
    try:
        return MessageStatus(row["status"])
    except ValueError:
        raise PeerError(f"the message {row['id'][:80]!a} has a status that there is not") from None


def outlined(row: sqlite3.Row) -> MessageOutline:
    """As operators see it."""
    return MessageOutline(
        unique_id=row["number"],
        message_id=row["id"],
        type=row["type"],
        status=_status(row),
        generation=row["generation"],
        created=row["created"],
        modified=row["modified"],
        due=row["due"],
        attempts=row["attempts"],
        size=row["size"],
        reason=row["reason"],
    )
