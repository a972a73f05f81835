"""How a client replaces a message of its own that still waits and loses no answer (docs/threat-model.md, rule 14).

The row and the outbox cannot change at the same moment. So the outbox keeps both messages before the row is changed,
and only the new one once that is in the row. In between, the client accepts the CA's answer to either.
"""

from contextlib import suppress

from lockgate.errors import CallerError, DuplicateMessage, MessageBusy
from lockgate.ports import MessageStore, Outbox, SentRecords
from lockgate.queue.message import MessageStatus, StoredMessage
from lockgate.ra.sent import SentMessage

MOST_POSSIBLE = 10
"""The maximum number of messages under one id while it is unknown which one is in the row."""


class Replacing:
    """Puts messages in the place of others."""

    def __init__(self, store: MessageStore, outbox: Outbox, records: SentRecords) -> None:
        self._store = store
        self._outbox = outbox
        self._records = records

    def put(self, pending: SentMessage) -> None:
        """Replace the message that waits under the id of `pending` by `pending`.

        Raises:
            CallerError: that message was claimed or answered, or another one has replaced it; nothing was changed.
            PeerError: what the outbox keeps under the id is damaged.
            Unavailable: nobody knows whether it was replaced; the outbox keeps both.
        """
        message_id = pending.message_id
        stored = self._store.fetch(pending.type, message_id)
        standing = None if stored is None else stored.content
        kept = self._outbox.recall(message_id)
        both = pending.instead_of(None if kept is None else self._records.read(kept), standing)
        _require_few(both)
        record = self._records.encode(both)
        self._keep(message_id, kept, record)
        try:
            self._store.put(pending.message, replaces=standing)
        except CallerError:
            self._keep_as_before(message_id, record, kept)
            raise
        with suppress(DuplicateMessage):  # a client that replaces it at this moment keeps both
            self._outbox.replace(message_id, record, self._records.encode(pending))

    def goes_on(self, pending: SentMessage, stored: StoredMessage) -> bool:
        """Whether `stored` was still to be replaced by `pending`. If so, it is replaced now, if possible.

        Raises:
            Unavailable: the message database cannot be reached.
        """
        if stored.status is MessageStatus.PROCESSED or not pending.is_to_replace(stored.content):
            return False
        with suppress(DuplicateMessage, MessageBusy):  # then the other one is answered
            self._store.put(pending.message, replaces=stored.content)
        return True

    def _keep(self, message_id: str, kept: bytes | None, record: bytes) -> None:
        if kept is None:
            self._outbox.keep(message_id, record)
        else:
            self._outbox.replace(message_id, kept, record)

    def _keep_as_before(self, message_id: str, record: bytes, kept: bytes | None) -> None:
        if kept is None:
            self._outbox.forget(message_id)
        else:
            self._outbox.replace(message_id, record, kept)


def _require_few(pending: SentMessage) -> None:
    if len(pending.possible) > MOST_POSSIBLE:
        raise CallerError(
            f"nobody knows which one of {MOST_POSSIBLE} messages stands under the id {pending.message_id[:80]!a}:"
            " resume it before another one replaces it"
        )
