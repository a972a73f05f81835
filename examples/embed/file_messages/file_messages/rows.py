"""The table, and its rows as Lockgate's messages."""

import sqlite3

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
    """As its client sees it."""
    return StoredMessage(
        message_id=row["id"],
        type=row["type"],
        status=MessageStatus(row["status"]),
        generation=row["generation"],
        created=row["created"],
        modified=row["modified"],
        content=row["content"],
        reason=row["reason"],
    )


def outlined(row: sqlite3.Row) -> MessageOutline:
    """As operators see it."""
    return MessageOutline(
        unique_id=row["number"],
        message_id=row["id"],
        type=row["type"],
        status=MessageStatus(row["status"]),
        generation=row["generation"],
        created=row["created"],
        modified=row["modified"],
        due=row["due"],
        attempts=row["attempts"],
        size=row["size"],
        reason=row["reason"],
    )
