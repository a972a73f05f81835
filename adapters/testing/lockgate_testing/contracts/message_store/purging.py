"""Rules of deleting settled messages."""

from datetime import timedelta

import pytest

from lockgate.errors import CallerError
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, PurgedMessages
from lockgate_testing.contracts.message_store.stores import MOMENT, MessageStoreSubject, claim_one, fetch, put, reach

AGE = timedelta(days=2)


class PurgeRules:
    """Deleting messages that were settled long ago."""

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_what_was_settled_longer_ago_goes(self, subject: MessageStoreSubject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(AGE - 10 * MOMENT)
        reach(subject, status, "later")
        assert subject.store.purge(status, AGE, 10).count == 0
        subject.age(11 * MOMENT)
        (other,) = {MessageStatus.PROCESSED, MessageStatus.SET_ASIDE} - {status}
        assert subject.store.purge(other, AGE, 10).count == 0
        assert subject.store.purge(status, AGE, 10).count == 1
        assert subject.store.fetch(MessageType.API, "id") is None
        assert fetch(subject, "later").status is status

    def test_no_more_than_asked_for_is_purged_and_the_first_ones_first(self, subject: MessageStoreSubject) -> None:
        for number in range(5):
            reach(subject, MessageStatus.PROCESSED, f"id{number}")
            subject.age(MOMENT)
        assert subject.store.purge(MessageStatus.PROCESSED, timedelta(), 2).count == 2
        left = [message.message_id for message in subject.store.browse(MessageStatus.PROCESSED, 10).messages]
        assert left == ["id2", "id3", "id4"]
        assert [subject.store.purge(MessageStatus.PROCESSED, timedelta(), 2).count for _ in range(3)] == [2, 1, 0]

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_each_step_of_a_purge_goes_on_where_the_one_before_ended(
        self, subject: MessageStoreSubject, status: MessageStatus
    ) -> None:
        for number in range(5):
            reach(subject, status, f"id{number}")
        ids = {message.message_id: message.unique_id for message in subject.store.browse(status, 10).messages}
        first = subject.store.purge(status, timedelta(), 1, ids["id1"])
        assert first == PurgedMessages(1, ids["id2"])
        assert subject.store.purge(status, timedelta(), 10, first.last) == PurgedMessages(2, None)
        assert subject.store.purge(status, timedelta(), 10, ids["id4"]) == PurgedMessages(0, None)
        assert [message.message_id for message in subject.store.browse(status, 10).messages] == ["id0", "id1"]

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.IN_PROCESS])
    def test_what_waits_or_is_in_process_never_goes(self, subject: MessageStoreSubject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(timedelta(days=1000))
        for settled in (MessageStatus.PROCESSED, MessageStatus.SET_ASIDE):
            assert subject.store.purge(settled, timedelta(), 10).count == 0
        with pytest.raises(CallerError):
            subject.store.purge(status, AGE, 10)
        assert fetch(subject).status is status

    def test_nothing_is_purged_ahead_of_time(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        with pytest.raises(CallerError):
            subject.store.purge(MessageStatus.PROCESSED, -MOMENT, 10)

    def test_the_age_counts_from_the_last_generation(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.SET_ASIDE)
        subject.age(AGE)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        subject.store.settle([Processed(claim_one(subject), b"answer")])
        assert subject.store.purge(MessageStatus.PROCESSED, AGE, 10).count == 0

    def test_a_purged_id_is_free_for_another_message(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        subject.store.purge(MessageStatus.PROCESSED, timedelta(), 10)
        put(subject, "id", content=b"another")
        assert (fetch(subject).generation, fetch(subject).content) == (1, b"another")
