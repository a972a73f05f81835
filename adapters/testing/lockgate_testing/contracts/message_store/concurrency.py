"""Rules for many callers at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from lockgate.errors import DuplicateMessage
from lockgate.queue.message import NewMessage, Processed
from lockgate_testing.contracts.message_store.stores import LEASE, MOMENT, MessageStoreSubject, fetch, put

THREADS = 8


class ConcurrencyRules:
    """Many callers at the same time."""

    def test_eight_claimers_process_a_thousand_messages_exactly_once(self, subject: MessageStoreSubject) -> None:
        ids = {f"id{number}" for number in range(1000)}
        put(subject, *ids)
        claims: list[tuple[int, int]] = []
        applied: Counter[str] = Counter()

        def work(number: int) -> None:
            while claimed := subject.store.claim(1 + number % 3 * 10, LEASE):
                claims.extend((message.unique_id, message.generation) for message in claimed)
                done = subject.store.settle([Processed(message, message.message_id.encode()) for message in claimed])
                applied.update(message.message_id for message, ok in zip(claimed, done, strict=True) if ok)

        _run_together(work)
        # A claimer may get nothing while another one still holds locks; the next round finds the messages that are
        # left.
        while rest := subject.store.claim(100, LEASE):
            claims.extend((message.unique_id, message.generation) for message in rest)
            subject.store.settle([Processed(message, message.message_id.encode()) for message in rest])
            applied.update(message.message_id for message in rest)
        assert applied == Counter(ids)
        assert len(claims) == len(set(claims)) == 1000
        assert all(fetch(subject, message_id).content == message_id.encode() for message_id in ids)

    def test_while_leases_expire_each_generation_is_answered_once(self, subject: MessageStoreSubject) -> None:
        ids = {f"id{number}" for number in range(60)}
        put(subject, *ids)
        applied: Counter[tuple[str, str]] = Counter()
        lost: list[bool] = []

        def work(number: int) -> None:
            for turn in range(12):
                claimed = subject.store.claim(10, LEASE)
                if (number + turn) % 3 == 0:
                    subject.age(LEASE + MOMENT)
                done = subject.store.settle([Processed(message, message.claim_id.encode()) for message in claimed])
                applied.update(
                    (message.message_id, message.claim_id) for message, ok in zip(claimed, done, strict=True) if ok
                )
                lost.extend(not ok for ok in done)

        _run_together(work)
        subject.age(LEASE + MOMENT)
        while rest := subject.store.claim(100, LEASE):
            subject.store.settle([Processed(message, message.claim_id.encode()) for message in rest])
            applied.update((message.message_id, message.claim_id) for message in rest)
        assert Counter(message_id for message_id, _ in applied.elements()) == Counter(ids)
        assert all(fetch(subject, message_id).content == claim_id.encode() for message_id, claim_id in applied)

    def test_of_many_puts_of_the_same_bytes_none_fails(self, subject: MessageStoreSubject) -> None:
        _run_together(lambda _: put(subject, *(f"id{number}" for number in range(20))))
        assert len(subject.store.claim(100, LEASE)) == 20

    def test_of_many_puts_of_other_bytes_one_wins(self, subject: MessageStoreSubject) -> None:
        outcomes: list[bytes | None] = []

        def work(number: int) -> None:
            try:
                put(subject, "id", content=b"%d" % number)
            except DuplicateMessage:
                outcomes.append(None)
            else:
                outcomes.append(b"%d" % number)

        _run_together(work)
        (winner,) = (outcome for outcome in outcomes if outcome is not None)
        assert len(outcomes) == THREADS
        assert fetch(subject).content == winner

    def test_of_many_replacements_of_the_same_message_one_wins(self, subject: MessageStoreSubject) -> None:
        put(subject, "id")
        winners: list[bytes] = []

        def work(number: int) -> None:
            with suppress(DuplicateMessage):
                subject.store.put(NewMessage("id", b"%d" % number), replaces=b"request")
                winners.append(b"%d" % number)

        _run_together(work)
        assert winners == [fetch(subject).content]
        assert fetch(subject).generation == 2


def _run_together(work: Callable[[int], None]) -> None:
    start = threading.Barrier(THREADS)

    def together(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(together, number) for number in range(THREADS)]:
            done.result()
