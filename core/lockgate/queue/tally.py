"""How much work there is in a message database."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MessageTally:
    """The messages that are not answered yet, counted. The rows are not authenticated, and neither is this.

    Attributes:
        waiting: wait for a worker, or for a decision; those that are `due` are among them.
        due: a worker should take them up now: they wait, or the lease of the worker that held them has ended.
        in_process: a worker holds them, or has held them when it died.
        set_aside: no worker takes them up any more.
        oldest: how long ago the oldest of those that wait was put; zero where none waits.
        overdue: since when the one that is due longest is due; zero where none is due.
    """

    waiting: int = 0
    due: int = 0
    in_process: int = 0
    set_aside: int = 0
    oldest: timedelta = timedelta()
    overdue: timedelta = timedelta()
