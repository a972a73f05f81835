"""A message that replaces another one: whatever fails at whichever step, the answer to what stands in the row is
believed (docs/threat-model.md, rule 14).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from lockgate.errors import CallerError, DuplicateMessage, LockgateError, MessageBusy, PeerError, Unavailable
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, SetAside, WaitAgain
from lockgate.ra.replacing import MOST_POSSIBLE
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import RequestHeader
from lockgate.requests.submessages import Request, Response
from lockgate_formats.sent import JsonSentRecords
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from tests.support.scenarios.ra_zone import CONTENTS, MINUTE, Zone, granted, request

STEPS = ("the outbox keeps both", "the row is replaced", "the outbox keeps the new one alone")


class Death(BaseException):
    """The process is gone: nothing may handle this."""


@dataclass
class Interruption:
    """Something that happens once, before or after what replacing does at one of its `STEPS`."""

    step: str
    after: bool
    happen: Callable[[], object]
    steps: int = 0
    armed: bool = False

    def around(self, work: Callable[[], None]) -> None:
        meant = self.armed and STEPS[self.steps % len(STEPS)] == self.step
        self.steps += self.armed
        if meant and not self.after:
            self._strike()
        work()
        if meant and self.after:
            self._strike()

    def _strike(self) -> None:
        self.armed = False
        self.happen()


class InterruptedStore(MemoryMessageStore):
    """A message database at whose puts something may happen."""

    def __init__(self, interruption: Interruption) -> None:
        super().__init__()
        self._interruption = interruption

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        self._interruption.around(lambda: super(InterruptedStore, self).put(message, replaces=replaces))


class InterruptedOutbox(MemoryOutbox):
    """An outbox at whose replacements something may happen."""

    def __init__(self, interruption: Interruption) -> None:
        super().__init__()
        self._interruption = interruption

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        self._interruption.around(lambda: super(InterruptedOutbox, self).replace(key, old, new))


@pytest.fixture
def zone() -> Zone:
    return Zone()


def interrupted(interruption: Interruption) -> Zone:
    """A zone in which "mine" was sent with the request 1."""
    zone = Zone(store=InterruptedStore(interruption), outbox=InterruptedOutbox(interruption))
    zone.client().send([request(1)], message_id="mine")
    interruption.armed = True
    return zone


def send_instead(zone: Zone, request_id: int = 2) -> None:
    zone.client().send([request(request_id)], message_id="mine", replace=True)


def stands(zone: Zone) -> int:
    """The id of the request in the row."""
    pending = zone.client().resume("mine")
    header = CONTENTS.read_header(zone.contents(pending)[0])
    assert isinstance(header, RequestHeader)
    found = CONTENTS.read_request(header)
    assert isinstance(found, Request)
    return found.request_id


def answer(zone: Zone) -> int:
    """The worker answers what stands in the row; which request that was."""
    request_id = stands(zone)
    zone.settle(zone.seal(zone.answer(zone.client().resume("mine"), response=granted(request_id))))
    return request_id


def believed(zone: Zone) -> tuple[Response, ...]:
    """What a client that was started again gets."""
    client = zone.client()
    return client.wait(client.resume("mine"), timedelta())


def die() -> None:
    raise Death


def lose_the_connection() -> None:
    raise Unavailable("the connection was lost")


@pytest.mark.parametrize("failure", [die, lose_the_connection])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
class TestFailures:
    def failed(self, step: str, after: bool, failure: Callable[[], object]) -> Zone:
        zone = interrupted(Interruption(step, after, failure))
        with pytest.raises((Death, Unavailable)):
            send_instead(zone)
        return zone

    def test_what_the_ca_answers_at_once_is_believed(
        self, step: str, after: bool, failure: Callable[[], object]
    ) -> None:
        zone = self.failed(step, after, failure)
        request_id = answer(zone)
        assert request_id == (2 if (STEPS.index(step), after) >= (1, True) else 1)
        assert believed(zone) == (granted(request_id),)

    def test_a_client_that_comes_back_goes_on_and_believes_what_is_answered_then(
        self, step: str, after: bool, failure: Callable[[], object]
    ) -> None:
        zone = self.failed(step, after, failure)
        pending = zone.client().resume("mine")
        assert zone.client().look(pending) is None
        request_id = answer(zone)
        assert request_id == (1 if (step, after) == (STEPS[0], False) else 2)
        assert zone.client().look(pending) == believed(zone) == (granted(request_id),)

    def test_what_a_worker_has_taken_up_meanwhile_is_answered_and_believed(
        self, step: str, after: bool, failure: Callable[[], object]
    ) -> None:
        zone = self.failed(step, after, failure)
        request_id = stands(zone)
        (claimed,) = zone.store.claim(1, MINUTE)
        pending = zone.client().resume("mine")
        assert zone.client().look(pending) is None
        response = zone.seal(zone.answer(pending, response=granted(request_id)))
        assert zone.store.settle([Processed(claimed, zone.worker.join([response]))]) == [True]
        assert believed(zone) == (granted(request_id),)

    def test_another_replacement_is_possible_and_its_answer_is_believed(
        self, step: str, after: bool, failure: Callable[[], object]
    ) -> None:
        zone = self.failed(step, after, failure)
        send_instead(zone, 3)
        assert answer(zone) == 3
        assert believed(zone) == (granted(3),)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_of_two_that_replace_at_once_the_one_in_the_row_is_believed(step: str, after: bool) -> None:
    """The other one, too, replaces from beginning to end, or is refused."""
    refused: list[LockgateError] = []
    site = interrupted(Interruption(step, after, lambda: send_or_refused(site, 3, refused)))
    send_or_refused(site, 2, refused)
    assert len(refused) < 2
    request_id = answer(site)
    assert request_id in (2, 3)
    assert believed(site) == (granted(request_id),)


def send_or_refused(zone: Zone, request_id: int, refused: list[LockgateError]) -> None:
    try:
        send_instead(zone, request_id)
    except CallerError as error:
        refused.append(error)


def test_the_new_message_alone_is_kept_and_answered(zone: Zone) -> None:
    zone.client().send([request(1)], message_id="mine")
    pending = zone.client().send([request(2)], message_id="mine", replace=True)
    assert zone.outbox.recall("mine") == JsonSentRecords().encode(pending)
    assert (pending.replaces, pending.earlier) == (None, ())
    assert answer(zone) == 2
    assert zone.client().look(pending) == (granted(2),)


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_worker_has_taken_up_stays(zone: Zone, kept: bool) -> None:
    first = zone.client().send([request(1)], message_id="mine")
    row, record = zone.row(first), zone.outbox.recall("mine") if kept else None
    (claimed,) = zone.store.claim(1, MINUTE)
    if not kept:
        zone.client().forget(first)
    with pytest.raises(MessageBusy):
        send_instead(zone)
    assert (zone.row(first), zone.outbox.recall("mine")) == (row, record)
    assert zone.store.settle([WaitAgain(claimed, timedelta())]) == [True]


def test_what_was_answered_stays_and_is_believed(zone: Zone) -> None:
    zone.client().send([request(1)], message_id="mine")
    answer(zone)
    with pytest.raises(DuplicateMessage):
        send_instead(zone)
    assert believed(zone) == (granted(1),)


def test_what_was_set_aside_is_replaced(zone: Zone) -> None:
    zone.client().send([request(1)], message_id="mine")
    (claimed,) = zone.store.claim(1, MINUTE)
    zone.store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
    send_instead(zone)
    assert answer(zone) == 2
    assert believed(zone) == (granted(2),)


def test_where_nothing_stands_it_is_put(zone: Zone) -> None:
    send_instead(zone)
    assert answer(zone) == 2
    assert believed(zone) == (granted(2),)


def test_what_another_host_has_sent_is_replaced(zone: Zone) -> None:
    zone.store.put(NewMessage("mine", b"another host's"))
    send_instead(zone)
    stored = zone.store.fetch(MessageType.API, "mine")
    assert stored is not None
    assert (stored.status, stored.generation) == (MessageStatus.WAITING, 2)
    assert stands(zone) == 2


def test_the_answer_to_what_was_replaced_is_not_believed(zone: Zone) -> None:
    """The database may show an old row again; once the client knows that it was replaced, that counts no more."""
    first = zone.client().send([request(1)], message_id="mine")
    old = zone.seal(zone.answer(first))
    send_instead(zone)
    zone.settle(old)
    with pytest.raises(PeerError):
        believed(zone)


def test_a_damaged_record_is_replaced_by_nothing(zone: Zone) -> None:
    zone.outbox.keep("mine", b"{")
    with pytest.raises(PeerError, match="damaged"):
        send_instead(zone)
    assert zone.outbox.recall("mine") == b"{"


def test_messages_of_which_nobody_knows_which_one_stands_there_are_few(zone: Zone) -> None:
    interruption = Interruption("the row is replaced", after=False, happen=lose_the_connection)
    zone = interrupted(interruption)
    for number in range(2, MOST_POSSIBLE + 1):
        interruption.armed, interruption.steps = True, 0
        with pytest.raises(Unavailable):
            send_instead(zone, number)
    kept = zone.outbox.recall("mine")
    with pytest.raises(CallerError, match="resume it before"):
        send_instead(zone, 99)
    assert zone.outbox.recall("mine") == kept
    pending = zone.client().resume("mine")
    assert [possible.parts[0].request_id for possible in pending.possible] == list(range(MOST_POSSIBLE, 0, -1))
    assert answer(zone) == 1
    assert believed(zone) == (granted(1),)
