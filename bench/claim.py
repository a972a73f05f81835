"""What the message database costs: claim + write-back per second, beside other queues' too, and whether idle polls and
claims stay flat.

Run `python -m bench.claim` from the project's root; `--help` lists the options. Servers are private instances with
their commits on the disk. A cost is the lower quartile of many; what counts are ratios of two costs of the same run.
The goals stand in docs/performance.md.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import Engine, text

from lockgate.queue.message import MessageStatus, Processed, WaitAgain
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.support.databases.servers import DATABASES, MariadbServer, PostgresqlServer

WARM_UP = 5
LEASE = timedelta(minutes=5)
IDLE_GOAL, CLAIM_GOAL = 1.5, 2.0
PEER_GOALS = {"procrastinate": 6.0, "pgqueuer": 2.0}
PEER_TURNS = 3
SERIES = {
    "sqlite": "with recursive series(n) as (select 1 union all select n + 1 from series where n < :count)",
    "postgresql": "with series(n) as (select generate_series(1, cast(:count as integer)))",
    "mariadb": "with series(n) as (select seq from seq_1_to_{count})",
}
"""Each database's way to count."""
PAGE_INDEXES = (
    "create index message_idx1 on message (status)",
    "create index message_idx2 on message (messageId)",
)
ANALYZE = {"sqlite": "analyze", "postgresql": "vacuum analyze message", "mariadb": "analyze table message"}


@dataclass(frozen=True)
class Scale:
    """How much to measure.

    Attributes:
        processed: processed rows, of each database that has some; the last one gets a backlog too.
        waiting, few: waiting rows.
        size: octets a message in a throughput run.
        cost_size: octets a message where costs are measured; small, because loading them takes the time.
        page_indexes: add the indexes that the field's documentation recommends, which must do no harm.
        turns: measurements of each cost.
        messages: how many a throughput run works off.
    """

    processed: list[int]
    waiting: int
    few: int
    size: int
    cost_size: int
    page_indexes: bool
    turns: int
    messages: int


@contextmanager
def fresh_urls(name: str, *, durable: bool = True) -> Iterator[Callable[[], str]]:
    """Makes URLs of new databases of that kind."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
            yield lambda: f"sqlite:///{directory}/{len(list(Path(directory).iterdir()))}.db"
        return
    server = {"postgresql": PostgresqlServer, "mariadb": MariadbServer}[name](durable=durable)
    try:
        yield server.fresh_url
    finally:
        server.stop()


@contextmanager
def engine_for(url: str) -> Iterator[Engine]:
    """An engine on a database that is brought up to date."""
    engine = open_engine(DatabaseSettings(url=url, pool_min=1))
    upgrade(engine, MESSAGES)
    try:
        yield engine
    finally:
        engine.dispose()


def load(engine: Engine, kind: str, count: int, status: MessageStatus, size: int) -> None:
    """Add `count` rows of random content in one statement, due one millisecond after another where they wait."""
    name = engine.dialect.name
    due = "n" if status is MessageStatus.WAITING else "null"
    as_text = {"mariadb": "concat(:kind, n)"}.get(name, "cast(:kind as varchar) || n")
    statement = (
        "insert into message (messageid, type, status, createtime, modifytime, duetime, generation, attempts,"
        f" requestdigest, message) {{with_series}} select {as_text}, 1, :status, n, n, {due}, 1, 0, :digest, :content"
        " from series"
    )
    series = SERIES[name].format(count=count)
    if name == "sqlite":
        statement = f"{series} " + statement.replace("{with_series}", "")
    else:
        statement = statement.replace("{with_series}", series)
    parameters = {"kind": kind, "status": int(status), "digest": bytes(32), "content": os.urandom(size)}
    with engine.begin() as connection:
        connection.execute(text(statement), parameters | ({} if name == "mariadb" else {"count": count}))
    run(engine, ANALYZE[name])


def run(engine: Engine, statement: str) -> None:
    """Run one statement outside a transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


