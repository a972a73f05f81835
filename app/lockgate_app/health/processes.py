"""A file that tells which processes of a host run. The process that watches them writes it; any process may read it.

Nothing else depends on the file: where it cannot be written, the host works on, there is no file, and monitoring does
not know which processes run.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from lockgate_app.health.facts import ProcessFacts
from lockgate_app.workers.lines import Lines

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the directory where a host's processes leave what is for monitoring; the library
prometheus_client knows it by that name."""
RETRY_SECONDS = 2.0
"""Before a file that could not be written is tried again."""
_NAME = "processes.json"
_log = Lines("lockgate.health")


@contextmanager
def shared_directory(*, wanted: bool) -> Iterator[Path | None]:
    """A directory for what is for monitoring, which every process that is started inside the block knows; removed
    after it. None where there is no room for temporary files.

    Args:
        wanted: whether anybody reads it.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="lockgate-")
    except OSError as error:
        if wanted:
            _log.warning("monitoring learns neither which processes run nor what they measure", reason=str(error))
        yield None
        return
    with made as directory:
        os.environ[DIRECTORY] = directory
        yield Path(directory)


class ProcessReport:
    """Writes the file, when something has changed; nothing where there is no directory."""

    def __init__(self, directory: Path | None) -> None:
        self._path = None if directory is None else directory / _NAME
        self._told: ProcessFacts | None = None
        self._failed = False

    def tell(self, running: Mapping[str, bool], *, draining: bool = False) -> None:
        """Write which of the processes run.

        Args:
            draining: whether all are about to end.
        """
        facts = ProcessFacts(dict(running), draining)
        if self._path is None or (facts == self._told and self._path.exists()):
            return
        try:
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(asdict(facts)))
            new.replace(self._path)
            self._told, self._failed = facts, False
        except OSError as error:
            self._delete(self._path, error)

    @property
    def pause(self) -> float | None:
        """Seconds after which `tell` is to be called again; None where the file has been written."""
        return RETRY_SECONDS if self._failed else None

    def _delete(self, path: Path, error: OSError) -> None:
        """Nobody may believe what was told before."""
        if not self._failed:
            _log.warning("monitoring does not learn which processes run, trying again", reason=str(error))
        self._told, self._failed = None, True
        with suppress(OSError):
            path.unlink(missing_ok=True)


def reported() -> ProcessFacts:
    """What the process that watches this one has written last; nothing is known where there is no file."""
    directory = os.environ.get(DIRECTORY)
    if directory is not None:
        with suppress(FileNotFoundError):
            return ProcessFacts(**json.loads(Path(directory, _NAME).read_text()))
    return ProcessFacts()
