"""How long an answer takes: from putting a message to reading what was written back, with each kind of wake-up.

Run `python -m bench.latency` from the project's root; `--help` lists the options. A worker in a process of its own
answers each message at once, without a CA: what is measured is the waiting. Requests come at random times, the same for
every kind. Servers are private instances with their commits on the disk. What counts are ratios within one run.
"""

import argparse
import logging
import multiprocessing
import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from multiprocessing.synchronize import Event

from sqlalchemy import Engine

from bench.claim import engine_for, fresh_urls
from lockgate.line.worker import RoundReport
from lockgate.ports import Fence, Sleep, WakeUp
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.container.ra import CLIENT_FLOOR
from lockgate_app.container.worker import WORKER_FLOOR
from lockgate_app.logs import configure_logs
from lockgate_app.workers.service import Service, Timetable
from lockgate_app.workers.stops import EventRest
from lockgate_persistence.dialects import dialect_of
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from lockgate_transport.host.clock import HostClock
from tests.support.databases.servers import DATABASES

CLIENT_INTERVAL = 1.0
LEASE = timedelta(seconds=60)


class Kind(StrEnum):
    """What ends a pause."""

    LISTENING = "LISTEN/NOTIFY"
    ADAPTIVE = "adaptive polling"
    PLAIN = "plain interval"


@dataclass(frozen=True)
class Pattern:
    """What is measured.

    Attributes:
        requests: how many; gap: seconds between two of them on average; period: the worker's, in seconds.
    """

    requests: int
    gap: float
    period: float


def waker(kind: Kind, engine: Engine, channel: Channel, bounds: PollingBounds, sleep: Sleep) -> WakeUp:
    """A wake-up of that kind."""
    if kind is Kind.LISTENING:
        return wake_up(engine, channel, bounds, sleep, time.monotonic)
    floor = bounds.floor if kind is Kind.ADAPTIVE else bounds.ceiling
    return Polling(PollingBounds(floor, bounds.ceiling), sleep, time.monotonic)


def work(url: str, kind: Kind, period: float, started: Event) -> None:
    """The worker's process: answer whatever comes until SIGTERM."""
    configure_logs(logging.WARNING)
    engine, rest = open_engine(DatabaseSettings(url=url, pool_min=1)), EventRest()
    signal.signal(signal.SIGTERM, lambda *_: rest.stop())
    store, answer, coordinator = SqlMessageStore(engine), os.urandom(4096), MemoryCoordinator()

    def round_(_: Fence) -> RoundReport:
        claimed = store.claim(100, LEASE)
        settled = store.settle([Processed(message, answer) for message in claimed])
        started.set()
        return RoundReport(len(claimed), sum(settled))

    timetable = Timetable(timedelta(seconds=period), LEASE)
    waking = waker(kind, engine, Channel.REQUEST, PollingBounds(WORKER_FLOOR, period), rest.rest)
    Service("bench", "bench", lambda: coordinator, lambda: round_, timetable, rest, waking).run()
    engine.dispose()


def ask(engine: Engine, kind: Kind, message_id: str) -> float:
    """Milliseconds until one answer is there; a client's own connection, as in a process of its own."""
    store = SqlMessageStore(engine)
    waking = waker(kind, engine, Channel.ANSWER, PollingBounds(CLIENT_FLOOR, CLIENT_INTERVAL), HostClock().sleep)
    begun = time.perf_counter()
    store.put(NewMessage(message_id, os.urandom(4096)))
    waking.looked(found=True)
    while (stored := store.fetch(MessageType.API, message_id)) is None or stored.status is not MessageStatus.PROCESSED:
        waking.looked(found=False)
        end = time.monotonic() + CLIENT_INTERVAL
        while (left := end - time.monotonic()) > 0 and not waking.wait(left):
            pass
    elapsed = (time.perf_counter() - begun) * 1000
    waking.close()
    return elapsed


def measure(url: str, kind: Kind, pattern: Pattern) -> list[float]:
    """Milliseconds of every request."""
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    worker = context.Process(target=work, args=(url, kind, pattern.period, started))
    worker.start()
    times: list[float] = []
    with engine_for(url) as engine:
        started.wait(60)
        source, asking = random.Random(1), []
        for number in range(pattern.requests):
            time.sleep(source.expovariate(1 / pattern.gap))
            name = f"{kind}-{number}"
            asking.append(threading.Thread(target=lambda name=name: times.append(ask(engine, kind, name))))
            asking[-1].start()
        for thread in asking:
            thread.join()
    worker.terminate()
    worker.join()
    return times


def compare(urls: Callable[[], str], pattern: Pattern) -> None:
    """Every kind that the database has."""
    medians: dict[Kind, float] = {}
    for kind in Kind:
        url = urls()
        with engine_for(url) as engine:
            if kind is Kind.LISTENING and dialect_of(engine).notifications is None:
                continue
        times = measure(url, kind, pattern)
        medians[kind], worst = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"  {kind}: p50 {medians[kind]:,.0f} ms, p95 {worst:,.0f} ms")
    for kind in (Kind.LISTENING, Kind.ADAPTIVE):
        if kind in medians:
            ratio = medians[Kind.PLAIN] / medians[kind]
            print(f"  the plain interval takes {ratio:.1f} times as long as {kind}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", choices=[*DATABASES, []], help="all of them, if none is named")
    parser.add_argument("--requests", type=int, default=40, help="with each kind of wake-up")
    parser.add_argument("--gap", type=float, default=1.0, help="seconds between two requests, on average")
    parser.add_argument("--period", type=float, default=10.0, help="the worker's, in seconds")
    given = parser.parse_args()
    pattern = Pattern(given.requests, given.gap, given.period)
    for name in given.databases or DATABASES:
        print(name)
        with fresh_urls(name) as urls:
            compare(urls, pattern)


if __name__ == "__main__":
    main()
