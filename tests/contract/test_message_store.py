"""Every rule of the port MessageStore, on the double and on every database."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest

from lockgate.errors import CallerError, DuplicateMessage, MessageBusy, MessageTooLarge
from lockgate.queue.message import (
    ClaimedMessage,
    MessageOutline,
    MessageStatus,
    MessageType,
    NewMessage,
    Processed,
    PurgedMessages,
    SetAside,
    Settlement,
    StoredMessage,
    WaitAgain,
)
from lockgate.reasons import Reason, Rejected
from tests.contract.message_stores import MemorySubject, Subject, current_engine, emptied
from tests.support.databases.servers import MESSAGE_DATABASES, marked

LEASE = timedelta(minutes=5)
DELAY = timedelta(minutes=1)
MOMENT = timedelta(seconds=1)
EVERY_OCTET = bytes(range(256)) * 16
LOOK_ALIKES = [
    *("id", "ID", "Id", "id ", " id", "id\t", "id\n", "i", "idd"),
    *("é", "e\u0301", "É", "e", "ß", "ss", "SS", "\u212b", "\u00c5", "ﬁ", "fi", "İ", "i\u0307"),
    *("漢字", "😀", "😀\u200d", "\u200b", "\ufeff", "ÿ", "y", "%", "_", "\\", "'", '"', "--", "a" * 255, "漢" * 255),
]
"""Message ids that some database somewhere takes for each other."""
Opened = Callable[[], Subject]
OUTCOMES: dict[MessageStatus, Callable[[ClaimedMessage], Settlement]] = {
    MessageStatus.PROCESSED: lambda its: Processed(its, b"answer"),
    MessageStatus.SET_ASIDE: lambda its: SetAside(its, Rejected(Reason.TOO_LARGE)),
}
"""How a message is settled with a status."""


@pytest.fixture(scope="module", params=["memory", *marked(MESSAGE_DATABASES)])
def opened(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Opened]:
    with ExitStack() as stack:
        if request.param == "memory":
            yield MemorySubject
        else:
            engine = stack.enter_context(current_engine(fresh_database(request.param)))
            yield lambda: emptied(engine)


@pytest.fixture
def subject(opened: Opened) -> Subject:
    return opened()


def put(subject: Subject, *ids: str, content: bytes = b"request") -> None:
    for message_id in ids:
        subject.store.put(NewMessage(message_id, content))


def claim_one(subject: Subject) -> ClaimedMessage:
    (claimed,) = subject.store.claim(10, LEASE)
    return claimed


def fetch(subject: Subject, message_id: str = "id") -> StoredMessage:
    stored = subject.store.fetch(MessageType.API, message_id)
    assert stored is not None
    return stored


def outline(subject: Subject, message_id: str = "id") -> MessageOutline:
    found = subject.store.outline(MessageType.API, message_id)
    assert found is not None
    return found


def reach(subject: Subject, status: MessageStatus, message_id: str = "id") -> None:
    """Bring a new message to `status`; no other one may be due."""
    put(subject, message_id)
    if status is MessageStatus.WAITING:
        return
    claimed = claim_one(subject)
    if status in OUTCOMES:
        assert subject.store.settle([OUTCOMES[status](claimed)]) == [True]
    assert fetch(subject, message_id).status is status


class TestPut:
    def test_a_message_waits_exactly_as_it_was_put(self, subject: Subject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        stored = fetch(subject)
        assert stored == StoredMessage(
            "id", 1, MessageStatus.WAITING, 1, stored.created, stored.created, EVERY_OCTET, None
        )
        assert stored.created > 1_600_000_000_000

    def test_what_was_never_put_is_not_there(self, subject: Subject) -> None:
        put(subject, "id")
        assert subject.store.fetch(MessageType.API, "other") is None
        assert subject.store.fetch(MessageType.SCEP, "id") is None

    @pytest.mark.parametrize("replaces", [None, b"request", b"other"])
    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_identical_bytes_are_a_no_op_whatever_the_status(
        self, subject: Subject, status: MessageStatus, replaces: bytes | None
    ) -> None:
        reach(subject, status)
        before = fetch(subject)
        subject.store.put(NewMessage("id", b"request"), replaces=replaces)
        assert fetch(subject) == before

    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_other_bytes_are_a_duplicate(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            put(subject, "id", content=b"another")
        assert fetch(subject) == before

    def test_the_answer_s_bytes_are_not_the_request_s(self, subject: Subject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        with pytest.raises(DuplicateMessage):
            put(subject, "id", content=b"answer")

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.SET_ASIDE])
    def test_a_replacement_is_a_new_generation_that_waits(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        stored = fetch(subject)
        assert (stored.status, stored.generation, stored.content) == (MessageStatus.WAITING, 2, b"another")
        assert stored.reason is None
        claimed = claim_one(subject)
        assert (claimed.generation, claimed.attempts, claimed.content) == (2, 0, b"another")

    def test_a_message_in_process_cannot_be_replaced(self, subject: Subject) -> None:
        reach(subject, MessageStatus.IN_PROCESS)
        subject.age(LEASE + MOMENT)
        with pytest.raises(MessageBusy):
            subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert fetch(subject).content == b"request"

    @pytest.mark.parametrize("replaces", [b"request", b"answer"])
    def test_an_answered_message_cannot_be_replaced(self, subject: Subject, replaces: bytes) -> None:
        reach(subject, MessageStatus.PROCESSED)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            subject.store.put(NewMessage("id", b"another"), replaces=replaces)
        assert fetch(subject) == before

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.SET_ASIDE])
    def test_what_does_not_stand_there_any_more_cannot_be_replaced(
        self, subject: Subject, status: MessageStatus
    ) -> None:
        reach(subject, status)
        before = fetch(subject)
        with pytest.raises(DuplicateMessage):
            subject.store.put(NewMessage("id", b"another"), replaces=b"earlier")
        assert fetch(subject) == before

    def test_what_is_gone_is_replaced_by_a_new_message(self, subject: Subject) -> None:
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert (fetch(subject).content, fetch(subject).generation) == (b"another", 1)

    def test_message_ids_are_compared_octet_by_octet(self, subject: Subject) -> None:
        for number, message_id in enumerate(LOOK_ALIKES):
            put(subject, message_id, content=b"%d" % number)
        for number, message_id in enumerate(LOOK_ALIKES):
            stored = fetch(subject, message_id)
            assert (stored.message_id, stored.content) == (message_id, b"%d" % number)
        claimed = subject.store.claim(100, LEASE)
        assert [its.message_id for its in claimed] == LOOK_ALIKES

    def test_message_ids_are_unique_per_type(self, subject: Subject) -> None:
        for message_type in (MessageType.API, MessageType.SCEP, 32767):
            subject.store.put(NewMessage("id", b"%d" % message_type, message_type))
        assert sorted(its.type for its in subject.store.claim(10, LEASE)) == [1, 2, 32767]

    @pytest.mark.parametrize("message_id", ["", "a" * 256, "a\0b", "\ud800"])
    def test_an_impossible_message_id_is_refused(self, subject: Subject, message_id: str) -> None:
        with pytest.raises(CallerError):
            put(subject, message_id)
        assert subject.store.fetch(MessageType.API, message_id) is None

    def test_the_size_limit(self, subject: Subject) -> None:
        store = subject.limited(100)
        store.put(NewMessage("id", bytes(100)))
        with pytest.raises(MessageTooLarge):
            store.put(NewMessage("larger", bytes(101)))
        assert store.fetch(MessageType.API, "larger") is None

    def test_four_mebibytes_cross_unchanged(self, subject: Subject) -> None:
        content = EVERY_OCTET * 1024
        put(subject, "id", content=content)
        claimed = claim_one(subject)
        assert claimed.content == content
        assert subject.store.settle([Processed(claimed, content[::-1])]) == [True]
        assert fetch(subject).content == content[::-1]


class TestClaim:
    def test_a_claim_says_what_it_holds(self, subject: Subject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        claimed = claim_one(subject)
        assert (claimed.message_id, claimed.type, claimed.generation, claimed.attempts) == ("id", 1, 1, 0)
        assert (claimed.left, claimed.malformed) == (False, False)
        assert (claimed.size, claimed.content) == (len(EVERY_OCTET), EVERY_OCTET)
        assert len(bytes.fromhex(claimed.claim_id)) == 16
        assert claimed.claim_id == claimed.claim_id.lower()
        assert fetch(subject).status is MessageStatus.IN_PROCESS

    def test_nothing_due_nothing_claimed(self, subject: Subject) -> None:
        assert list(subject.store.claim(10, LEASE)) == []

    def test_no_more_than_asked_for_and_longest_due_first(self, subject: Subject) -> None:
        ids = [f"id{number}" for number in range(7)]
        put(subject, *ids)
        claims = [[its.message_id for its in subject.store.claim(3, LEASE)] for _ in range(4)]
        assert claims == [ids[:3], ids[3:6], ids[6:], []]

    def test_a_waiting_message_and_an_expired_lease_take_turns_by_when_they_were_due(self, subject: Subject) -> None:
        put(subject, "claimed")
        claim_one(subject)
        put(subject, "waiting")
        subject.age(LEASE + MOMENT)
        put(subject, "late")
        assert [its.message_id for its in subject.store.claim(3, LEASE)] == ["waiting", "claimed", "late"]

    def test_a_live_lease_is_not_claimed_again(self, subject: Subject) -> None:
        put(subject, "id")
        claim_one(subject)
        subject.age(LEASE - 10 * MOMENT)
        assert list(subject.store.claim(10, LEASE)) == []

    def test_an_expired_lease_is_claimed_again_and_counts_as_no_attempt(self, subject: Subject) -> None:
        put(subject, "id")
        claims = []
        for _ in range(3):
            claims.append(claim_one(subject))
            subject.age(LEASE + MOMENT)
        assert [(its.left, its.attempts) for its in claims] == [(False, 0), (True, 0), (True, 0)]
        assert len({its.claim_id for its in claims}) == 3
        assert {its.unique_id for its in claims} == {claims[0].unique_id}

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_what_is_settled_is_never_claimed(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(timedelta(days=365))
        assert list(subject.store.claim(10, LEASE)) == []

    def test_what_is_too_large_is_claimed_without_being_loaded(self, subject: Subject) -> None:
        put(subject, "small", "large", content=bytes(100))
        subject.store.put(NewMessage("large", bytes(101)), replaces=bytes(100))
        claimed = {its.message_id: its for its in subject.limited(100).claim(10, LEASE)}
        assert (claimed["large"].size, claimed["large"].content) == (101, None)
        assert (claimed["small"].size, claimed["small"].content) == (100, bytes(100))

    def test_rows_of_any_content_are_claimed_and_set_aside(self, subject: Subject) -> None:
        subject.add_malformed(25)
        put(subject, "id")
        first, second, last = (subject.store.claim(10, LEASE) for _ in range(3))
        assert [(its.malformed, its.message_id) for its in last] == [*5 * [(True, "")], (False, "id")]
        malformed = [*first, *second, *last[:5]]
        assert {(its.malformed, its.content) for its in malformed} == {(True, None)}
        assert all(subject.store.settle([SetAside(its, Rejected(Reason.MALFORMED_ROW)) for its in malformed]))
        assert subject.store.settle([Processed(last[5], b"answer")]) == [True]
        subject.age(LEASE + MOMENT)
        assert list(subject.store.claim(100, LEASE)) == []
        assert subject.store.purge(MessageStatus.SET_ASIDE, timedelta(), 100).count == 25


class TestBegin:
    def test_each_beginning_is_an_attempt(self, subject: Subject) -> None:
        put(subject, "id", "other")
        for _ in range(3):
            claimed = {its.message_id: its for its in subject.store.claim(10, LEASE)}
            assert subject.store.begin(claimed["id"])
            subject.age(LEASE + MOMENT)
        assert {its.message_id: its.attempts for its in subject.store.claim(10, LEASE)} == {"id": 3, "other": 0}

    def test_a_lost_claim_begins_nothing(self, subject: Subject) -> None:
        put(subject, "id")
        lost = claim_one(subject)
        subject.age(LEASE + MOMENT)
        claim_one(subject)
        assert not subject.store.begin(lost)
        assert outline(subject).attempts == 0

    def test_a_settled_message_is_not_begun(self, subject: Subject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.store.settle([Processed(claimed, b"answer")])
        assert not subject.store.begin(claimed)


class TestRenew:
    def test_a_renewed_lease_runs_from_now(self, subject: Subject) -> None:
        put(subject, "id", "other")
        claimed = subject.store.claim(10, LEASE)
        subject.age(LEASE - 10 * MOMENT)
        subject.store.renew([its for its in claimed if its.message_id == "id"], LEASE)
        subject.age(11 * MOMENT)
        assert [its.message_id for its in subject.store.claim(10, LEASE)] == ["other"]

    def test_a_lost_lease_is_not_renewed(self, subject: Subject) -> None:
        put(subject, "id")
        lost = claim_one(subject)
        subject.age(LEASE + MOMENT)
        claim_one(subject)
        subject.age(LEASE - 10 * MOMENT)
        subject.store.renew([lost], LEASE)
        subject.age(11 * MOMENT)
        assert claim_one(subject).left

    def test_a_settled_message_is_not_renewed(self, subject: Subject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.store.settle([Processed(claimed, b"answer")])
        subject.store.renew([claimed], LEASE)
        subject.age(LEASE + MOMENT)
        assert list(subject.store.claim(10, LEASE)) == []

    def test_nothing_to_renew(self, subject: Subject) -> None:
        put(subject, "id")
        subject.store.renew([], LEASE)
        assert not claim_one(subject).left


class TestSettle:
    def test_an_answer_is_written_back(self, subject: Subject) -> None:
        put(subject, "id")
        assert subject.store.settle([Processed(claim_one(subject), EVERY_OCTET)]) == [True]
        stored = fetch(subject)
        assert (stored.status, stored.content, stored.reason) == (MessageStatus.PROCESSED, EVERY_OCTET, None)
        assert stored.modified >= stored.created

    def test_waiting_again_is_out_of_sight_until_the_delay_has_passed(self, subject: Subject) -> None:
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

    def test_trouble_counts_as_an_attempt_and_the_row_names_it(self, subject: Subject) -> None:
        put(subject, "id")
        for attempts in range(3):
            claimed = claim_one(subject)
            assert (claimed.attempts, claimed.left) == (attempts, False)
            assert subject.store.settle([WaitAgain(claimed, timedelta(), Rejected(Reason.INTERNAL_ERROR))]) == [True]
            assert (fetch(subject).reason or "").startswith("internal_error: ")
        subject.store.settle([WaitAgain(claim_one(subject), timedelta())])
        assert (fetch(subject).reason, claim_one(subject).attempts) == (None, 0)

    def test_a_message_that_waits_is_due_at_once_when_expedited(self, subject: Subject) -> None:
        put(subject, "id", "other")
        waiting = {its.message_id: its for its in subject.store.claim(2, LEASE)}
        subject.store.settle([WaitAgain(its, DELAY) for its in waiting.values()])
        subject.store.expedite(["id", "unknown"])
        assert claim_one(subject).message_id == "id"

    def test_any_number_of_messages_is_expedited(self, subject: Subject) -> None:
        """The first and the last in order, with more between them than a database takes in one statement."""
        put(subject, "a", "z")
        subject.store.settle([WaitAgain(its, DELAY) for its in subject.store.claim(2, LEASE)])
        subject.store.expedite(["a", *(f"m{number}" for number in range(1200)), "z"])
        assert {its.message_id for its in subject.store.claim(10, LEASE)} == {"a", "z"}

    def test_what_does_not_wait_is_not_expedited(self, subject: Subject) -> None:
        put(subject, "held", "processed")
        claimed = {its.message_id: its for its in subject.store.claim(2, LEASE)}
        subject.store.settle([Processed(claimed["processed"], b"answer")])
        subject.store.expedite(["held", "processed"])
        subject.store.expedite([])
        assert list(subject.store.claim(10, LEASE)) == []
        assert fetch(subject, "processed").status is MessageStatus.PROCESSED

    def test_setting_aside_gives_the_reason_and_keeps_the_request(self, subject: Subject) -> None:
        put(subject, "id")
        rejected = Rejected(Reason.MALFORMED_MESSAGE, "Länge 3\x00 \u2028 漢字", internal="not for the row")
        assert subject.store.settle([SetAside(claim_one(subject), rejected)]) == [True]
        stored = fetch(subject)
        assert (stored.status, stored.content) == (MessageStatus.SET_ASIDE, b"request")
        assert stored.reason is not None
        assert stored.reason.startswith("malformed_message: The message is no sequence of submessages. Länge 3")
        assert "not for the row" not in stored.reason

    def test_a_very_long_reason_is_cut(self, subject: Subject) -> None:
        put(subject, "id")
        assert subject.store.settle([SetAside(claim_one(subject), Rejected(Reason.TOO_LARGE, "漢" * 5000))]) == [True]
        assert len(fetch(subject).reason or "") == 1024

    def test_a_mixed_batch_in_any_order(self, subject: Subject) -> None:
        ids = [f"id{number}" for number in range(20)]
        put(subject, *ids)
        claimed = subject.store.claim(20, LEASE)
        kinds: list[Callable[[ClaimedMessage], Settlement]] = [
            lambda its: Processed(its, its.message_id.encode()),
            lambda its: WaitAgain(its, DELAY),
            lambda its: SetAside(its, Rejected(Reason.TOO_LARGE)),
        ]
        settlements = [kinds[number % 3](its) for number, its in enumerate(claimed)]
        assert subject.store.settle(settlements[::-1]) == [True] * 20
        expected = [MessageStatus.PROCESSED, MessageStatus.WAITING, MessageStatus.SET_ASIDE]
        for number, message_id in enumerate(ids):
            stored = fetch(subject, message_id)
            assert stored.status is expected[number % 3]
            assert stored.content == (message_id.encode() if number % 3 == 0 else b"request")

    def test_nothing_to_settle(self, subject: Subject) -> None:
        assert list(subject.store.settle([])) == []

    def test_the_second_settlement_of_one_claim_is_dropped(self, subject: Subject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        both = [Processed(claimed, b"first"), Processed(claimed, b"second")]
        assert subject.store.settle(both) == [True, False]
        assert subject.store.settle(both) == [False, False]
        assert fetch(subject).content == b"first"

    def test_a_stale_claim_s_answer_is_dropped(self, subject: Subject) -> None:
        put(subject, "id", "fresh")
        stale = {its.message_id: its for its in subject.store.claim(10, LEASE)}["id"]
        subject.age(LEASE + MOMENT)
        fresh = {its.message_id: its for its in subject.store.claim(10, LEASE)}
        assert subject.store.settle([Processed(stale, b"stale"), Processed(fresh["fresh"], b"ok")]) == [False, True]
        assert fetch(subject).status is MessageStatus.IN_PROCESS
        assert subject.store.settle([Processed(fresh["id"], b"answer")]) == [True]
        assert fetch(subject).content == b"answer"

    def test_an_expired_lease_that_nobody_took_is_still_held(self, subject: Subject) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        subject.age(LEASE + MOMENT)
        assert subject.store.settle([Processed(claimed, b"answer")]) == [True]

    def test_an_answer_to_an_earlier_generation_is_dropped(self, subject: Subject) -> None:
        put(subject, "id")
        earlier = claim_one(subject)
        subject.age(LEASE + MOMENT)
        assert subject.store.settle([WaitAgain(claim_one(subject), timedelta())]) == [True]
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        assert subject.store.settle([Processed(earlier, b"late")]) == [False]
        stored = fetch(subject)
        assert (stored.status, stored.content) == (MessageStatus.WAITING, b"another")

    @pytest.mark.parametrize("change", [{"generation": 2}, {"claim_id": "0" * 32}, {"unique_id": 999_999_999}])
    def test_row_generation_and_claim_id_must_all_match(self, subject: Subject, change: dict[str, int | str]) -> None:
        put(subject, "id")
        claimed = claim_one(subject)
        fields = {name: getattr(claimed, name) for name in ClaimedMessage.__slots__}
        forged = ClaimedMessage(**(fields | change))
        assert subject.store.settle([Processed(forged, b"forged")]) == [False]
        assert fetch(subject).status is MessageStatus.IN_PROCESS
        assert subject.store.settle([Processed(claimed, b"answer")]) == [True]


class TestOutline:
    def test_it_says_everything_but_the_content(self, subject: Subject) -> None:
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

    def test_what_is_not_there_has_none(self, subject: Subject) -> None:
        put(subject, "id")
        assert subject.store.outline(MessageType.SCEP, "id") is None
        assert subject.store.outline(MessageType.API, "ID") is None
        assert subject.store.outline(MessageType.API, "a\0b") is None


class TestBrowse:
    def listed(self, subject: Subject, status: MessageStatus, limit: int) -> list[list[str]]:
        pages, after = [], None
        while True:
            page = subject.store.browse(status, limit, after)
            pages.append([its.message_id for its in page.messages])
            after = page.last
            if after is None:
                return pages

    @pytest.mark.parametrize("status", list(MessageStatus))
    def test_messages_of_one_status_in_pages_in_the_order_in_which_they_were_put(
        self, subject: Subject, status: MessageStatus
    ) -> None:
        for other in set(MessageStatus) - {status, MessageStatus.WAITING}:
            reach(subject, other, f"other {other}")
        ids = [f"id{number}" for number in range(5)]
        put(subject, *ids)
        if status is not MessageStatus.WAITING:
            claimed = subject.store.claim(5, LEASE)
        if status in OUTCOMES:
            for its in reversed(claimed):
                subject.store.settle([OUTCOMES[status](its)])
                subject.age(MOMENT)
        assert self.listed(subject, status, 2) == [ids[:2], ids[2:4], ids[4:]]
        assert self.listed(subject, status, 5) == [ids]
        assert subject.store.browse(status, 1).messages == (outline(subject, ids[0]),)

    def test_nothing_to_list(self, subject: Subject) -> None:
        put(subject, "id")
        assert self.listed(subject, MessageStatus.SET_ASIDE, 10) == [[]]


class TestRetry:
    def test_what_was_set_aside_is_due_again_with_all_attempts(self, subject: Subject) -> None:
        put(subject, "id", content=EVERY_OCTET)
        claimed = claim_one(subject)
        subject.store.begin(claimed)
        subject.store.settle([SetAside(claimed, Rejected(Reason.TOO_MANY_ATTEMPTS))])
        assert subject.store.retry([outline(subject)]) == 1
        stored = fetch(subject)
        assert (stored.status, stored.reason, stored.content) == (MessageStatus.WAITING, None, EVERY_OCTET)
        assert (outline(subject).attempts, claim_one(subject).attempts) == (0, 0)

    def test_a_claim_from_before_settles_nothing(self, subject: Subject) -> None:
        put(subject, "id")
        before = claim_one(subject)
        subject.store.settle([SetAside(before, Rejected(Reason.TOO_LARGE))])
        subject.store.retry([outline(subject)])
        assert subject.store.settle([Processed(before, b"late")]) == [False]
        assert fetch(subject).status is MessageStatus.WAITING

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.IN_PROCESS, MessageStatus.PROCESSED])
    def test_what_is_not_set_aside_stays_as_it_is(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        before = outline(subject)
        assert subject.store.retry([before]) == 0
        assert outline(subject) == before

    def test_another_generation_stays_as_it_is(self, subject: Subject) -> None:
        reach(subject, MessageStatus.SET_ASIDE)
        before = outline(subject)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        subject.store.settle([SetAside(claim_one(subject), Rejected(Reason.TOO_LARGE))])
        assert subject.store.retry([before]) == 0
        assert outline(subject).status is MessageStatus.SET_ASIDE

    def test_many_and_none(self, subject: Subject) -> None:
        put(subject, *(f"id{number}" for number in range(20)))
        subject.store.settle([SetAside(its, Rejected(Reason.TOO_LARGE)) for its in subject.store.claim(20, LEASE)])
        chosen = subject.store.browse(MessageStatus.SET_ASIDE, 15).messages
        assert subject.store.retry(chosen) == 15
        assert subject.store.retry(chosen) == 0
        assert subject.store.retry([]) == 0
        assert len(subject.store.claim(20, LEASE)) == 15


class TestPurge:
    AGE = timedelta(days=2)

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_what_was_settled_longer_ago_goes(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(self.AGE - MOMENT)
        reach(subject, status, "later")
        assert subject.store.purge(status, self.AGE, 10).count == 0
        subject.age(2 * MOMENT)
        (other,) = {MessageStatus.PROCESSED, MessageStatus.SET_ASIDE} - {status}
        assert subject.store.purge(other, self.AGE, 10).count == 0
        assert subject.store.purge(status, self.AGE, 10).count == 1
        assert subject.store.fetch(MessageType.API, "id") is None
        assert fetch(subject, "later").status is status

    def test_no_more_than_asked_for_and_the_first_ones_first(self, subject: Subject) -> None:
        for number in range(5):
            reach(subject, MessageStatus.PROCESSED, f"id{number}")
            subject.age(MOMENT)
        assert subject.store.purge(MessageStatus.PROCESSED, timedelta(), 2).count == 2
        left = [its.message_id for its in subject.store.browse(MessageStatus.PROCESSED, 10).messages]
        assert left == ["id2", "id3", "id4"]
        assert [subject.store.purge(MessageStatus.PROCESSED, timedelta(), 2).count for _ in range(3)] == [2, 1, 0]

    @pytest.mark.parametrize("status", [MessageStatus.PROCESSED, MessageStatus.SET_ASIDE])
    def test_each_step_goes_on_where_the_one_before_ended(self, subject: Subject, status: MessageStatus) -> None:
        for number in range(5):
            reach(subject, status, f"id{number}")
        ids = {its.message_id: its.unique_id for its in subject.store.browse(status, 10).messages}
        first = subject.store.purge(status, timedelta(), 1, ids["id1"])
        assert first == PurgedMessages(1, ids["id2"])
        assert subject.store.purge(status, timedelta(), 10, first.last) == PurgedMessages(2, None)
        assert subject.store.purge(status, timedelta(), 10, ids["id4"]) == PurgedMessages(0, None)
        assert [its.message_id for its in subject.store.browse(status, 10).messages] == ["id0", "id1"]

    @pytest.mark.parametrize("status", [MessageStatus.WAITING, MessageStatus.IN_PROCESS])
    def test_what_waits_or_is_in_process_never_goes(self, subject: Subject, status: MessageStatus) -> None:
        reach(subject, status)
        subject.age(timedelta(days=1000))
        for settled in (MessageStatus.PROCESSED, MessageStatus.SET_ASIDE):
            assert subject.store.purge(settled, timedelta(), 10).count == 0
        with pytest.raises(CallerError):
            subject.store.purge(status, self.AGE, 10)
        assert fetch(subject).status is status

    def test_nothing_is_purged_ahead_of_time(self, subject: Subject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        with pytest.raises(CallerError):
            subject.store.purge(MessageStatus.PROCESSED, -MOMENT, 10)

    def test_the_age_counts_from_the_last_generation(self, subject: Subject) -> None:
        reach(subject, MessageStatus.SET_ASIDE)
        subject.age(self.AGE)
        subject.store.put(NewMessage("id", b"another"), replaces=b"request")
        subject.store.settle([Processed(claim_one(subject), b"answer")])
        assert subject.store.purge(MessageStatus.PROCESSED, self.AGE, 10).count == 0

    def test_a_purged_id_is_free_for_another_message(self, subject: Subject) -> None:
        reach(subject, MessageStatus.PROCESSED)
        subject.store.purge(MessageStatus.PROCESSED, timedelta(), 10)
        put(subject, "id", content=b"another")
        assert (fetch(subject).generation, fetch(subject).content) == (1, b"another")


class TestConcurrency:
    THREADS = 8

    def run(self, work: Callable[[int], None]) -> None:
        start = threading.Barrier(self.THREADS)

        def together(number: int) -> None:
            start.wait()
            work(number)

        with ThreadPoolExecutor(self.THREADS) as pool:
            for done in [pool.submit(together, number) for number in range(self.THREADS)]:
                done.result()

    def test_eight_claimers_process_a_thousand_messages_exactly_once(self, subject: Subject) -> None:
        ids = {f"id{number}" for number in range(1000)}
        put(subject, *ids)
        claims: list[tuple[int, int]] = []
        applied: Counter[str] = Counter()

        def work(number: int) -> None:
            while claimed := subject.store.claim(1 + number % 3 * 10, LEASE):
                claims.extend((its.unique_id, its.generation) for its in claimed)
                done = subject.store.settle([Processed(its, its.message_id.encode()) for its in claimed])
                applied.update(its.message_id for its, ok in zip(claimed, done, strict=True) if ok)

        self.run(work)
        # A claimer may come back empty while another still holds locks; what it left is there for the next round.
        while rest := subject.store.claim(100, LEASE):
            claims.extend((its.unique_id, its.generation) for its in rest)
            subject.store.settle([Processed(its, its.message_id.encode()) for its in rest])
            applied.update(its.message_id for its in rest)
        assert applied == Counter(ids)
        assert len(claims) == len(set(claims)) == 1000
        assert all(fetch(subject, message_id).content == message_id.encode() for message_id in ids)

    def test_while_leases_expire_each_generation_is_answered_once(self, subject: Subject) -> None:
        ids = {f"id{number}" for number in range(60)}
        put(subject, *ids)
        applied: Counter[tuple[str, str]] = Counter()
        lost: list[bool] = []

        def work(number: int) -> None:
            for turn in range(12):
                claimed = subject.store.claim(10, LEASE)
                if (number + turn) % 3 == 0:
                    subject.age(LEASE + MOMENT)
                done = subject.store.settle([Processed(its, its.claim_id.encode()) for its in claimed])
                applied.update((its.message_id, its.claim_id) for its, ok in zip(claimed, done, strict=True) if ok)
                lost.extend(not ok for ok in done)

        self.run(work)
        subject.age(LEASE + MOMENT)
        while rest := subject.store.claim(100, LEASE):
            subject.store.settle([Processed(its, its.claim_id.encode()) for its in rest])
            applied.update((its.message_id, its.claim_id) for its in rest)
        assert Counter(message_id for message_id, _ in applied.elements()) == Counter(ids)
        assert all(fetch(subject, its).content == claim_id.encode() for its, claim_id in applied)

    def test_of_many_puts_of_the_same_bytes_none_fails(self, subject: Subject) -> None:
        self.run(lambda _: put(subject, *(f"id{number}" for number in range(20))))
        assert len(subject.store.claim(100, LEASE)) == 20

    def test_of_many_puts_of_other_bytes_one_wins(self, subject: Subject) -> None:
        outcomes: list[bytes | None] = []

        def work(number: int) -> None:
            try:
                put(subject, "id", content=b"%d" % number)
            except DuplicateMessage:
                outcomes.append(None)
            else:
                outcomes.append(b"%d" % number)

        self.run(work)
        (winner,) = (its for its in outcomes if its is not None)
        assert len(outcomes) == self.THREADS
        assert fetch(subject).content == winner

    def test_of_many_replacements_of_the_same_message_one_wins(self, subject: Subject) -> None:
        put(subject, "id")
        winners: list[bytes] = []

        def work(number: int) -> None:
            with suppress(DuplicateMessage):
                subject.store.put(NewMessage("id", b"%d" % number), replaces=b"request")
                winners.append(b"%d" % number)

        self.run(work)
        assert winners == [fetch(subject).content]
        assert fetch(subject).generation == 2
