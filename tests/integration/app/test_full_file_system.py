"""A file system for temporary files that is full, a real one: what is for monitoring ends no process.

Each test runs a part of this module in a process with a file system of its own, because SIGBUS would end pytest, too.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from lockgate_app.container.timing import Step, stopwatch
from lockgate_app.health.facts import HostFacts, ProcessFacts
from lockgate_app.health.measuring import OCTETS
from lockgate_app.health.metrics import HostCollector, exposition
from lockgate_app.health.processes import DIRECTORY
from lockgate_app.health.refusals import OTHER, REASONS, counting
from lockgate_app.settings import load_ca
from tests.integration.app.commands import PATIENCE
from tests.support.parts import MissingPart, do_without, needed_program
from tests.unit.app.test_settings import CA

ROOT = Path(__file__).resolve().parents[3]
LONGEST_WORKER = "w" * 64 + "#999"
MOUNTED = "mounted"
IN_IT = f'mount -t tmpfs -o size={2 * OCTETS} lockgate "$1" && echo {MOUNTED} && shift && exec "$@"'


def fill(directory: Path) -> None:
    """Take all the room that there is."""
    with suppress(OSError), (directory / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def measured(config: Path) -> Iterator[Callable[[], object]]:
    """What measures each step of a worker."""
    watch = stopwatch(load_ca(config), LONGEST_WORKER)
    for step in Step:
        yield partial(watch.since, step, watch.monotonic())


def refused(config: Path) -> Iterator[Callable[[], object]]:
    """What counts a refusal for each reason."""
    (count,) = counting("SCEP server", load_ca(config))
    for reason in REASONS | {OTHER}:
        yield partial(count, None, "warning", {"event": "refused", "reason": reason})


def work(directory: Path, acts: Iterable[Callable[[], object]], room_for: int) -> None:
    """Do all acts, and print what monitoring finds of them.

    Args:
        room_for: how many of them are done before the file system is full.
    """
    for number, act in enumerate(acts):
        if number == room_for:
            fill(directory)
        act()
    (directory / "filler").unlink()
    text = exposition(HostCollector(lambda: HostFacts({}, (), is_ca=False), ProcessFacts, None), directory)().decode()
    series = [line for line in text.splitlines() if "_count{" in line or "_refusals_total{" in line]
    sys.stdout.write(json.dumps([len(series), [path.stat().st_size for path in directory.iterdir()]]))


def found(tmp_path: Path, acts: str, room_for: int) -> list[object]:
    """How many series monitoring finds, and how large each file is, after `work` in a process of its own.

    Args:
        acts: the name of what gives them.
    """
    unshare = needed_program("unshare", "util-linux")
    config, directory = tmp_path / "lockgate.toml", tmp_path / "full"
    config.write_text(f"{CA}\n[health]\n")
    directory.mkdir()
    call = f"work(Path({str(directory)!r}), {acts}(Path({str(config)!r})), {room_for})"
    own = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", IN_IT, "sh", str(directory)]
    done = subprocess.run(
        [*own, "env", f"{DIRECTORY}={directory}", sys.executable, "-c", f"from {__name__} import *; {call}"],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=PATIENCE,
    )  # fmt: skip
    mounted, _, told = done.stdout.partition("\n")
    if mounted != MOUNTED:
        do_without(MissingPart(f"no file system can be mounted here: {done.stderr.strip()}; run this as root"))
    assert done.returncode == 0, (done.returncode, done.stderr)
    series: list[object] = json.loads(told.splitlines()[-1])
    return series


@pytest.mark.parametrize("acts", ["measured", "refused"])
def test_a_process_works_on_where_there_is_no_room_for_what_it_measures(tmp_path: Path, acts: str) -> None:
    assert found(tmp_path, acts, room_for=0) == [0, []]


@pytest.mark.parametrize(("acts", "series"), [("measured", len(Step)), ("refused", len(REASONS | {OTHER}))])
def test_all_that_a_process_measures_fits_in_what_it_took_first(tmp_path: Path, acts: str, series: int) -> None:
    assert found(tmp_path, acts, room_for=1) == [series, [OCTETS]]
