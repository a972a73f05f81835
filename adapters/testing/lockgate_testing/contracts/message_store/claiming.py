"""Rules of claims, attempts and leases."""

from datetime import timedelta

import pytest

from lockgate.queue.message import MessageStatus, NewMessage, Processed, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.message_store.stores import (
    EVERY_OCTET,
    LEASE,
    MOMENT,
    MessageStoreSubject,
    claim_one,
    fetch,
    outline,
    put,
    reach,
)


class ClaimRules:
    """Claiming."""

    def test_a_claim_says_what_it_holds(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        claimed = claim_one(subject)
        assert (claimed.message_id, claimed.type, claimed.generation, claimed.attempts) == ("id", 1, 1, 0)
        assert (claimed.left, claimed.malformed) == (False, False)
        assert (claimed.size, claimed.content) == (len(EVERY_OCTET), EVERY_OCTET)
        assert len(bytes.fromhex(claimed.claim_id)) == 16
        assert claimed.claim_id == claimed.claim_id.lower()
        assert fetch(subject).status is MessageStatus.IN_PROCESS

    def test_nothing_due_nothing_claimed(self, subject: MessageStoreSubject) -> None:
        assert list(subject.store.claim(10, LEASE)) == []

    def test_no_more_than_asked_for_is_claimed_and_longest_due_first(self, subject: MessageStoreSubject) -> None:
        ids = [f"id{number}" for number in range(7)]
        put(subject, *ids)
        claims = [[message.message_id for message in subject.store.claim(3, LEASE)] for _ in range(4)]
        assert claims == [ids[:3], ids[3:6], ids[6:], []]

    def test_a_waiting_message_and_an_expired_lease_take_turns_by_when_they_were_due(
        self, subject: MessageStoreSubject
    ) -> None:
        put(subject, "claimed")
        claim_one(subject)
        put(subject, "waiting")
        subject.age(LEASE + MOMENT)
        put(subject, "late")
        assert [message.message_id for message in subject.store.claim(3, LEASE)] == ["waiting", "claimed", "late"]

    def test_a_live_lease_is_not_claimed_again(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claim_one(subject)
        subject.age(LEASE - 10 * MOMENT)
        assert list(subject.store.claim(10, LEASE)) == []

    def test_an_expired_lease_is_claimed_again_and_counts_as_no_attempt(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claims = []
        for _ in range(3):
            claims.append(claim_one(subject))
            subject.age(LEASE + MOMENT)
        assert [(message.left, message.attempts) for message in claims] == [(False, 0), (True, 0), (True, 0)]
        assert len({message.claim_id for message in claims}) == 3
        assert {message.unique_id for message in claims} == {claims[0].unique_id}

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_what_is_settled_is_never_claimed(self, subject: MessageStoreSubject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(timedelta(days=365))
        assert list(subject.store.claim(10, LEASE)) == []

    def test_what_is_too_large_is_claimed_without_being_loaded(self, subject: MessageStoreSubject) -> None:
        put(subject, "small", "large", content=bytes(100))
        subject.store.put(NewMessage("large", bytes(101)), replaces=bytes(100))
        claimed = {message.message_id: message for message in subject.limited(100).claim(10, LEASE)}
        assert (claimed["large"].size, claimed["large"].content) == (101, None)
        assert (claimed["small"].size, claimed["small"].content) == (100, bytes(100))

    def test_rows_of_any_content_are_claimed_and_set_aside(self, subject: MessageStoreSubject) -> None:
        subject.add_malformed(25)
        put(subject, "id")
        first, second, last = (subject.store.claim(10, LEASE) for _ in range(3))
        assert [(message.malformed, message.message_id) for message in last] == [*5 * [(True, "")], (False, "id")]
        malformed = [*first, *second, *last[:5]]
        assert {(message.malformed, message.content) for message in malformed} == {(True, None)}
        assert all(subject.store.settle([SetAside(message, Rejected(Reason.MALFORMED_ROW)) for message in malformed]))
        assert subject.store.settle([Processed(last[5], b"answer")]) == [True]
        subject.age(LEASE + MOMENT)
        assert list(subject.store.claim(100, LEASE)) == []
        assert subject.store.purge(MessageStatus.SET_ASIDE, timedelta(), 100).count == 25


class BeginRules:
    """Attempts."""

    def test_each_beginning_is_an_attempt(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", "other")
        for _ in range(3):
            claimed = {message.message_id: message for message in subject.store.claim(10, LEASE)}
            assert subject.store.begin(claimed["id"])
            subject.age(LEASE + MOMENT)
        assert {message.message_id: message.attempts for message in subject.store.claim(10, LEASE)} == {
            "id": 3,
            "other": 0,
        }

    def test_a_lost_claim_begins_nothing(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        lost = claim_one(subject)
        subject.age(LEASE + MOMENT)
        claim_one(subject)
        assert not subject.store.begin(lost)
        assert outline(subject).attempts == 0

    def test_a_settled_message_is_not_begun(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.store.settle([Processed(claimed, b"answer")])
        assert not subject.store.begin(claimed)


class RenewRules:
    """Prolonging leases."""

    def test_a_renewed_lease_runs_from_now(self, subject: MessageStoreSubject) -> None:
        put(subject, "id", "other")
        claimed = subject.store.claim(10, LEASE)
        subject.age(LEASE - 10 * MOMENT)
        subject.store.renew([message for message in claimed if message.message_id == "id"], LEASE)
        subject.age(11 * MOMENT)
        assert [message.message_id for message in subject.store.claim(10, LEASE)] == ["other"]

    def test_a_lost_lease_is_not_renewed(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        lost = claim_one(subject)
        subject.age(LEASE + MOMENT)
        claim_one(subject)
        subject.age(LEASE - 10 * MOMENT)
        subject.store.renew([lost], LEASE)
        subject.age(11 * MOMENT)
        assert claim_one(subject).left

    def test_a_settled_message_is_not_renewed(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.store.settle([Processed(claimed, b"answer")])
        subject.store.renew([claimed], LEASE)
        subject.age(LEASE + MOMENT)
        assert list(subject.store.claim(10, LEASE)) == []

    def test_nothing_to_renew(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        subject.store.renew([], LEASE)
        assert not claim_one(subject).left
