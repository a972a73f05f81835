"""What a host's processes count and measure themselves, in files that the process of `/metrics` reads.

That is the multiprocess mode of prometheus_client. Two processes must not write to one file at the same time.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from lockgate_app.health.processes import DIRECTORY
from lockgate_app.settings import CaZone, RaZone

OCTETS = 64 * 1024
"""Of a file, whose whole size is taken from the file system before anything is written. All series that a process has
fit in it: the library would enlarge it without asking for room."""


def measures(zone: CaZone | RaZone) -> bool:
    """Whether this process belongs to a host that tells how it does."""
    return zone.health is not None and DIRECTORY in os.environ and find_spec("prometheus_client") is not None


def write_as(kind: Literal["counter", "histogram"], process: str) -> None:
    """Let this process write its metrics, all of that kind, to the file of that name.

    Args:
        process: one with the same name goes on with the same numbers.

    Raises:
        OSError: there is no room for the file.
    """
    from prometheus_client import values  # noqa: PLC0415  (the extra `health` brings it)

    _allocate(Path(os.environ[DIRECTORY], f"{kind}_{process}.db"))  # the library's own name for it
    values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]


def _allocate(path: Path) -> None:
    """The library maps the file into memory, and a mapped page that the file system has no room for ends the process by
    SIGBUS."""
    if path.exists():
        return
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, OCTETS)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
