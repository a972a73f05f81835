"""What publishes OCSP answers from time to time: its pauses."""

import pytest

from lockgate.errors import LockgateError, PeerError
from lockgate.publishing.rounds import AnswerPublishing, PublishedRound
from lockgate_app.serving.ocsp import LONGEST, OcspService
from lockgate_app.workers.stops import Rest


class Pauses(Rest):
    """Time that does not pass; a stop is asked for in the pause of that number."""

    def __init__(self, last: int) -> None:
        self.seconds: list[float] = []
        self._last = last

    def rest(self, seconds: float, readable: int | None = None) -> None:
        self.seconds.append(seconds)

    def stopping(self) -> bool:
        return len(self.seconds) >= self._last

    def monotonic(self) -> float:
        return sum(self.seconds)


class Publishing(AnswerPublishing):
    """Rounds that end so, one after another."""

    def __init__(self, *rounds: PublishedRound | LockgateError) -> None:
        self._rounds = iter(rounds)

    def publish(self, source: str) -> PublishedRound | None:
        done = next(self._rounds)
        if isinstance(done, LockgateError):
            raise done
        return done


DONE, FAILURE = PublishedRound(), PeerError("the database rejects a statement")


def test_a_look_follows_at_once_while_answers_are_due() -> None:
    rest = Pauses(2)
    OcspService(Publishing(PublishedRound(more=True), DONE, DONE), "one", 60, rest).run()
    assert rest.seconds == [60, 60]


@pytest.mark.parametrize("every", [10, 60])
def test_the_pause_doubles_after_each_failure_up_to_a_bound(every: int) -> None:
    rest = Pauses(9)
    OcspService(Publishing(*[FAILURE] * 7, DONE, FAILURE), "one", every, rest).run()
    for number, pause in enumerate(rest.seconds[:7]):
        least = min(every * 2**number, LONGEST)
        assert least <= pause <= least + every
    assert rest.seconds[7] == every
    assert rest.seconds[8] <= 2 * every
    assert len(set(rest.seconds)) == 9, "pauses are drawn at random"
