"""One service worker's round: claim -> read -> answer and commit -> write back.

As many submessages as make a batch share one transaction of the CA's database. If that transaction fails, and the
database can still be reached, each submessage is answered in a transaction of its own, so that one that fails does not
affect the others. No transaction lasts long enough for a lease to end, and leases are renewed between them (`Hold`).
Everything that is committed is in the journal: a worker may end at any point, and the worker that takes the messages up
again repeats the answers. A message one of whose submessages waits for an approval waits as a whole, until there is a
decision or the approval expires; the results of its other submessages are in the journal. One whose CA's key cannot be
used now waits, too, and stops no other one.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict, KeyAway, MessageTooLarge, StandingUntold, Unavailable
from lockgate.line.clearance import UNTOLD_DELAY, Waiting, postponed
from lockgate.line.hold import Hold
from lockgate.line.journal import JournalKey
from lockgate.line.pipeline import Pipeline
from lockgate.line.policy import LinePolicy
from lockgate.line.stages import Received, RefusedSubmessage, Understood
from lockgate.ports import Coordinator, Envelopes, Fence, MessageStore, Registry, RegistryTransaction
from lockgate.queue.message import ClaimedMessage, Processed, SetAside, Settlement, WaitAgain
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import Place
from lockgate.requests.submessages import EndEntityRequest

_log = logging.getLogger(__name__)
Part = Understood | RefusedSubmessage
Answer = bytes | Waiting | Rejected | None
"""The result for a submessage. `Rejected` if there was a defect; None if it was not reached, or lost too many
conflicts."""
_DEFECT = Rejected(Reason.INTERNAL_ERROR)
_LONGEST_PAUSE = timedelta(hours=1)
KEY_DELAY = timedelta(minutes=1)
"""A request whose CA's key cannot be used now is looked at again after this."""
_TRIES = 5
"""How often one submessage is answered anew after conflicts before it is left to its lease."""


@dataclass(frozen=True, slots=True)
class WorkerPace:
    """How much a worker takes at a time, and how long it may hold it.

    Attributes:
        batch: messages per round at most, and submessages per transaction of the CA's database. Other writers may have
            to wait for as long as such a transaction takes.
        lease: how long a claimed message is this worker's before another may take it.
        max_attempts: the number of attempts before a message is set aside. An attempt counts if there was a defect, or
            if work was begun again after a worker had left the message unsettled.
    """

    batch: int = 100
    lease: timedelta = timedelta(seconds=60)
    max_attempts: int = 10


@dataclass(frozen=True, slots=True)
class RoundReport:
    """The result of a round, in numbers of messages.

    Attributes:
        claimed: taken up.
        settled: answered or set aside; the rest waits again, was taken over by another worker or is left to its lease.
        soon: messages wait for operations at remote issuers, which may end at any moment.
        trouble: what keeps a runner from its work, though the round met no error.
    """

    claimed: int
    settled: int
    soon: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    message: ClaimedMessage
    parts: tuple[Part | Rejected, ...]


