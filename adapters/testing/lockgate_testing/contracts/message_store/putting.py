"""Rules of putting and replacing messages."""

import pytest

from lockgate.errors import CallerError, DuplicateMessage, MessageBusy, MessageTooLarge
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, StoredMessage
from lockgate_testing.contracts.message_store.stores import (
    EVERY_OCTET,
    LEASE,
    MOMENT,
    MessageStoreSubject,
    claim_one,
    fetch,
    put,
    reach,
)

LOOK_ALIKES = [
    *("id", "ID", "Id", "id ", " id", "id\t", "id\n", "i", "idd"),
    *("é", "e\u0301", "É", "e", "ß", "ss", "SS", "\u212b", "\u00c5", "ﬁ", "fi", "İ", "i\u0307"),
    *("漢字", "😀", "😀\u200d", "\u200b", "\ufeff", "ÿ", "y", "%", "_", "\\", "'", '"', "--", "a" * 255, "漢" * 255),
]
"""Message ids that some databases treat as equal."""


class PutRules:
    """Putting and replacing."""

    def test_a_message_waits_exactly_as_it_was_put(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        stored = fetch(subject)
        assert stored == StoredMessage(
            "id", 1, MessageStatus.WAITING, 1, stored.created, stored.created, EVERY_OCTET, None
        )
        assert stored.created > 1_600_000_000_000

    def test_what_was_never_put_is_not_there(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        assert subject.store.fetch(MessageType.API, "other") is None
        assert subject.store.fetch(MessageType.SCEP, "id") is None

    @pytest.mark.parametrize("replaces", [None, b"request", b"other"])
    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_identical_bytes_are_a_no_op_whatever_the_status(
        self, subject: MessageStoreSubject, status: MessageStatus, replaces: bytes | None
    ) -> None:
        reach(subject, status)
        before = fetch(subject)
        subject.store.put(NewMessage("id", b"request"), replaces=replaces)
        assert fetch(subject) == before

    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_other_bytes_under_an_id_are_a_duplicate(self, subject: MessageStoreSubject, status: MessageStatus) -> None:
        reach(subject, status)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            put(subject, "id", content=b"another")
        assert fetch(subject) == before

    def test_the_answer_s_bytes_are_not_the_request_s(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        with pytest.raises(DuplicateMessage):
            put(subject, "id", content=b"answer")

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.SET_ASIDE])
    def test_a_replacement_is_a_new_generation_that_waits(
        self, subject: MessageStoreSubject, status: MessageStatus
    ) -> None:
        reach(subject, status)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        stored = fetch(subject)
        assert (stored.status, stored.generation, stored.content) == (MessageStatus.WAITING, 2, b"another")
        assert stored.reason is None
        claimed = claim_one(subject)
        assert (claimed.generation, claimed.attempts, claimed.content) == (2, 0, b"another")

    def test_a_message_in_process_cannot_be_replaced(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.IN_PROCESS)
        subject.age(LEASE + MOMENT)
        with pytest.raises(MessageBusy):
            subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert fetch(subject).content == b"request"

    @pytest.mark.parametrize("replaces", [b"request", b"answer"])
    def test_an_answered_message_cannot_be_replaced(self, subject: MessageStoreSubject, replaces: bytes) -> None:
        reach(subject, MessageStatus.PROCESSED)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            subject.store.put(NewMessage("id", b"another"), replaces=replaces)
        assert fetch(subject) == before

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.SET_ASIDE])
    def test_what_does_not_stand_there_any_more_cannot_be_replaced(
        self, subject: MessageStoreSubject, status: MessageStatus
    ) -> None:
        reach(subject, status)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            subject.store.put(NewMessage("id", b"another"), replaces=b"earlier")
        assert fetch(subject) == before

    def test_what_is_gone_is_replaced_by_a_new_message(self, subject: MessageStoreSubject) -> None:
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert (fetch(subject).content, fetch(subject).generation) == (b"another", 1)

    def test_message_ids_are_compared_octet_by_octet(self, subject: MessageStoreSubject) -> None:
        for number, message_id in enumerate(LOOK_ALIKES):
            put(subject, message_id, content=b"%d" % number)
        for number, message_id in enumerate(LOOK_ALIKES):
            stored = fetch(subject, message_id)
            assert (stored.message_id, stored.content) == (message_id, b"%d" % number)
        claimed = subject.store.claim(100, LEASE)
        assert [message.message_id for message in claimed] == LOOK_ALIKES

    def test_message_ids_are_unique_per_type(self, subject: MessageStoreSubject) -> None:
        for message_type in (MessageType.API, MessageType.SCEP, 32767):
            subject.store.put(NewMessage("id", b"%d" % message_type, message_type))
        assert sorted(message.type for message in subject.store.claim(10, LEASE)) == [1, 2, 32767]

    @pytest.mark.parametrize("message_id", ["", "a" * 256, "a\0b", "\ud800"])
    def test_an_impossible_message_id_is_refused(self, subject: MessageStoreSubject, message_id: str) -> None:
        with pytest.raises(CallerError):
            put(subject, message_id)
        assert subject.store.fetch(MessageType.API, message_id) is None

    def test_what_is_above_the_size_limit_is_refused(self, subject: MessageStoreSubject) -> None:
        store = subject.limited(100)
        store.put(NewMessage("id", bytes(100)))
        with pytest.raises(MessageTooLarge):
            store.put(NewMessage("larger", bytes(101)))
        assert store.fetch(MessageType.API, "larger") is None

    def test_four_mebibytes_cross_unchanged(self, subject: MessageStoreSubject) -> None:
        content = EVERY_OCTET * 1024
        put(subject, "id", content=content)
        claimed = claim_one(subject)
        assert claimed.content == content
        assert subject.store.settle([Processed(claimed, content[::-1])]) == [True]
        assert fetch(subject).content == content[::-1]
