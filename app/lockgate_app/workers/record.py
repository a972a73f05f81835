"""What a running worker has done so far, for whoever watches it from another thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lockgate.line.worker import RoundReport
from lockgate_app.workers.lines import plain


@dataclass(frozen=True, slots=True)
class Done:
    """What was done up to one moment.

    Attributes:
        rounds: how often it has looked for messages, or a runner for operations, and met no error.
        claimed, settled: how many it found, and how many of them are answered or set aside; sums over all rounds.
        last: when the last round ended, in seconds of a monotonic clock; None before the first.
        elsewhere: another process holds its lease.
        trouble: why the last attempt failed, or what keeps a runner from its work, in one line; None without.
    """

    rounds: int = 0
    claimed: int = 0
    settled: int = 0
    last: float | None = None
    elsewhere: bool = False
    trouble: str | None = None


class ServiceRecord:
    """Written by the worker's thread alone; any thread may read `done`, which is replaced as a whole.

    Args:
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.done = Done()

    def looked(self, report: RoundReport | None) -> None:
        """A round has ended; None where another process holds the lease."""
        done, now = self.done, self._monotonic()
        if report is None:
            self.done = replace(done, last=now, elsewhere=True, trouble=None)
            return
        claimed, settled = done.claimed + report.claimed, done.settled + report.settled
        self.done = Done(done.rounds + 1, claimed, settled, now, trouble=report.trouble)

    def met(self, error: BaseException) -> None:
        """An attempt has failed, and is made again."""
        self.done = replace(self.done, trouble=plain(str(error)) or type(error).__name__)
