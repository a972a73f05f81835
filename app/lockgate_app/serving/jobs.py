"""What a host runs: a job for each process, with the share of the settings that it works by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from lockgate_app.settings import CaZone, RaZone

State = tuple[int, int, int]
"""Of a file: its inode, its size in octets, and when it was written, in nanoseconds."""
Place = tuple[str, int]
"""Host and port."""


class Kind(StrEnum):
    """The kinds of process."""

    WORKER = "worker"
    RUNNER = "issuer"
    CRLS = "CRLs"
    NOTICES = "notices"
    OCSP_ANSWERS = "OCSP answers"
    CMP_SERVICE = "CMP service"
    CONSOLE = "console"
    SCEP_SERVER = "SCEP server"
    CMP_PROXY = "CMP proxy"
    OCSP_RESPONDER = "OCSP responder"
    WEB_SERVER = "enrolment page"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Job:
    """One process. Two jobs are equal if a process of the one would work as one of the other does.

    Attributes:
        name: of the worker, issuer or data source; empty where there is one of its kind.
        zone: the share of the settings that the process sees.
        files: that these settings name, as they are.
        place: where it listens.
    """

    kind: Kind
    name: str
    zone: CaZone | RaZone
    files: Mapping[Path, State]
    place: Place | None = None

    @property
    def key(self) -> str:
        """Its name among the jobs of this host."""
        return f"{self.kind} {self.name}".rstrip()


def job(kind: Kind, zone: CaZone | RaZone, name: str = "", place: Place | None = None) -> Job:
    """A job whose files are looked at now."""
    return Job(kind, name, zone, dict(_states(zone)), place)


def _states(zone: CaZone | RaZone) -> Iterator[tuple[Path, State]]:
    for path in _paths(zone):
        if path.is_file():
            found = path.stat()
            yield path, (found.st_ino, found.st_size, found.st_mtime_ns)


def _paths(value: object) -> Iterator[Path]:
    """Every path in the settings."""
    match value:
        case Path():
            yield value
        case BaseModel():
            yield from _paths(dict(value))
        case Mapping():
            yield from _paths(list(value.values()))
        case Sequence() if not isinstance(value, str):
            for each in value:
                yield from _paths(each)
