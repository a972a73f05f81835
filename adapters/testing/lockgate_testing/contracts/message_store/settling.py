"""Rules of settling claimed messages."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from lockgate.queue.message import ClaimedMessage, MessageStatus, NewMessage, Processed, SetAside, Settlement, WaitAgain
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.message_store.stores import (
    DELAY,
    EVERY_OCTET,
    LEASE,
    MOMENT,
    MessageStoreSubject,
    claim_one,
    fetch,
    put,
)


class SettleRules:
    """Settling claimed messages, and expediting."""

    def test_an_answer_is_written_back(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        assert subject.store.settle([Processed(claim_one(subject), EVERY_OCTET)]) == [True]
        stored = fetch(subject)
        assert (stored.status, stored.content, stored.reason) == (MessageStatus.PROCESSED, EVERY_OCTET, None)
        assert stored.modified >= stored.created

    def test_waiting_again_is_out_of_sight_until_the_delay_has_passed(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.store.begin(claimed)
        assert subject.store.settle([WaitAgain(claimed, DELAY)]) == [True]
        assert fetch(subject).status is MessageStatus.WAITING
        subject.age(DELAY - 10 * MOMENT)
        assert list(subject.store.claim(10, LEASE)) == []
        subject.age(11 * MOMENT)
        again = claim_one(subject)
        assert (again.attempts, again.generation, again.content) == (0, 1, b"request")

    def test_trouble_counts_as_an_attempt_and_the_row_names_it(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        for attempts in range(3):
            claimed = claim_one(subject)
            assert (claimed.attempts, claimed.left) == (attempts, False)
            assert subject.store.settle([WaitAgain(claimed, timedelta(), Rejected(Reason.INTERNAL_ERROR))]) == [True]
            assert (fetch(subject).reason or "").startswith("internal_error: ")
        subject.store.settle([WaitAgain(claim_one(subject), timedelta())])
        assert (fetch(subject).reason, claim_one(subject).attempts) == (None, 0)

    def test_a_message_that_waits_is_due_at_once_when_expedited(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", "other")
        waiting = {message.message_id: message for message in subject.store.claim(2, LEASE)}
        subject.store.settle([WaitAgain(message, DELAY) for message in waiting.values()])
        subject.store.expedite(["id", "unknown"])
        assert claim_one(subject).message_id == "id"

    def test_a_message_that_could_not_be_carried_out_keeps_its_pause(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        subject.store.settle([WaitAgain(claim_one(subject), DELAY, Rejected(Reason.INTERNAL_ERROR))])
        subject.store.expedite(["id"])
        assert list(subject.store.claim(10, LEASE)) == []
        subject.age(DELAY + MOMENT)
        assert claim_one(subject).attempts == 1

    def test_any_number_of_messages_is_expedited(self, subject: MessageStoreSubject) -> None:
        """The first and the last in order, with more between them than a database takes in one statement."""
        put(subject, "a", "z")
        subject.store.settle([WaitAgain(message, DELAY) for message in subject.store.claim(2, LEASE)])
        subject.store.expedite(["a", *(f"m{number}" for number in range(1200)), "z"])
        assert {message.message_id for message in subject.store.claim(10, LEASE)} == {"a", "z"}

    def test_what_does_not_wait_is_not_expedited(self, subject: MessageStoreSubject) -> None:
        put(subject, "held", "processed")
        claimed = {message.message_id: message for message in subject.store.claim(2, LEASE)}
        subject.store.settle([Processed(claimed["processed"], b"answer")])
        subject.store.expedite(["held", "processed"])
        subject.store.expedite([])
        assert list(subject.store.claim(10, LEASE)) == []
        assert fetch(subject, "processed").status is MessageStatus.PROCESSED

    def test_setting_aside_gives_the_reason_and_keeps_the_request(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        rejected = Rejected(Reason.MALFORMED_MESSAGE, "Länge 3\x00 \u2028 漢字", internal="not for the row")
        assert subject.store.settle([SetAside(claim_one(subject), rejected)]) == [True]
        stored = fetch(subject)
        assert (stored.status, stored.content) == (MessageStatus.SET_ASIDE, b"request")
        assert stored.reason is not None
        assert stored.reason.startswith("malformed_message: The message is no sequence of submessages. Länge 3")
        assert "not for the row" not in stored.reason

    def test_a_very_long_reason_is_cut(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        assert subject.store.settle([SetAside(claim_one(subject), Rejected(Reason.TOO_LARGE, "漢" * 5000))]) == [True]
        assert len(fetch(subject).reason or "") == 1024

    def test_a_mixed_batch_is_settled_in_any_order(self, subject: MessageStoreSubject) -> None:
        ids = [f"id{number}" for number in range(20)]
        put(subject, *ids)
        claimed = subject.store.claim(20, LEASE)
        kinds: list[Callable[[ClaimedMessage], Settlement]] = [
            lambda message: Processed(message, message.message_id.encode()),
            lambda message: WaitAgain(message, DELAY),
            lambda message: SetAside(message, Rejected(Reason.TOO_LARGE)),
        ]
        settlements = [kinds[number % 3](message) for number, message in enumerate(claimed)]
        assert subject.store.settle(settlements[::-1]) == [True] * 20
        expected = [MessageStatus.PROCESSED, MessageStatus.WAITING, MessageStatus.SET_ASIDE]
        for number, message_id in enumerate(ids):
            stored = fetch(subject, message_id)
            assert stored.status is expected[number % 3]
            assert stored.content == (message_id.encode() if number % 3 == 0 else b"request")

    def test_nothing_to_settle(self, subject: MessageStoreSubject) -> None:
        assert list(subject.store.settle([])) == []

    def test_the_second_settlement_of_one_claim_is_dropped(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        both = [Processed(claimed, b"first"), Processed(claimed, b"second")]
        assert subject.store.settle(both) == [True, False]
        assert subject.store.settle(both) == [False, False]
        assert fetch(subject).content == b"first"

    def test_a_stale_claim_s_answer_is_dropped(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", "fresh")
        stale = {message.message_id: message for message in subject.store.claim(10, LEASE)}["id"]
        subject.age(LEASE + MOMENT)
        fresh = {message.message_id: message for message in subject.store.claim(10, LEASE)}
        assert subject.store.settle([Processed(stale, b"stale"), Processed(fresh["fresh"], b"ok")]) == [False, True]
        assert fetch(subject).status is MessageStatus.IN_PROCESS
        assert subject.store.settle([Processed(fresh["id"], b"answer")]) == [True]
        assert fetch(subject).content == b"answer"

    def test_an_expired_lease_that_nobody_took_is_still_held(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.age(LEASE + MOMENT)
        assert subject.store.settle([Processed(claimed, b"answer")]) == [True]

    def test_an_answer_to_an_earlier_generation_is_dropped(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        earlier = claim_one(subject)
        subject.age(LEASE + MOMENT)
        assert subject.store.settle([WaitAgain(claim_one(subject), timedelta())]) == [True]
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert subject.store.settle([Processed(earlier, b"late")]) == [False]
        stored = fetch(subject)
        assert (stored.status, stored.content) == (MessageStatus.WAITING, b"another")

    @pytest.mark.parametrize("change", [{"generation": 2}, {"claim_id": "0" * 32}, {"unique_id": 999_999_999}])
    def test_row_generation_and_claim_id_must_all_match(
        self, subject: MessageStoreSubject, change: dict[str, int | str]
    ) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        fields = {name: getattr(claimed, name) for name in ClaimedMessage.__slots__}
        forged = ClaimedMessage(**(fields | change))
        assert subject.store.settle([Processed(forged, b"forged")]) == [False]
        assert fetch(subject).status is MessageStatus.IN_PROCESS
        assert subject.store.settle([Processed(claimed, b"answer")]) == [True]
