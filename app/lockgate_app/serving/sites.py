"""The sockets that a host's servers listen with. They outlive the processes: connections wait for the next."""

from collections.abc import Iterable
from socket import socket

from lockgate_app.container.http import listen_at
from lockgate_app.serving.jobs import Job, Place


class Sites:
    """Listening sockets by their places."""

    def __init__(self) -> None:
        self._open: dict[Place, tuple[socket, ...]] = {}

    def open(self, jobs: Iterable[Job]) -> None:
        """Listen where these jobs do, too.

        Raises:
            ConfigurationError: one of the places cannot be listened at; then none of the new ones is.
        """
        new: dict[Place, tuple[socket, ...]] = {}
        try:
            for place in _places(jobs) - self._open.keys():
                new[place] = listen_at(*place)
        except BaseException:
            _close(new.values())
            raise
        self._open |= new

    def keep(self, jobs: Iterable[Job]) -> None:
        """Listen no longer where none of these jobs does."""
        _close([self._open.pop(place) for place in self._open.keys() - _places(jobs)])

    def of(self, job: Job) -> tuple[socket, ...]:
        """The sockets of a job; none where it listens nowhere."""
        return () if job.place is None else self._open[job.place]


def _places(jobs: Iterable[Job]) -> set[Place]:
    return {job.place for job in jobs if job.place is not None}


def _close(sites: Iterable[tuple[socket, ...]]) -> None:
    for sockets in sites:
        for listening in sockets:
            listening.close()
