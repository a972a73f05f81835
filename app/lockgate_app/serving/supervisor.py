"""Starts, watches and ends the processes of a host.

A process that dies is started again, after pauses that grow while that goes on; one that refuses its configuration
is not, until the configuration is read anew. A stop lets all finish what they have in hand, in bounded time.
Processes that outlive this one end by themselves (`child`).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait

from lockgate.errors import LockgateError
from lockgate_app.health.processes import ProcessReport, shared_directory
from lockgate_app.serving.child import REFUSED
from lockgate_app.serving.jobs import Job, Kind
from lockgate_app.serving.lives import Life, end_all
from lockgate_app.serving.notifying import Notifier
from lockgate_app.serving.plan import Plan
from lockgate_app.serving.preloading import server
from lockgate_app.serving.sites import Sites
from lockgate_app.serving.trials import Trial
from lockgate_app.serving.wishes import Wishes
from lockgate_app.workers.lines import Lines

_log = Lines("lockgate.serve")
LONGEST_PAUSE = 60.0
"""Seconds before a process is started again that dies again and again. One that has lived so long begins anew."""


def pause_after(deaths: int) -> float:
    """Seconds before a process is started again that has died so many times in a row."""
    return min(2.0 ** (deaths - 1), LONGEST_PAUSE)


class Supervisor:
    """The processes of a host.

    Args:
        read: gives the plan of the configuration as it is now.
        level: of log lines.
    """

    def __init__(self, read: Callable[[], Plan], wishes: Wishes, notifier: Notifier, level: int) -> None:
        self._read, self._wishes, self._notifier, self._level = read, wishes, notifier, level
        self._sites = Sites()
        self._plan: Plan = {}
        self._lives: dict[str, Life] = {}
        self._leaving: dict[Life, Life | None] = {}  # and the successor, which waits
        self._trial: Trial | None = None
        self._due: dict[str, float] = {}
        self._deaths: Counter[str] = Counter()
        self._refused: set[str] = set()
        self._starting: set[str] = set()  # never prepared nor ended so far
        self._announced = False

    def run(self) -> int:
        """Keep the processes running until a stop; `REFUSED` if one has refused its configuration, 0 otherwise.

        Raises:
            LockgateError: the configuration cannot be read, or a place not be listened at.
        """
        plan = self._read()
        self._sites.open(plan.values())
        with shared_directory(wanted=any(job.kind is Kind.HEALTH for job in plan.values())) as directory:
            self._report = ProcessReport(directory)
            self._context = server(plan.values())
            self._plan, self._due, self._starting = plan, dict.fromkeys(plan, 0.0), set(plan)
            self._watch()
        return REFUSED if self._refused else 0

    def _watch(self) -> None:
        try:
            while not self._wishes.rest.stopping() and (self._due or self._lives):
                self._look()
                self._wait()
            self._notifier.stopping()
        finally:
            self._report.tell(self._running(), draining=True)
            end_all(self._all())

    def _running(self) -> dict[str, bool]:
        """Whether each process runs, but for those who tell how the host does."""
        return {key: key in self._lives for key, job in self._plan.items() if job.kind is not Kind.HEALTH}

    def _all(self) -> Iterator[Life]:
        waiting = self._trial.lives.values() if self._trial else ()
        yield from (*self._lives.values(), *self._leaving, *waiting)

    def _look(self) -> None:
        """See to everything that may have happened."""
        if self._may_reload() and self._wishes.take_reload():
            self._reload()
        self._judge_trial()
        self._collect()
        self._start_due()
        self._tell()

    def _wait(self) -> None:
        """Until something happens, or a time has come."""
        now = time.monotonic()
        times = [*self._due.values(), *(life.ends_by for life in self._leaving if life.ends_by is not None)]
        times += [self._trial.ends_by] if self._trial else []
        pauses = [time - now for time in times]
        pauses += [pause for pause in (self._notifier.pause, self._report.pause) if pause]
        waitable = [each for life in self._all() for each in life.waitable]
        waitable += [self._wishes.fileno()] if self._may_reload() else []
        wait([self._wishes.rest.fileno(), *waitable], max(0, min(pauses)) if pauses else None)

    def _may_reload(self) -> bool:
        """Whether the last reload is over."""
        return self._trial is None and not self._leaving

    def _start(self, job: Job) -> Life:
        return Life(self._context, job, self._sites.of(job), self._level)

    def _start_due(self) -> None:
        now = time.monotonic()
        for key in [key for key, due in self._due.items() if due <= now]:
            del self._due[key]
            self._lives[key] = self._start(self._plan[key])
            self._lives[key].go()

    def _collect(self) -> None:
        """See which processes have ended."""
        for key, life in list(self._lives.items()):
            life.look()
            if life.prepared:
                self._starting.discard(key)
            if life.exit_code is not None:
                del self._lives[key]
                self._starting.discard(key)
                self._ended(key, life)
        for life, successor in list(self._leaving.items()):
            life.kill_if_late()
            if life.exit_code is not None:
                del self._leaving[life]
                life.close()
                if successor is not None:
                    successor.go()

    def _ended(self, key: str, life: Life) -> None:
        code = life.exit_code
        if code == REFUSED:
            self._refused.add(key)
        else:
            self._deaths[key] = 1 if life.seconds >= LONGEST_PAUSE else self._deaths[key] + 1
            pause = pause_after(self._deaths[key])
            _log.error("process died, starting it again", service=key, exit_code=code, seconds=pause)
            self._due[key] = time.monotonic() + pause
        life.close()

    def _reload(self) -> None:
        """Read the configuration, and try whether everything that it changes can start by it."""
        self._notifier.reloading()
        try:
            plan = self._read()
            self._sites.open(plan.values())
        except LockgateError as error:
            self._keep(str(error))
            return
        before = {key: job for key, job in self._plan.items() if key not in self._refused}
        self._trial = Trial(plan, before, self._start)

    def _judge_trial(self) -> None:
        if self._trial is None:
            return
        if failure := self._trial.failure():
            self._leave(self._trial.lives.values())
            self._trial = None
            self._keep(failure)
        elif self._trial.passed():
            trial, self._trial = self._trial, None
            self._take(trial)

    def _keep(self, reason: str) -> None:
        """Go on as before."""
        _log.error("configuration not taken, the one before goes on", reason=reason)
        self._sites.keep(self._plan.values())
        self._notifier.ready()

    def _take(self, trial: Trial) -> None:
        """Go on by the configuration that was tried: what it changes ends, and its successors begin then."""
        gone = self._plan.keys() - trial.plan.keys()
        for key in {*gone, *trial.lives}:
            self._due.pop(key, None)
            self._deaths.pop(key, None)
            self._refused.discard(key)
        self._leave(self._lives.pop(key) for key in gone & self._lives.keys())
        for key, successor in trial.lives.items():
            self._succeed(self._lives.get(key), successor)
            self._lives[key] = successor
        self._plan = trial.plan
        self._sites.keep(self._plan.values())
        _log.info("configuration taken", started=sorted(trial.lives), ended=sorted(gone))
        self._notifier.ready()

    def _succeed(self, before: Life | None, successor: Life) -> None:
        """A server may answer beside its successor; a worker holds a lease."""
        at_once = before is None or successor.job.place is not None
        if at_once:
            successor.go()
        if before is not None:
            before.end()
            self._leaving[before] = None if at_once else successor

    def _leave(self, lives: Iterable[Life]) -> None:
        for life in lives:
            life.end()
            self._leaving[life] = None

    def _tell(self) -> None:
        """Tell the service manager how it is."""
        if not self._starting and not self._announced:
            self._announced = True
            self._notifier.ready()
        self._report.tell(self._running())
        self._notifier.status(f"processes that run: {len(self._lives)} of {len(self._plan)}")
        if self._lives:
            self._notifier.alive()
