"""What `lockgate serve` costs for each worker: memory of 20 workers on 20 SQLite data sources, and a further start.

A process's own memory is what a further worker takes (USS); its share is its PSS, in which a page that several
processes share counts for each by its part. A start ends when the worker has opened its keystore and its databases and
has found everything sound; it is that of a worker that was killed, beside the others, which have nothing to do. Its
processor time tells more than the clock where other work runs on the machine.

.venv/bin/python -m bench.serving
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench.process_costs import OWN, SHARE, memory, processor_time
from bench.site import new_pkcs10
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.databases import upgrade_messages
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment, create
from lockgate_app.settings import load_ca

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
MEMORY_GOAL, START_GOAL = 15.0, 50
PATIENCE = timedelta(seconds=120)
STARTS = 9


def deployment(directory: Path, workers: int) -> Deployment:
    """One with so many workers, each on a data source of its own, with the same keystore in a file of its own."""
    made = create(directory / "deployment")
    text = made.ca_config.read_text()
    worker = text[text.index("[workers.main]") :]
    for number in range(2, workers + 1):
        own = worker.replace("[workers.main]", f"[workers.w{number}]").replace("RAMessage1DS", f"Source{number}")
        shutil.copy(made.ca / "worker.p12", made.ca / f"w{number}.p12")
        own = own.replace("worker.p12", f"w{number}.p12")
        text += f'[data_sources.Source{number}]\nurl = "sqlite:///../messages/{number}.db"\n{own}'
    made.ca_config.write_text(text)
    for name, table in load_ca(made.ca_config).data_sources.items():
        upgrade_messages(table, name)
    return made


def answered(made: Deployment, workers: int) -> None:
    """One request through each worker."""
    text, pkcs10 = made.ra_config.read_text(), new_pkcs10(2048)
    for number in range(1, workers + 1):
        config = made.ra / f"{number}.toml"
        other = text.replace("messages.db", f"{number}.db").replace("RAMessage1DS", f"Source{number}")
        config.write_text(text if number == 1 else other)
        request = PKCS10Request(
            request_id=1, username=f"user{number}", subject_dn=f"CN=user{number}", ca_name="ManagementCA",
            end_entity_profile="EMPTY", certificate_profile="ENDUSER", pkcs10=pkcs10,
        )  # fmt: skip
        with connect(config) as ra:
            (response,) = ra.wait(ra.send([request]), PATIENCE)
        assert response.success


class Served:
    """`lockgate serve`, and what it has said of starts."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._pid = process.pid
        self.starts: list[float] = []
        threading.Thread(target=self._read, args=(process.stderr,), daemon=True).start()

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            said = json.loads(line)
            if said["event"] == "process prepared":
                self.starts.append(said["seconds"])

    @property
    def server(self) -> int:
        """The process that the workers are forked from."""
        return next(pid for pid in children(self._pid) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes())

    def await_starts(self, count: int) -> None:
        """Wait until so many processes have started."""
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while len(self.starts) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@contextmanager
def served(made: Deployment) -> Iterator[Served]:
    """`lockgate serve` on the CA host."""
    command = [LOCKGATE, "--config", str(made.ca_config), "serve", "--verbose"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process)
        finally:
            process.terminate()
            process.wait()


def children(pid: int) -> list[int]:
    """Its child processes."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def show_memory(what: str, serving: Served) -> None:
    """The workers' memory, and the share of the server which they are forked from."""
    pids = children(serving.server)
    own, share = (statistics.mean(memory(pid, kinds) for pid in pids) for kinds in (OWN, SHARE))
    print(f"{what:36} {own:.1f} MB a worker's own (goal {MEMORY_GOAL} MB), {share:.1f} MB its share,"
          f" {memory(serving.server, SHARE):.1f} MB their server's, {len(pids)} workers", flush=True)  # fmt: skip


def further_starts(serving: Served) -> list[tuple[float, float]]:
    """Milliseconds, and milliseconds of processor time, of starts of one worker beside the others."""
    times = []
    for pid in children(serving.server)[:STARTS]:
        others, count = set(children(serving.server)), len(serving.starts)
        os.kill(pid, signal.SIGKILL)
        serving.await_starts(count + 1)
        (started,) = set(children(serving.server)) - others
        times.append((serving.starts[-1] * 1000, processor_time(started) * 1000))
    return times


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        made = deployment(Path(directory), options.workers)
        with served(made) as serving:
            serving.await_starts(options.workers)
            time.sleep(2)
            show_memory("memory, idle", serving)
            answered(made, options.workers)
            show_memory("memory, each has answered a request", serving)
            for name, times in zip(("", ", processor time"), zip(*further_starts(serving), strict=True), strict=True):
                print(f"{'start of a further worker' + name:41} {statistics.median(times):.0f} ms,"
                      f" {min(times):.0f} to {max(times):.0f} (goal {START_GOAL} ms)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
