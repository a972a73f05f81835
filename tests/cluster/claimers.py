"""Claimers that take messages, dawdle, renew, settle, and die at any moment; what each did goes to its log."""

import multiprocessing
import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from lockgate.errors import Unavailable
from lockgate.queue.message import ClaimedMessage, MessageStatus, MessageType, NewMessage, Processed
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from tests.cluster.history import Kind, Operation, read, violations, write
from tests.crash.boundaries import listen
from tests.crash.forking import die

LEASE = 0.3
"""Seconds."""
THREADS = 2
MESSAGES = 60
SECONDS = 60.0
_server = multiprocessing.get_context("forkserver")


class Claimer:
    """One thread's life on the message database."""

    def __init__(self, store: SqlMessageStore, log: Path, seed: str) -> None:
        self._store = store
        self._log = log
        self._random = random.Random(seed)

    def run(self) -> None:
        """Go on until nothing is left for longer than any lease."""
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < 2 * LEASE:
            try:
                if self._turn():
                    idle_since = time.monotonic()
                else:
                    time.sleep(0.02)
            except Unavailable:
                idle_since = time.monotonic()

    def _turn(self) -> bool:
        begun = time.monotonic()
        claimed = self._store.claim(self._random.randint(1, 6), timedelta(seconds=LEASE))
        self._note("claim", claimed, begun)
        if not claimed:
            return False
        # At once, within the lease, just about its end, or long after it.
        time.sleep(LEASE * self._random.choice((0, 0, 0.5, 0.98, 1.3)))
        if self._random.random() < 0.3:
            begun = time.monotonic()
            self._store.renew(claimed, timedelta(seconds=LEASE))
            self._note("renew", claimed, begun)
            time.sleep(LEASE * self._random.choice((0, 0.5, 1.0)))
        if self._random.random() < 0.8:
            self._settle(claimed)
        return True

    def _settle(self, claimed: Sequence[ClaimedMessage]) -> None:
        begun = time.monotonic()
        self._note("settling", claimed, begun, begun)
        done = self._store.settle([Processed(message, message.claim_id.encode()) for message in claimed])
        for kind, ok in (("processed", True), ("refused", False)):
            self._note(kind, [message for message, applied in zip(claimed, done, strict=True) if applied is ok], begun)  # type: ignore[arg-type]

    def _note(self, kind: Kind, claimed: Iterable[ClaimedMessage], begun: float, ended: float | None = None) -> None:
        now = time.monotonic() if ended is None else ended
        write(self._log, [Operation(kind, message.message_id, message.claim_id, begun, now) for message in claimed])


def claim_and_die(url: str, log: Path, seed: str, boundary: int | None) -> None:
    """A process of several claimers; it dies at the boundary of that number, if it gets there."""
    if boundary is not None:
        left = iter(range(boundary - 1, -1, -1))
        listen(lambda _: die() if next(left, None) == 0 else None)
    engine = open_engine(DatabaseSettings(url=url, prefill=False))
    store = SqlMessageStore(engine)
    claimers = [Claimer(store, log.with_suffix(f".{number}"), f"{seed} {number}") for number in range(THREADS)]
    threads = [threading.Thread(target=claimer.run) for claimer in claimers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


def put_messages(store: SqlMessageStore) -> list[str]:
    """Messages that wait; their ids."""
    ids = [f"message-{number}" for number in range(MESSAGES)]
    for message_id in ids:
        store.put(NewMessage(message_id, b"request"))
    return ids


def answers(store: SqlMessageStore, ids: Iterable[str]) -> Mapping[str, str]:
    """Which claim answered each message; empty for none."""
    rows = {message_id: store.fetch(MessageType.API, message_id) for message_id in ids}
    processed = MessageStatus.PROCESSED
    return {
        message_id: row.content.decode() if row and row.status is processed else "" for message_id, row in rows.items()
    }


def contend(urls: Sequence[str], directory: Path, seed: str) -> list[str]:
    """Let claimers contend for messages until all are processed; what must not have happened.

    Args:
        urls: of one message database, with the current schema; one process for each, started again where it dies.
    """
    engine = open_engine(DatabaseSettings(url=urls[0], prefill=False))
    store, chance = SqlMessageStore(engine), random.Random(seed)
    ids = put_messages(store)
    running: dict[int, multiprocessing.process.BaseProcess] = {}
    deadline, number = time.monotonic() + SECONDS, 0
    while running or not all(answers(store, ids).values()):
        assert time.monotonic() < deadline, answers(store, ids)
        for place, url in enumerate(urls):
            if place in running and running[place].is_alive():
                continue
            ended = running.pop(place, None)
            assert ended is None or ended.exitcode in (0, -9)
            if not all(answers(store, ids).values()):
                number += 1
                boundary = chance.choice((None, chance.randint(1, 60)))
                running[place] = _started(url, directory / f"log{number}", f"{seed} {number}", boundary)
        for process in list(running.values())[:1]:
            process.join(0.1)
    found = list(violations(read(directory.glob("log*")), LEASE, answers(store, ids)))
    engine.dispose()
    return found


def _started(*arguments: object) -> multiprocessing.process.BaseProcess:
    process = _server.Process(target=claim_and_die, args=arguments)
    process.start()
    return process
