"""Rules of outlines, lists and retries."""

from datetime import timedelta

import pytest

from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, SetAside, WaitAgain
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.message_store.stores import (
    DELAY,
    EVERY_OCTET,
    LEASE,
    MOMENT,
    OUTCOMES,
    MessageStoreSubject,
    claim_one,
    fetch,
    outline,
    put,
    reach,
)


class OutlineRules:
    """A message without its content."""

    def test_an_outline_says_everything_but_the_content(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        waiting = outline(subject)
        assert (waiting.message_id, waiting.type, waiting.status) == ("id", 1, MessageStatus.WAITING)
        assert (waiting.generation, waiting.attempts, waiting.size) == (1, 0, len(EVERY_OCTET))
        assert waiting.due == waiting.created == waiting.modified
        claimed = claim_one(subject)
        subject.store.begin(claimed)
        held = outline(subject)
        assert (held.unique_id, held.status, held.attempts) == (claimed.unique_id, MessageStatus.IN_PROCESS, 1)
        assert held.due is not None
        assert held.due >= held.modified + LEASE // timedelta(milliseconds=1)
        subject.store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
        done = outline(subject)
        assert (done.status, done.due, done.size) == (MessageStatus.SET_ASIDE, None, len(EVERY_OCTET))
        assert done.reason is not None
        assert done.reason.startswith("too_large: ")

    def test_what_is_not_there_has_no_outline(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        assert subject.store.outline(MessageType.SCEP, "id") is None
        assert subject.store.outline(MessageType.API, "ID") is None
        assert subject.store.outline(MessageType.API, "a\0b") is None


class SettledRules:
    """Which of many messages are settled."""

    def test_what_was_answered_or_set_aside_is_settled(self, subject: MessageStoreSubject) -> None:
        for status in MessageStatus:
            if status is not MessageStatus.WAITING:
                reach(subject, status, status.name)
        put(subject, "waiting", "processed")
        asked = [*(status.name for status in MessageStatus), "waiting", "processed", "unknown", "a\0b"]
        assert set(subject.store.settled(MessageType.API, asked)) == {"PROCESSED", "SET_ASIDE"}
        assert set(subject.store.settled(MessageType.API, ["PROCESSED", "PROCESSED", "waiting"])) == {"PROCESSED"}
        assert set(subject.store.settled(MessageType.SCEP, asked)) == set()
        assert set(subject.store.settled(MessageType.API, [])) == set()

    def test_a_message_that_waits_again_is_not_settled(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        subject.store.settle([WaitAgain(claim_one(subject), DELAY)])
        assert set(subject.store.settled(MessageType.API, ["id"])) == set()

    def test_any_number_of_messages_is_asked_for(self, subject: MessageStoreSubject) -> None:
        """The first and the last in order, with more between them than a database takes in one statement."""
        put(subject, "a", "z")
        subject.store.settle([Processed(message, b"answer") for message in subject.store.claim(2, LEASE)])
        asked = ["z", *(f"m{number}" for number in range(1200)), "a"]
        assert set(subject.store.settled(MessageType.API, asked)) == {"a", "z"}


class BrowseRules:
    """Listing messages of one status."""

    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_messages_of_one_status_in_pages_in_the_order_in_which_they_were_put(
        self, subject: MessageStoreSubject, status: MessageStatus
    ) -> None:
        for other in set(MessageStatus) - {status, MessageStatus.WAITING}:
            reach(subject, other, f"other {other}")
        ids = [f"id{number}" for number in range(5)]
        put(subject, *ids)
        if status is not MessageStatus.WAITING:
            claimed = subject.store.claim(5, LEASE)
        if status in OUTCOMES:
            for message in reversed(claimed):
                subject.store.settle([OUTCOMES[status](message)])
                subject.age(MOMENT)
        assert _listed(subject, status, 2) == [ids[:2], ids[2:4], ids[4:]]
        assert _listed(subject, status, 5) == [ids]
        assert subject.store.browse(status, 1).messages == (outline(subject, ids[0]),)

    def test_nothing_to_list(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        assert _listed(subject, MessageStatus.SET_ASIDE, 10) == [[]]


class RetryRules:
    """Retrying messages that were set aside."""

    def test_what_was_set_aside_is_due_again_with_all_attempts(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        claimed = claim_one(subject)
        subject.store.begin(claimed)
        subject.store.settle([SetAside(claimed, Rejected(Reason.TOO_MANY_ATTEMPTS))])
        assert subject.store.retry([outline(subject)]) == 1
        stored = fetch(subject)
        assert (stored.status, stored.reason, stored.content) == (MessageStatus.WAITING, None, EVERY_OCTET)
        assert (outline(subject).attempts, claim_one(subject).attempts) == (0, 0)

    def test_a_claim_from_before_a_retry_settles_nothing(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        before = claim_one(subject)
        subject.store.settle([SetAside(before, Rejected(Reason.TOO_LARGE))])
        subject.store.retry([outline(subject)])
        assert subject.store.settle([Processed(before, b"late")]) == [False]
        assert fetch(subject).status is MessageStatus.WAITING

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.IN_PROCESS, MessageStatus.PROCESSED])
    def test_what_is_not_set_aside_is_not_retried(self, subject: MessageStoreSubject, status: MessageStatus) -> None:
        reach(subject, status)
        before = outline(subject)
        assert subject.store.retry([before]) == 0
        assert outline(subject) == before

    def test_another_generation_is_not_retried(self, subject: MessageStoreSubject) -> None:
        reach(subject, MessageStatus.SET_ASIDE)
        before = outline(subject)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        subject.store.settle([SetAside(claim_one(subject), Rejected(Reason.TOO_LARGE))])
        assert subject.store.retry([before]) == 0
        assert outline(subject).status is MessageStatus.SET_ASIDE

    def test_many_and_none_are_retried(self, subject: MessageStoreSubject) -> None:
        put(subject, *(f"id{number}" for number in range(20)))
        subject.store.settle(
            [SetAside(message, Rejected(Reason.TOO_LARGE)) for message in subject.store.claim(20, LEASE)]
        )
        chosen = subject.store.browse(MessageStatus.SET_ASIDE, 15).messages
        assert subject.store.retry(chosen) == 15
        assert subject.store.retry(chosen) == 0
        assert subject.store.retry([]) == 0
        assert len(subject.store.claim(20, LEASE)) == 15


def _listed(subject: MessageStoreSubject, status: MessageStatus, limit: int) -> list[list[str]]:
    pages, after = [], None
    while True:
        page = subject.store.browse(status, limit, after)
        pages.append([message.message_id for message in page.messages])
        after = page.last
        if after is None:
            return pages
