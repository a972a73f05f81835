"""The outcomes of the requests, counted."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one request.

    Attributes:
        username: the end entity that it was for.
        seconds: from sending until its answer was opened and verified, or it was given up.
        reason: why it failed, a stable code; None where it succeeded.
        detail: the failure in a sentence.
    """

    username: str
    seconds: float
    reason: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Tally:
    """A running total.

    Attributes:
        times: seconds of each request that succeeded.
        failures: how many requests failed, by reason.
    """

    times: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count `outcome`."""
        if outcome.reason is None:
            self.times.append(outcome.seconds)
        else:
            self.failures[outcome.reason] += 1

    @property
    def succeeded(self) -> int:
        """Requests that succeeded."""
        return len(self.times)

    @property
    def failed(self) -> int:
        """Requests that failed."""
        return self.failures.total()

    @property
    def done(self) -> int:
        """Requests of which it is known what became of them."""
        return self.succeeded + self.failed

    def per_minute(self, elapsed: float) -> float:
        """Requests that succeeded in a minute, `elapsed` seconds after the start."""
        return self.succeeded * 60 / elapsed if elapsed > 0 else 0.0

    def summary(self, sent: int, elapsed: float) -> dict[str, object]:
        """The whole of it; times in seconds, null where nothing succeeded.

        Args:
            sent: requests that were sent; some may have no outcome, where the load was interrupted.
            elapsed: seconds from the start to the end.
        """
        times = percentiles(self.times)
        return {
            "sent": sent,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "given_up": sent - self.done,
            "seconds": round(elapsed, 3),
            "per_minute": round(self.per_minute(elapsed), 1),
            **{f"p{percentile}": None if times is None else round(times[percentile], 3) for percentile in PERCENTILES},
            "failures": dict(self.failures.most_common()),
        }


def percentiles(times: Sequence[float]) -> dict[int, float] | None:
    """Each of `PERCENTILES`, interpolated between the nearest two; None without times."""
    if not times:
        return None
    cuts = statistics.quantiles([*times, *times] if len(times) == 1 else times, n=100, method="inclusive")
    return {percentile: cuts[percentile - 1] for percentile in PERCENTILES}
