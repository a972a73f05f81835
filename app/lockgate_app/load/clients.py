"""One RA client of the load: sends what is due, and looks for the answers to what it sent."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lockgate.errors import LockgateError, NoAnswer
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import Response
from lockgate_app.load.messages import Sample
from lockgate_app.load.pace import LoadPace, next_look
from lockgate_app.load.reasons import FAILURES, reason_of
from lockgate_app.load.tally import Outcome
from lockgate_app.workers.stops import Rest


@dataclass(frozen=True, slots=True, order=True)
class _Sent:
    """A message without an answer yet; in the order in which answers are looked for.

    Attributes:
        look: when, on the clock of `Rest`.
        sent: when it was sent.
    """

    look: float
    number: int
    sent: float = field(compare=False)
    pending: SentMessage = field(compare=False)


class SteadyClient:
    """Sends its share of the load.

    Args:
        ra: which client it is, from 0.
        wait: seconds for which an answer is waited for.
        rest: time, and the wish to stop: then nothing more is sent, and what has no answer is given up.
        report: is told each outcome.
    """

    def __init__(
        self, client: RaClient, ra: int, sample: Sample, pace: LoadPace, wait: float, rest: Rest,
        report: Callable[[Outcome], None],
    ) -> None:  # fmt: skip
        self._client = client
        self._numbers = pace.numbers(ra)
        self._sample = sample
        self._pace = pace
        self._wait = wait
        self._rest = rest
        self._report = report
        self._waiting: list[_Sent] = []
        self._next = next(self._numbers, None)
        self.sent = 0

    def run(self, start: float) -> None:
        """Send and collect until all is done or a stop is asked for.

        Args:
            start: of the load, on the clock of `Rest`.

        Raises:
            CallerError, KeystoreError: no such request can be sent from here.
        """
        while not self._rest.stopping() and self._work(start):
            self._rest.rest(max(0.0, self._until(start) - self._rest.monotonic()))
        for request in self._waiting:
            self._client.forget(request.pending)

    def _work(self, start: float) -> bool:
        """Send one request and look for one answer, where they are due; whether there is more to come.

        Both, so that a client that falls behind does not stop to look.
        """
        now = self._rest.monotonic()
        if self._pace.ended(now - start):
            self._next = None
        if self._next is not None and start + self._pace.due(self._next) <= now:
            self._send(self._next)
            self._next = next(self._numbers, None)
        if self._waiting and self._waiting[0].look <= now:
            self._look(heapq.heappop(self._waiting))
        return self._next is not None or bool(self._waiting)

    def _until(self, start: float) -> float:
        """When something is due next."""
        looks = [self._waiting[0].look] if self._waiting else []
        sends = [start + self._pace.due(self._next)] if self._next is not None else []
        return min(looks + sends)

    def _send(self, number: int) -> None:
        self.sent += 1
        began = self._rest.monotonic()
        security = self._sample.security
        try:
            pending = self._client.send(self._sample.requests(number), sign=security.signed, encrypt=security.encrypted)
        except FAILURES as error:
            self._fail(number, began, error)
        else:
            self._wait_for(number, began, pending)

    def _wait_for(self, number: int, began: float, pending: SentMessage) -> None:
        now = self._rest.monotonic()
        heapq.heappush(self._waiting, _Sent(now + next_look(now - began), number, began, pending))

    def _look(self, request: _Sent) -> None:
        try:
            responses = self._client.look(request.pending)
            if responses is None:
                if self._rest.monotonic() - request.sent < self._wait:
                    self._wait_for(request.number, request.sent, request.pending)
                    return
                raise NoAnswer(f"no answer within {self._wait:g} s")
        except FAILURES as error:
            self._fail(request.number, request.sent, error)
        else:
            self._judge(request, responses)
        self._client.forget(request.pending)

    def _judge(self, request: _Sent, responses: Sequence[Response]) -> None:
        refused = next((response for response in responses if not response.success), None)
        if refused is None:
            self._tell(request.number, request.sent)
        else:
            self._tell(request.number, request.sent, refused.reason or "refused", refused.fail_info)

    def _fail(self, number: int, began: float, error: LockgateError) -> None:
        self._tell(number, began, reason_of(error), str(error))

    def _tell(self, number: int, began: float, reason: str | None = None, detail: str | None = None) -> None:
        seconds = self._rest.monotonic() - began
        self._report(Outcome(self._sample.username(number), seconds, reason, detail))
