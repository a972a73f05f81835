"""The processor time of a CMP enrolment (ir and certConf) in each process: clients, proxy, worker, and PostgreSQL, and
the same for clients that reach the service directly.

Run `python -m bench.cmp_costs` from the project's root; `--help` lists the options. Time on the clock counts for
nothing here, so that other load on the machine changes little. Versions are compared by runs in turns.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.cmp import PROTECTIONS, Running, enrol_all, running
from lockgate_app.logs import configure_logs
from tests.protocol.cmp_site import DIRECT, PROXIED
from tests.support.databases.servers import PostgresqlServer

TICK = os.sysconf("SC_CLK_TCK")
"""Of the kernel's counts in a second."""
USER, SYSTEM, USER_OF_ENDED, SYSTEM_OF_ENDED = 11, 12, 13, 14
"""The places of a process's times behind its name in /proc/PID/stat (proc(5)), its ended children's included."""
PARENT = 1


def main() -> None:
    options = argparse.ArgumentParser(description="The processor time of a CMP enrolment, by process.")
    options.add_argument("--clients", type=int, default=16, help="concurrent clients")
    options.add_argument("--enrolments", type=int, default=400, help="for each way to the service")
    options.add_argument("--protection", choices=list(PROTECTIONS), default="PBMAC1")
    chosen = options.parse_args()
    configure_logs()
    server = PostgresqlServer(durable=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory,
            running(server, Path(directory)) as site,
        ):
            for endpoint in (DIRECT, PROXIED):
                enrol_all(site, chosen.protection, site.urls[endpoint], 2, 20)  # connections, caches
                before = times(site, server)
                _, taken = enrol_all(site, chosen.protection, site.urls[endpoint], chosen.clients, chosen.enrolments)
                spent = {name: seconds - before[name] for name, seconds in times(site, server).items()}
                print(f"{endpoint}, {chosen.clients} clients, {chosen.protection}: ms of processor time an enrolment")
                for name, seconds in [*spent.items(), ("all", sum(spent.values()))]:
                    print(f"    {name:10} {seconds / len(taken) * 1000:6.2f}")
    finally:
        server.stop()


def times(running: Running, server: PostgresqlServer) -> Mapping[str, float]:
    """Seconds of processor time until now, by process; the clients are this one."""
    own = {name: _own(process.pid) for name, process in running.site.processes.items()}
    return {"clients": time.process_time(), **own, "PostgreSQL": _with_children(server.process_id)}


def _own(pid: int) -> float:
    figures = _figures(pid)
    return (figures[USER] + figures[SYSTEM]) / TICK


def _with_children(pid: int) -> float:
    figures = _figures(pid)
    ended = (figures[USER_OF_ENDED] + figures[SYSTEM_OF_ENDED]) / TICK
    return _own(pid) + ended + sum(_own(child) for child in _children(pid))


def _children(pid: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _figures(int(entry.name))[PARENT] == pid:
            yield int(entry.name)


def _figures(pid: int) -> list[int]:
    """The numbers behind a process's name and state; nothing but zeros for one that has ended."""
    try:
        _, _, behind = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except FileNotFoundError:
        return [0] * (SYSTEM_OF_ENDED + 1)
    return [0, *map(int, behind.split()[1:])]


if __name__ == "__main__":
    main()
