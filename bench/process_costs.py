"""What processes cost, as the kernel counts it: processor time (proc(5)) and memory."""

import os
from collections.abc import Iterator
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
"""Of the kernel's counts in a second."""
USER, SYSTEM, USER_OF_ENDED, SYSTEM_OF_ENDED = 11, 12, 13, 14
"""The places of a process's times behind its name in /proc/PID/stat, its ended children's included."""
PARENT = 1
OWN, SHARE = ("Private_Clean", "Private_Dirty"), ("Pss",)
"""Pages that no other process has; these, and of each shared page a part, by the number of its processes."""


def processor_time(pid: int) -> float:
    """Seconds."""
    figures = _figures(pid)
    return (figures[USER] + figures[SYSTEM]) / TICK


def processor_time_with_children(pid: int) -> float:
    """Seconds, those of its children included, ended ones too."""
    figures = _figures(pid)
    ended = (figures[USER_OF_ENDED] + figures[SYSTEM_OF_ENDED]) / TICK
    return processor_time(pid) + ended + sum(processor_time(child) for child in _children(pid))


def memory(pid: int, kinds: tuple[str, ...]) -> float:
    """MB of its memory of these kinds, as /proc/PID/smaps_rollup names them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in kinds) / 1024


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
