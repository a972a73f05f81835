"""What a process takes that is forked as a worker of `lockgate serve` is, and does a part of what a worker does at its
start: its own memory, and its processor time, the median of nine.

Each line adds to the one before it. The last process has not run a round, nor been told anything.

.venv/bin/lockgate init DIRECTORY; .venv/bin/python -m bench.serving_floor DIRECTORY/ca/lockgate.toml
"""

import importlib
import os
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench.process_costs import OWN, memory

RUNS = 9
WORKER = "main"


def forked(work: Callable[[], Any]) -> Any:
    """What `work` returns in a process that is forked from this one."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(pickle.dumps(work()))
            pipe.flush()
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    os.wait()
    return pickle.loads(content)


def cost(work: Callable[[], Any]) -> tuple[float, float]:
    """MB and milliseconds of this process, while what `work` has made exists."""
    kept = work()
    spent = time.process_time() * 1000
    own = memory(os.getpid(), OWN)
    del kept
    return own, spent


# Imports stand in functions: this process loads nothing before it loads what the server loads.


def preloaded(config: Path) -> tuple[list[str], bytes]:
    """The modules that the server of a host loads, and the settings of its worker."""
    from lockgate_app.serving.plan import whole_plan
    from lockgate_app.serving.preloading import modules
    from lockgate_app.settings import load_ca

    plan = whole_plan(load_ca(config))
    return modules(plan.values()), pickle.dumps(plan[f"worker {WORKER}"].zone)


def steps(zone: bytes) -> Mapping[str, Callable[[], Any]]:
    """What is measured; the modules are loaded."""
    from sqlalchemy import text

    from lockgate_app.container.ca import CaContainer
    from lockgate_app.container.databases import database_engine
    from lockgate_app.container.keystores import worker_keystore

    def settings() -> Any:
        return pickle.loads(zone)

    def databases() -> Any:
        found = pickle.loads(zone)
        source = found.workers[WORKER].data_source
        engines = [database_engine(found.ca.database, None), database_engine(found.data_sources[source], source)]
        for engine in engines:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        return found, engines

    def keystore() -> Any:
        found, engines = databases()
        return engines, worker_keystore(found.workers[WORKER])

    def keys() -> Any:
        container = CaContainer(zone=pickle.loads(zone))
        return keystore(), container, container.secret_checks().problems()

    return {
        "nothing": lambda: None,
        "reads its settings": settings,
        "connects to both databases, SELECT 1": databases,
        "opens its keystore": keystore,
        "opens the CA's keys": keys,
    }


def main() -> None:
    """Print a line for each step."""
    names, zone = forked(lambda: preloaded(Path(sys.argv[1])))
    for name in names:
        importlib.import_module(name)
    for name, work in steps(zone).items():
        costs = [forked(partial(cost, work)) for _ in range(RUNS)]
        own, spent = (statistics.median(figures) for figures in zip(*costs, strict=True))
        print(f"{name:38} {own:5.1f} MB  {spent:5.0f} ms")


if __name__ == "__main__":
    main()
