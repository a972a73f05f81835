"""One client of a load by a protocol of which a request is one call, for example CMP.

Rule: a time begins when its request is due. A client that is still busy then sends it late, and that counts, too: so a
slow CA shows in the times.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lockgate_app.load.messages import USERNAME
from lockgate_app.load.pace import LoadPace
from lockgate_app.load.reasons import FAILURES, reason_of
from lockgate_app.load.tally import Outcome
from lockgate_app.workers.stops import Rest


@dataclass(frozen=True, slots=True)
class Denial:
    """The CA's refusal.

    Attributes:
        reason: a stable code.
        detail: a sentence.
    """

    reason: str
    detail: str


Enrol = Callable[[str], Denial | None]
"""Enrols the given subject with a new key; None where it has got its certificate.

Raises:
    PeerError, Unavailable: it has not, and nobody has refused it.
    CallerError: nothing can be asked for in this way.
"""


@dataclass(frozen=True, slots=True)
class EnrolmentSample:
    """The properties that all enrolments of a load share.

    Attributes:
        prefix: the common names', unlike any earlier load's.
        subject_dn: may hold `{username}`.
    """

    prefix: str
    subject_dn: str

    def username(self, number: int) -> str:
        """Whom the request with that number is for."""
        return f"{self.prefix}-{number}"

    def subject(self, number: int) -> str:
        """Its subject."""
        return self.subject_dn.replace(USERNAME, self.username(number))


class EnrollingClient:
    """Enrols its share of the load, one after another.

    Args:
        ra: which client it is, from 0.
        rest: time, and the wish to stop: then nothing more is sent.
        report: is told each outcome.
    """

    def __init__(
        self, enrol: Enrol, ra: int, sample: EnrolmentSample, pace: LoadPace, rest: Rest,
        report: Callable[[Outcome], None],
    ) -> None:  # fmt: skip
        self._enrol = enrol
        self._numbers = pace.numbers(ra)
        self._sample = sample
        self._pace = pace
        self._rest = rest
        self._report = report
        self.sent = 0

    def run(self, start: float) -> None:
        """Enrol until all is done or a stop is asked for.

        Args:
            start: of the load, on the clock of `Rest`.

        Raises:
            CallerError: no such request can be sent from here.
        """
        for number in self._numbers:
            due = start + self._pace.due(number)
            self._rest.rest(max(0.0, due - self._rest.monotonic()))
            if self._rest.stopping() or self._pace.ended(self._rest.monotonic() - start):
                return
            self.sent += 1
            self._report(self._outcome(number, due))

    def _outcome(self, number: int, due: float) -> Outcome:
        username = self._sample.username(number)
        try:
            denied = self._enrol(self._sample.subject(number))
        except FAILURES as error:
            return Outcome(username, self._rest.monotonic() - due, reason_of(error), str(error))
        seconds = self._rest.monotonic() - due
        return (
            Outcome(username, seconds) if denied is None else Outcome(username, seconds, denied.reason, denied.detail)
        )