def quartiles(turns: int, *works: Callable[[], float]) -> list[float]:
    """The lower quartile of what each of `works` measures, in turns: a busy machine troubles all alike, and little."""
    times = [[work() for work in works] for _ in range(turns + WARM_UP)]
    return [statistics.quantiles(column, n=4)[0] for column in zip(*times[WARM_UP:], strict=True)]


def timed_claim(store: SqlMessageStore) -> float:
    """Milliseconds of one claim of 20; what it takes is given back afterwards."""
    start = time.perf_counter()
    claimed = store.claim(20, LEASE)
    elapsed = (time.perf_counter() - start) * 1000
    store.settle([WaitAgain(message, timedelta()) for message in claimed])
    return elapsed


def measure_costs(urls: Callable[[], str], scale: Scale) -> None:
    """Idle polls and claims, beside few rows and beside many."""
    with ExitStack() as stack:
        small, backlog, *full = (stack.enter_context(engine_for(urls())) for _ in range(2 + len(scale.processed)))
        for engine in (small, backlog, *full) if scale.page_indexes else ():
            for statement in PAGE_INDEXES:
                run(engine, statement)
        claims = [partial(timed_claim, SqlMessageStore(engine)) for engine in (small, backlog, *full)]
        for engine, count in zip(full, scale.processed, strict=True):
            load(engine, "processed", count, MessageStatus.PROCESSED, scale.cost_size)
        none, _, *costs = quartiles(scale.turns, *claims)
        for count, cost in zip(scale.processed, costs, strict=True):
            show("idle poll", f"{count:,} processed", cost, "none", none, IDLE_GOAL)
        for engine in (small, backlog, *full):
            count = scale.waiting if engine is backlog else scale.few
            load(engine, "waiting", count, MessageStatus.WAITING, scale.cost_size)
        few, many, *costs = quartiles(scale.turns, *claims)
        for count, cost in zip(scale.processed, costs, strict=True):
            show("claim(20)", f"{count:,} processed", cost, "none", few, CLAIM_GOAL)
        show("claim(20)", f"{scale.waiting:,} waiting", many, f"{scale.few:,} waiting", few, CLAIM_GOAL)
        load(full[-1], "more", scale.waiting, MessageStatus.WAITING, scale.cost_size)
        few, *_, both = quartiles(scale.turns, *claims)
        show("claim(20)", "both", both, "neither", few, CLAIM_GOAL)


def show(what: str, much: str, cost: float, little: str, base: float, goal: float) -> None:
    verdict = "reached" if cost / base <= goal else "MISSED"
    print(f"  {what}: {much} {cost:.2f} ms; {little} {base:.2f} ms; ratio {cost / base:.2f} (goal {goal}: {verdict})")


def work_off(url: str, batch: int, start: Barrier, size: int) -> None:
    """One process: claim and write back until nothing is left."""
    engine = open_engine(DatabaseSettings(url=url, pool_min=1))
    store, answer = SqlMessageStore(engine), os.urandom(size)
    store.claim(0, LEASE)
    start.wait()
    while claimed := store.claim(batch, LEASE):
        store.settle([Processed(message, answer) for message in claimed])
    start.wait()
    engine.dispose()