class ServiceWorker:
    """A worker on one data source."""

    def __init__(
        self,
        policy: LinePolicy,
        pipeline: Pipeline,
        store: MessageStore,
        envelopes: Envelopes,
        ca: Registry,
        coordinator: Coordinator,
        pace: WorkerPace = WorkerPace(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._pipeline = pipeline
        self._store = store
        self._envelopes = envelopes
        self._ca = ca
        self._coordinator = coordinator
        self._monotonic = monotonic
        self._pace = pace
        self._woken = ""
        self._introduced: Fence | None = None

    def round(self, fence: Fence) -> RoundReport:
        """Process what one claim brings, piece by piece.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: a database cannot be reached or used; what was claimed is given back where possible.
        """
        self._introduce(fence)
        soon = self._wake(fence)
        claimed = self._store.claim(self._pace.batch, self._pace.lease)
        hold = Hold(fence, claimed, self._store, self._coordinator, self._pace.lease, self._monotonic)
        settled = 0
        try:
            for piece in self._pieces(claimed):
                settled += self._settle(self._settlements(piece, hold), fence)
                hold.let_go(taken.message for taken in piece)
                hold.keep()
        except Unavailable:
            self._give_back(hold.messages)
            raise
        return RoundReport(len(claimed), settled, soon)

    def _introduce(self, fence: Fence) -> None:
        """Before it signs anything, its certificates are known as a worker's. With each lease anew: a backup of the
        CA's database that was restored may know neither, and counts the tokens of leases again."""
        if self._introduced is not fence:
            self._coordinator.introduce(self._policy.worker, self._policy.own_certificates)
            self._introduced = fence

    def _pieces(self, claimed: Sequence[ClaimedMessage]) -> Iterator[Sequence[_Taken | SetAside]]:
        """Messages that are read, answered and settled together: as many as make a batch of submessages.

        A message that an earlier claim left unsettled may have ended that process. So it is a piece of its own and
        affects no other message, and an attempt is counted when work on it begins. Those with the fewest attempts come
        first: one that ends the process each time keeps no other one waiting.
        """
        piece: list[_Taken | SetAside] = []
        for message in claimed:
            if message.left:
                continue
            taken = self._take(message, self._readable(message))
            if piece and sum(map(_size, piece)) + _size(taken) > self._pace.batch:
                yield piece
                piece = []
            piece.append(taken)
        yield from filter(None, (piece,))
        for message in sorted((claim for claim in claimed if claim.left), key=attrgetter("attempts")):
            content = self._readable(message)
            if isinstance(content, SetAside):
                yield (content,)
            elif self._store.begin(message):  # before it is read: reading may be what ends the process
                yield (self._take(message, content),)

    def _give_back(self, claimed: Sequence[ClaimedMessage]) -> None:
        """A database's failure is no message's fault: it changes no count of attempts. If this cannot be written
        either, the leases run out."""
        with suppress(Unavailable):
            self._store.settle([WaitAgain(message, timedelta(), counted=message.attempts) for message in claimed])

    def _wake(self, fence: Fence) -> bool:
        """Make up to a batch of messages due now whose approvals administrators have decided, or whose operations have
        ended; doing it twice does no harm. Tell whether messages wait for operations.

        The next round continues after these messages, so that one that is gone does not delay the others.
        """
        limit = self._pace.batch
        with self._ca.transaction(fence) as work:
            source = self._policy.recipient.data_source
            decided = work.journal.decided_messages(source, limit, self._woken)
            soon = work.journal.awaits_operations(source)
        if decided:
            self._store.expedite(decided)
        self._woken = decided[-1] if len(decided) == limit else ""
        return soon

    def _settlements(self, piece: Sequence[_Taken | SetAside], hold: Hold) -> list[Settlement]:
        readable = [taken for taken in piece if isinstance(taken, _Taken)]
        answers = self._answers([part for taken in readable for part in taken.parts], hold)
        unreadable = [message for message in piece if isinstance(message, SetAside)]
        settlements = [*unreadable, *self._settled(readable, answers)]
        if set_aside := [settled for settled in settlements if isinstance(settled, SetAside)]:
            self._report_set_aside(set_aside, hold.fence)
        return settlements

    def _settle(self, settlements: Sequence[Settlement], fence: Fence) -> int:
        """Write back; returns how many were answered or set aside. Only a message whose answers are too large together
        is set aside."""
        try:
            written = zip(settlements, self._store.settle(settlements), strict=True)
            return sum(done for settlement, done in written if not isinstance(settlement, WaitAgain))
        except MessageTooLarge:
            if len(settlements) > 1:
                return sum(self._settle((settlement,), fence) for settlement in settlements)
        set_aside = SetAside(settlements[0].message, Rejected(Reason.ANSWER_TOO_LARGE))
        self._report_set_aside((set_aside,), fence)
        return sum(self._store.settle((set_aside,)))

    def _take(self, message: ClaimedMessage, content: bytes | SetAside) -> _Taken | SetAside:
        """Split what is readable of the message and read every submessage; bounds first."""
        if isinstance(content, SetAside):
            return content
        submessages = self._envelopes.split(content)
        if isinstance(submessages, Rejected):
            return SetAside(message, submessages)
        places = (Place(message.message_id, number, len(submessages)) for number in range(1, len(submessages) + 1))
        return _Taken(message, tuple(self._read(Received(*placed)) for placed in zip(places, submessages, strict=True)))

    def _readable(self, message: ClaimedMessage) -> bytes | SetAside:
        """The content of the message, or why nothing of it is read."""
        if message.malformed:
            return SetAside(message, Rejected(Reason.MALFORMED_ROW))
        if message.content is None:
            return SetAside(message, Rejected(Reason.TOO_LARGE))
        if message.attempts >= self._pace.max_attempts:
            return SetAside(message, Rejected(Reason.TOO_MANY_ATTEMPTS))
        return message.content

    def _read(self, received: Received) -> Part | Rejected:
        try:
            return self._pipeline.read(received)
        except Unavailable:
            raise
        except Exception:  # a defect while reading one submessage stops neither the worker nor the other submessages
            _log.exception("%s", {"event": "defect while reading a submessage", **_about(received.place)})
            return _DEFECT

    def _settled(self, readable: Sequence[_Taken], answers: Iterator[Answer]) -> Iterator[Settlement]:
        """Messages that are answered or wait; others are left to their lease, their answers in the journal."""
        for taken in readable:
            own = [next(answers) for _ in taken.parts]
            complete = [answer for answer in own if isinstance(answer, bytes)]
            waiting = [answer.delay for answer in own if isinstance(answer, Waiting)]
            defects = [answer for answer in own if isinstance(answer, Rejected)]
            if len(complete) == len(own):
                yield Processed(taken.message, self._envelopes.join(complete))
            elif defects:
                yield self._put_off(taken.message, defects[0])
            elif len(complete) + len(waiting) == len(own):
                yield WaitAgain(taken.message, min(waiting))

    def _put_off(self, message: ClaimedMessage, defect: Rejected) -> Settlement:
        """A defect refuses no request: the message waits, longer each time, and is set aside after the last attempt."""
        if message.attempts + 1 >= self._pace.max_attempts:
            return SetAside(message, defect)
        pause = min(self._pace.lease * 2 ** min(message.attempts, 16), _LONGEST_PAUSE)
        why = {"message": message.message_id, "reason": str(defect.reason), "seconds": pause.total_seconds()}
        _log.error("%s", {"event": "message waits after a defect", **why})
        return WaitAgain(message, pause, defect)

    def _answers(self, parts: Sequence[Part | Rejected], hold: Hold) -> Iterator[Answer]:
        """An answer for each part, in transactions that end in time for the leases."""
        answers: list[Answer] = []
        while len(answers) < len(parts):
            answers += self._answer_some(parts[len(answers) : len(answers) + self._pace.batch], hold)
            hold.keep()
        return iter(answers)

    def _answer_some(self, parts: Sequence[Part | Rejected], hold: Hold) -> Sequence[Answer]:
        """The answers to the first parts, at least one."""
        try:
            with self._work(parts, hold.fence) as work:
                return _while_there_is_time(parts, lambda part: self._answer(part, work), hold)
        except Exception as error:
            if isinstance(error, Unavailable) and not isinstance(error, Conflict | StandingUntold | KeyAway):
                raise
            _log.info("a batch of %d could not be committed as one (%s); one by one", len(parts), type(error).__name__)
            return _while_there_is_time(parts, lambda part: self._answer_alone(part, hold.fence), hold)

    def _work(self, parts: Sequence[Part | Rejected], fence: Fence) -> AbstractContextManager[RegistryTransaction]:
        """A unit of work for the answers to `parts`."""
        messages = (key for part in parts if not isinstance(part, Rejected) for key in self._pipeline.expected(part))
        return self._ca.transaction(fence, keys=_keys(parts), usernames=_usernames(parts), messages=messages)

    def _answer(self, part: Part | Rejected, work: RegistryTransaction) -> Answer:
        return part if isinstance(part, Rejected) else self._pipeline.answer(part, work)

    def _answer_alone(self, part: Part | Rejected, fence: Fence) -> Answer:
        """Answer one submessage; None if it loses too many conflicts."""
        for _ in range(_TRIES):
            try:
                with self._work((part,), fence) as work:
                    return self._answer(part, work)
            except Conflict:
                continue
            except StandingUntold as untold:  # of a signer that only the service itself judges
                return self._postponed(untold, fence)
            except KeyAway as away:  # other requests need other keys
                _log.warning("a request waits: %s", away)
                return Waiting(KEY_DELAY)
            except Unavailable:
                raise
            except Exception:
                _log.exception("%s", {"event": "defect while answering a submessage", **_about(_place_of(part))})
                return _DEFECT
        return None

    def _postponed(self, untold: StandingUntold, fence: Fence) -> Answer:
        """In a transaction of its own: of the one that would have answered nothing was committed."""
        try:
            with self._ca.transaction(fence) as work:
                return postponed(untold, work)
        except Conflict:  # another worker has stored the same question
            return Waiting(UNTOLD_DELAY)

    def _report_set_aside(self, set_aside: Sequence[SetAside], fence: Fence) -> None:
        with self._ca.transaction(fence) as work:
            for settlement in set_aside:
                details = {"reason": settlement.rejected.reason, "data_source": self._policy.recipient.data_source}
                target = settlement.message.message_id or f"row {settlement.message.unique_id}"
                work.audit(AuditEvent(Event.MESSAGE_SET_ASIDE, self._policy.worker, target, details))


def _while_there_is_time(
    parts: Sequence[Part | Rejected], answer: Callable[[Part | Rejected], Answer], hold: Hold
) -> Sequence[Answer]:
    answers: list[Answer] = []
    for part in parts:
        answers.append(answer(part))
        if hold.is_due():
            break
    return answers


def _size(taken: _Taken | SetAside) -> int:
    return len(taken.parts) if isinstance(taken, _Taken) else 1


def _place_of(part: Part | Rejected) -> Place | None:
    match part:
        case Understood():
            return part.verified.header.place
        case RefusedSubmessage():
            return part.received.place
        case _:
            return None


def _about(place: Place | None) -> Mapping[str, object]:
    """What a log line says of the submessage that it is about."""
    return {} if place is None else {"message": place.message_id, "part": f"{place.part}/{place.parts}"}


def _keys(parts: Sequence[Part | Rejected]) -> Iterator[JournalKey]:
    return (part.verified.key for part in parts if isinstance(part, Understood))


def _usernames(parts: Sequence[Part | Rejected]) -> Iterator[str]:
    requests = (part.request for part in parts if isinstance(part, Understood))
    return (request.username for request in requests if isinstance(request, EndEntityRequest))
