"""How long the steps of a worker's round take, measured around the ports that it uses: for metrics, and for traces."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from lockgate.line.clearance import Waiting
from lockgate.line.pipeline import Pipeline
from lockgate.line.stages import Received, RefusedSubmessage, Understood
from lockgate.ports import Fence, Registry, RegistryTransaction
from lockgate.queue.message import ClaimedMessage, Settlement
from lockgate_app.health.measuring import measures, write_as
from lockgate_app.health.round_traces import RoundTraces
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines
from lockgate_persistence.messages import SqlMessageStore

_log = Lines("lockgate.health")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds."""


class Step(StrEnum):
    """A step of a round, as metrics and traces name it. Many submessages share a claim, a commit and a write-back."""

    CLAIM = "claim"
    READ = "read"
    ANSWER = "answer"
    COMMIT = "commit"
    WRITE_BACK = "write_back"


Observe = Callable[[Step, float], None]
"""Takes note of how many seconds a step took."""


def _nothing(_step: Step, _seconds: float) -> None:
    """Measure nothing."""


class Stopwatch:
    """Measures steps."""

    def __init__(self, observe: Observe, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._observe, self.monotonic = observe, monotonic

    def since(self, step: Step, began: float) -> float:
        """The step that began then ends now; how many seconds it took."""
        seconds = self.monotonic() - began
        try:
            self._observe(step, seconds)
        except OSError as error:  # no room for its file: the work goes on without
            self._observe = _nothing
            _log.warning("steps are not measured any more", reason=str(error))
        return seconds


def stopwatch(zone: CaZone, worker: str) -> Stopwatch:
    """What measures the worker where this host tells how it does, and nothing elsewhere."""
    return Stopwatch(_Histogram(worker) if measures(zone) else _nothing)


class _Histogram:
    """Durations that the process of `/metrics` finds in a file of this worker's: there is one file for each worker,
    however many processes it has had."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._seconds: Any = None

    def __call__(self, step: Step, seconds: float) -> None:
        # The file is opened by the first step: the process before this one may write to it until then.
        self._seconds = self._seconds or _histogram(self._worker)
        self._seconds.labels(step, self._worker).observe(seconds)


def _histogram(worker: str) -> Any:
    from prometheus_client import Histogram  # noqa: PLC0415  (the extra `health` brings it)

    write_as("histogram", worker)
    text = "How long a step of a worker's round took."
    return Histogram("lockgate_step_seconds", text, ["step", "worker"], registry=None, buckets=BUCKETS)


class TimedPipeline(Pipeline):
    """Measures reading and answering, of each submessage. A step counts where it ends well."""

    def __init__(self, watch: Stopwatch, traces: RoundTraces, *parts: Any) -> None:
        super().__init__(*parts)
        self._watch, self._traces = watch, traces

    def read(self, received: Received) -> Understood | RefusedSubmessage:
        """See `Pipeline.read`."""
        began = self._watch.monotonic()
        part = super().read(received)
        self._traces.read(Step.READ, received, part, self._watch.since(Step.READ, began))
        return part

    def answer(self, part: Understood | RefusedSubmessage, work: RegistryTransaction) -> bytes | Waiting:
        """See `Pipeline.answer`."""
        began = self._watch.monotonic()
        answer = super().answer(part, work)
        self._traces.answered(Step.ANSWER, part, self._watch.since(Step.ANSWER, began))
        return answer


class TimedMessageStore(SqlMessageStore):
    """Measures claims that find something, and write-backs."""

    def __init__(self, watch: Stopwatch, traces: RoundTraces, engine: Engine, max_size: int) -> None:
        super().__init__(engine, max_size)
        self._watch, self._traces = watch, traces

    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        """See `MessageStore.claim`."""
        began = self._watch.monotonic()
        claimed = super().claim(limit, lease)
        if claimed:
            self._traces.claimed(Step.CLAIM, claimed, self._watch.since(Step.CLAIM, began))
        return claimed

    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        """See `MessageStore.settle`."""
        began = self._watch.monotonic()
        written = super().settle(settlements)
        self._traces.written(Step.WRITE_BACK, settlements, self._watch.since(Step.WRITE_BACK, began))
        return written


class TimedRegistry(Registry):
    """Measures commits of answers: their transactions name beforehand what they will ask for, others do not."""

    def __init__(self, watch: Stopwatch, traces: RoundTraces, registry: Registry) -> None:
        self._watch, self._traces, self._registry = watch, traces, registry

    @contextmanager
    def transaction(self, fence: Fence, **hints: Any) -> Iterator[RegistryTransaction]:
        """See `Registry.transaction`."""
        self._traces.answering()
        with self._registry.transaction(fence, **hints) as work:
            yield work
            began = self._watch.monotonic()
        if hints:
            self._traces.committed(Step.COMMIT, self._watch.since(Step.COMMIT, began))
