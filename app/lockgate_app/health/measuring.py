"""What a host's processes count and measure themselves, in files that the process of `/metrics` reads.

That is the multiprocess mode of prometheus_client. Two processes must not write to one file at the same time.
"""

import os
from importlib.util import find_spec

from lockgate_app.health.processes import DIRECTORY
from lockgate_app.settings import CaZone, RaZone


def measures(zone: CaZone | RaZone) -> bool:
    """Whether this process belongs to a host that tells how it does."""
    return zone.health is not None and DIRECTORY in os.environ and find_spec("prometheus_client") is not None


def write_as(process: str) -> None:
    """Let this process write to the files of that name.

    Args:
        process: one with the same name goes on with the same numbers.
    """
    from prometheus_client import values  # noqa: PLC0415  (the extra `health` brings it)

    values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
