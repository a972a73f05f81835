"""The command `lockgate worker` as operators run it: two processes beside one, memory, processor time to start.

Run `python -m bench.processes` from the project's root; `--help` lists the options. Both databases are on a private
PostgreSQL with its commits on the disk. A rate is counted from the rows themselves: how many messages were written
back in the middle of a run, by the database's clock.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from bench.site import new_pkcs10, urls
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment, create
from lockgate_persistence.engines import DatabaseSettings, open_engine

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
WORKERS = ("main", "second")
RATIO_GOAL, MEMORY_GOAL, DRIFT_GOAL, START_GOAL = 1.8, 75.0, 5.0, 0.5
WARM, MIDDLE = 0.1, (0.2, 0.8)
"""The share of a run after which memory counts as settled, and between which the rate is taken."""
PATIENCE = 60.0
"""Seconds without a message written back after which a run has failed."""


@dataclass(frozen=True)
class Memory:
    """A worker process's memory in MB: once it had warmed up, at the end, and at most."""

    warm: float
    end: float
    most: float


class Zones:
    """A deployment with two workers on one data source."""

    def __init__(self, directory: Path, message_url: str, ca_url: str) -> None:
        self._deployment: Deployment = create(directory, message_url, ca_url)
        self._engine: Engine = open_engine(DatabaseSettings(url=message_url, pool_min=1))
        self._pkcs10 = new_pkcs10(2048)
        config = self._deployment.ca_config
        lines = config.read_text()
        second = lines[lines.index("[workers.main]") :].replace("[workers.main]", "[workers.second]")
        config.write_text(f"{lines}\n{second}")

    def send(self, count: int) -> None:
        """Let `count` messages wait, signed and encrypted, one request each."""
        with connect(self._deployment.ra_config) as client:
            for _ in range(count):
                client.send([self._request()])

    def _request(self) -> PKCS10Request:
        username = f"user-{os.urandom(8).hex()}"
        return PKCS10Request(
            request_id=1,
            username=username,
            subject_dn=f"CN={username},O=Example,C=SE",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name="ManagementCA",
            pkcs10=self._pkcs10,
        )

    def command(self, *arguments: str) -> list[str]:
        """`lockgate worker` on the CA host."""
        return [LOCKGATE, "--config", str(self._deployment.ca_config), "worker", *arguments]

    def last(self) -> int:
        """The newest row."""
        return self._number("select coalesce(max(uniqueid), 0) from message")

    def left(self) -> int:
        """Messages that wait or are in process."""
        return self._number("select count(*) from message where status in (1, 2)")

    def _number(self, query: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def rate(self, after: int) -> float:
        """Messages per second written back in the middle of the run that began after the row `after`."""
        query = text(
            "select modifytime, count(*) from message where uniqueid > :after and status = 3"
            " group by modifytime order by modifytime"
        )
        with self._engine.connect() as connection:
            batches = connection.execute(query, {"after": after}).all()
        first, last = (round(share * (len(batches) - 1)) for share in MIDDLE)
        written = sum(count for _, count in batches[first + 1 : last + 1])
        return float(written / (batches[last][0] - batches[first][0]) * 1000)


@contextmanager
def running(zones: Zones, names: Sequence[str]) -> Iterator[list[int]]:
    """The workers' process ids; on leaving they are asked to end, and must end well."""
    with tempfile.TemporaryFile() as log:
        processes = [subprocess.Popen(zones.command("--name", name), stderr=log, stdout=log) for name in names]
        try:
            yield [process.pid for process in processes]
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            codes = [process.wait(timeout=PATIENCE) for process in processes]
            log.seek(0)
            said = log.read().decode()[-2000:]
        if any(codes):
            raise RuntimeError(said)


def megabytes(pid: int, field: str) -> float:
    """`VmRSS` or `VmHWM` of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


def work_off(zones: Zones, names: Sequence[str], messages: int) -> tuple[float, Memory]:
    """Messages per second of these workers together, and the first one's memory."""
    after, warm = zones.last(), 0.0
    zones.send(messages)
    with running(zones, names) as (pid, *_):
        left, deadline = messages, time.monotonic() + PATIENCE
        while left:
            time.sleep(0.2)
            now_left = zones.left()
            deadline = time.monotonic() + PATIENCE if now_left < left else deadline
            left = now_left
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing was written back for {PATIENCE} s; {left} of {messages} messages are left")
            if not warm and left <= messages * (1 - WARM):
                warm = megabytes(pid, "VmRSS")
        memory = Memory(warm, megabytes(pid, "VmRSS"), megabytes(pid, "VmHWM"))
    return zones.rate(after), memory


def start_cost(zones: Zones, turns: int) -> float:
    """Seconds of processor time from the command to the first look at the empty message database, and its end."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(zones.command("--once", "--name", WORKERS[0]), check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(turns))


def show(what: str, value: str, goal: str, *, reached: bool) -> None:
    """One line."""
    print(f"{what:<42} {value} (goal {goal}: {'reached' if reached else 'MISSED'})", flush=True)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=4000, help="messages a run (default %(default)s)")
    parser.add_argument("--turns", type=int, default=3, help="runs of which the best counts (default %(default)s)")
    parser.add_argument("--drift", type=int, default=4000, help="messages of the run whose memory counts")
    options = parser.parse_args()
    with urls("postgresql") as fresh, tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        zones = Zones(Path(directory) / "deployment", fresh(), fresh())
        start = start_cost(zones, 5)
        show("start, processor time", f"{start:.2f} s", f"{START_GOAL} s", reached=start <= START_GOAL)
        rates = [[work_off(zones, names, options.messages)[0] for names in (WORKERS[:1], WORKERS)]
                 for _ in range(options.turns)]  # fmt: skip
        one, two = (max(column) for column in zip(*rates, strict=True))
        show(
            "two workers beside one",
            f"{two:,.0f} and {one:,.0f} messages/s, ratio {two / one:.2f}",
            f"{RATIO_GOAL}",
            reached=two / one >= RATIO_GOAL,
        )
        _, memory = work_off(zones, WORKERS[:1], options.drift)
        show(
            "worker's memory",
            f"{memory.end:.1f} MB, {memory.most:.1f} MB while it started",
            f"{MEMORY_GOAL} MB",
            reached=memory.end < MEMORY_GOAL,
        )
        drift = memory.end - memory.warm
        show(
            f"its drift over {options.drift:,} messages",
            f"{drift:+.1f} MB",
            f"{DRIFT_GOAL} MB",
            reached=drift < DRIFT_GOAL,
        )


if __name__ == "__main__":
    main()
