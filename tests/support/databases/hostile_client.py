"""Asks a database one thing, in a process of its own, and says what that took.

Run with the database's URL and the seconds that a statement may take:
`python -m tests.support.databases.hostile_client URL SECONDS`.
"""

import json
import re
import sys
import time
from pathlib import Path

from sqlalchemy import text

from lockgate.errors import LockgateError
from lockgate_persistence import engines
from lockgate_persistence.dialects import translated


def most_memory() -> int:
    """Octets that this process has had in memory at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def ask(url: str) -> str:
    """The error that it ends with."""
    engine = engines.open_engine(engines.DatabaseSettings(url=url, prefill=False, connect_timeout=2))
    try:
        with translated(engine), engine.connect() as connection:
            connection.execute(text("select 1"))
    except LockgateError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        engine.dispose()
    return "none"


def main() -> None:
    """Warm up where nobody listens, so that only the server's own words count; then ask."""
    url, seconds = sys.argv[1:]
    engines.ANSWER_SECONDS = float(seconds)
    ask(re.sub(r":\d+/", ":1/", url))
    before, begin = most_memory(), time.monotonic()
    error = ask(url)
    print(json.dumps({"error": error, "grown": most_memory() - before, "seconds": time.monotonic() - begin}))


if __name__ == "__main__":
    main()
