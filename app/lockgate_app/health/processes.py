"""A file that tells which processes of a host run. The process that watches them writes it; any process may read it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lockgate_app.health.facts import ProcessFacts

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the directory where a host's processes leave what is for monitoring; the library
prometheus_client knows it by that name."""
_NAME = "processes.json"


class ProcessReport:
    """Writes the file, when something has changed."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME
        self._told: ProcessFacts | None = None

    def tell(self, running: Mapping[str, bool], *, draining: bool = False) -> None:
        """Write which of the processes run.

        Args:
            draining: whether all are about to end.
        """
        facts = ProcessFacts(dict(running), draining)
        if facts != self._told:
            self._told = facts
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(asdict(facts)))
            new.replace(self._path)


def reported() -> ProcessFacts:
    """What the process that watches this one has written last; nothing where there is none."""
    directory = os.environ.get(DIRECTORY)
    path = None if directory is None else Path(directory, _NAME)
    return ProcessFacts() if path is None or not path.exists() else ProcessFacts(**json.loads(path.read_text()))