def throughput(urls: Callable[[], str], batch: int, processes: int, scale: Scale) -> float:
    """Messages per second that `processes` claim and write back together."""
    url, context = urls(), multiprocessing.get_context("spawn")
    count = scale.messages if batch > 1 else scale.messages // 5
    with engine_for(url) as engine:
        load(engine, "id", count, MessageStatus.WAITING, scale.size)
    start = context.Barrier(processes + 1)
    workers = [context.Process(target=work_off, args=(url, batch, start, scale.size)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    start.wait()
    begun = time.perf_counter()
    start.wait()
    elapsed = time.perf_counter() - begun
    for worker in workers:
        worker.join()
    with engine_for(url) as engine, engine.connect() as connection:
        done = connection.execute(text("select count(*) from message where status = 3")).scalar_one()
    if done != count:
        raise RuntimeError(f"{count - done} of {count} messages were left")
    return count / elapsed


def bare_commits(urls: Callable[[], str], scale: Scale) -> float:
    """Transactions per second that change one small row: claim and write-back are two transactions."""
    with engine_for(urls()) as engine:
        load(engine, "id", 1, MessageStatus.WAITING, 16)
        begun = time.perf_counter()
        for _ in range(scale.messages // 20):
            with engine.begin() as connection:
                connection.execute(text("update message set attempts = attempts + 1"))
        return scale.messages // 20 / (time.perf_counter() - begun)


def measure_throughput(urls: Callable[[], str], scale: Scale) -> None:
    """Claim + write-back per second, message by message and in batches, in one process and in two."""
    floor = bare_commits(urls, scale) / 2
    print(f"  bare pairs of commits: {floor:,.0f} per second")
    for batch in (1, 20, 100):
        one, two = (throughput(urls, batch, processes, scale) for processes in (1, 2))
        share = one / batch / floor
        speed = f"{one:,.0f} messages/s, {share:.0%} of bare commits; two processes {two:,.0f} ({two / one:.2f} times)"
        print(f"  claim + write-back, batch {batch}: {speed}")


def measure_peers(urls: Callable[[], str], scale: Scale) -> None:
    """Claim + write-back of one worker beside one worker of other queues that store results; medians, in turns."""
    try:
        from bench import peers
    except ImportError as missing:
        print(f"  beside other queues: not measured, {missing.name} is missing (pip install --group bench)")
        return
    own = partial(throughput, batch=peers.BATCH, processes=1, scale=scale)
    fewer = scale.messages // 10
    rates: dict[str, list[float]] = {name: [] for name in ("lockgate", *PEER_GOALS)}
    for _ in range(PEER_TURNS):
        rates["lockgate"].append(own(urls))
        rates["pgqueuer"].append(peers.pgqueuer_rate(urls(), fewer, scale.size))
        rates["procrastinate"].append(peers.procrastinate_rate(urls(), fewer, scale.size))
    reached = {name: statistics.median(rate) for name, rate in rates.items()}
    print(f"  claim + write-back, batch {peers.BATCH}, one process: {reached['lockgate']:,.0f} messages/s")
    for name, goal in PEER_GOALS.items():
        ratio = reached["lockgate"] / reached[name]
        verdict = "reached" if ratio >= goal else "MISSED"
        print(f"  {name}, storing results: {reached[name]:,.0f} jobs/s; ratio {ratio:.1f} (goal {goal:g}: {verdict})")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.claim", description=" ".join(__doc__.split("\n\n")[0].split())
    )
    parser.add_argument("databases", nargs="*", choices=[*DATABASES, []], help="all of them, if none is named")
    parser.add_argument("--processed", type=int, nargs="+", default=[100_000, 1_000_000], help="processed rows")
    parser.add_argument("--waiting", type=int, default=100_000, help="waiting rows")
    parser.add_argument("--few", type=int, default=1_000, help="waiting rows to compare with")
    parser.add_argument("--size", type=int, default=4096, help="octets a message")
    parser.add_argument("--cost-size", type=int, default=512, help="octets a message where costs are measured")
    parser.add_argument("--page-indexes", action="store_true", help="with the documentation's own two indexes")
    parser.add_argument(
        "--volatile", action="store_true", help="servers do not wait for the disk: the statements alone"
    )
    parser.add_argument("--turns", type=int, default=50, help="measurements of each cost")
    parser.add_argument("--messages", type=int, default=10_000, help="messages in a throughput run")
    parser.add_argument("--only", choices=["throughput", "costs", "peers"], help="measure only these")
    given = parser.parse_args()
    scale = Scale(**{name: value for name, value in vars(given).items() if name in Scale.__dataclass_fields__})
    for name in given.databases or DATABASES:
        print(name)
        with fresh_urls(name, durable=not given.volatile) as urls:
            if given.only in (None, "throughput"):
                measure_throughput(urls, scale)
            if given.only in (None, "peers") and name == "postgresql":
                measure_peers(urls, scale)
            if given.only in (None, "costs"):
                measure_costs(urls, scale)


if __name__ == "__main__":
    main()
