"""The processor time of a CMP enrolment (ir and certConf) in each process: clients, proxy, worker, and PostgreSQL, and
the same for clients that reach the service directly.

Run `python -m bench.cmp_costs` from the project's root; `--help` lists the options. Time on the clock counts for
nothing here, so that other load on the machine changes little. Versions are compared by runs in turns.
"""

import argparse
import time
from collections.abc import Mapping

from bench.cmp import PROTECTIONS, Running, enrol_all, site_and_server
from bench.process_costs import processor_time, processor_time_with_children
from tests.protocol.cmp_site import DIRECT, PROXIED
from tests.support.databases.servers import PostgresqlServer


def main() -> None:
    options = argparse.ArgumentParser(description="The processor time of a CMP enrolment, by process.")
    options.add_argument("--clients", type=int, default=16, help="concurrent clients")
    options.add_argument("--enrolments", type=int, default=400, help="for each way to the service")
    options.add_argument("--protection", choices=list(PROTECTIONS), default="PBMAC1")
    chosen = options.parse_args()
    with site_and_server() as (site, server):
        for endpoint in (DIRECT, PROXIED):
            enrol_all(site, chosen.protection, site.urls[endpoint], 2, 20)  # connections, caches
            before = times(site, server)
            _, taken = enrol_all(site, chosen.protection, site.urls[endpoint], chosen.clients, chosen.enrolments)
            spent = {name: seconds - before[name] for name, seconds in times(site, server).items()}
            print(f"{endpoint}, {chosen.clients} clients, {chosen.protection}: ms of processor time an enrolment")
            for name, seconds in [*spent.items(), ("all", sum(spent.values()))]:
                print(f"    {name:10} {seconds / len(taken) * 1000:6.2f}")


def times(running: Running, server: PostgresqlServer) -> Mapping[str, float]:
    """Seconds of processor time until now, by process; the clients are this one."""
    own = {name: processor_time(process.pid) for name, process in running.site.processes.items()}
    return {"clients": time.process_time(), **own, "PostgreSQL": processor_time_with_children(server.process_id)}


if __name__ == "__main__":
    main()
