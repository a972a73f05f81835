"""Other queues on PostgreSQL, at what the message database does: take 4 KB up, do nothing, store 4 KB as the result.

Neither stores results by itself, so each job inserts its own, over one of many connections, so that commits share the
disk. pgqueuer runs on asyncpg: its psycopg driver lets queries wait for a second while it listens. Installed by
`pip install --group bench`. Rates are from the first job's start to the last one's end; what a queue writes after
that is not counted against it.
"""

import asyncio
import base64
import os
import time
from dataclasses import dataclass, field

import asyncpg
import procrastinate
import psycopg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

RESULTS = "create table result (id bigint primary key, answer bytea not null)"
AT_ONCE = 20
"""Connections, and jobs that procrastinate runs at a time."""
BATCH = 100


@dataclass
class Stamps:
    """When jobs began and ended."""

    times: list[float] = field(default_factory=list)

    def stamp(self) -> None:
        self.times.append(time.perf_counter())

    def rate(self, count: int) -> float:
        """Jobs per second.

        Raises:
            RuntimeError: some were left.
        """
        if len(self.times) != 2 * count:
            raise RuntimeError(f"{count - len(self.times) // 2} of {count} jobs were left")
        return count / (self.times[-1] - self.times[0])


def _plain(url: str) -> str:
    """The URL as the driver itself reads it, with the results' table made."""
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(RESULTS)
    return plain


async def _procrastinate(url: str, count: int, size: int) -> float:
    stamps, answer = Stamps(), os.urandom(size)
    connector = procrastinate.PsycopgConnector(conninfo=_plain(url), min_size=AT_ONCE, max_size=AT_ONCE)
    app = procrastinate.App(connector=connector)

    async def job(context: procrastinate.JobContext, content: str) -> None:  # noqa: ARG001  (named)
        stamps.stamp()
        await app.connector.execute_query_async(
            "insert into result values (%(id)s, %(answer)s)", id=context.job.id, answer=answer
        )
        stamps.stamp()

    task = app.task(pass_context=True)(job)  # called, not used as decorators: then types are the same without them
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        content = base64.b64encode(os.urandom(size * 3 // 4)).decode()  # its payloads are JSON
        await task.batch_defer_async(*({"content": content} for _ in range(count)))
        await app.run_worker_async(wait=False, concurrency=AT_ONCE, listen_notify=False, install_signal_handlers=False)
    return stamps.rate(count)


async def _pgqueuer(url: str, count: int, size: int) -> float:
    stamps, answer = Stamps(), os.urandom(size)
    async with asyncpg.create_pool(_plain(url), min_size=AT_ONCE, max_size=AT_ONCE) as pool:
        driver = AsyncpgPoolDriver(pool)
        queue, queries = PgQueuer(driver), Queries(driver)
        await queries.install()

        async def job(job: Job) -> None:
            stamps.stamp()
            await pool.execute("insert into result values ($1, $2)", int(job.id), answer)
            stamps.stamp()

        queue.entrypoint("job")(job)
        content = os.urandom(size)
        await queries.enqueue(["job"] * count, [content] * count, [0] * count)
        await queue.run(batch_size=BATCH, mode=QueueExecutionMode.drain)
    return stamps.rate(count)


def procrastinate_rate(url: str, count: int, size: int) -> float:
    """Jobs per second of one procrastinate worker on the empty database `url`; contents and results of `size`."""
    return asyncio.run(_procrastinate(url, count, size))


def pgqueuer_rate(url: str, count: int, size: int) -> float:
    """The same of one pgqueuer."""
    return asyncio.run(_pgqueuer(url, count, size))
