"""A transaction's life: the table of its states, what the code makes of it, and the diagram in the documents."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lockgate.enrolment.outcome import Granted, Refused
from lockgate.enrolment.transactions import (
    HAND_OUT_TIME,
    REFUSAL_MEMORY,
    TRANSITIONS,
    Enrolment,
    State,
    Transaction,
    TransactionEvent,
)
from lockgate.reasons import Reason
from tests.support.diagrams import DOCUMENT, with_diagram

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
DAY = timedelta(days=1)
OWN = Enrolment(alias="", signer_key="first", request="a", subject=b"name", key="first", certificate="old")
REQUESTS = {
    TransactionEvent.REPEATED: OWN,
    TransactionEvent.RENEWED: replace(OWN, request="b", key="second", certificate="new"),
    TransactionEvent.OTHER: replace(OWN, signer_key="stranger"),
}
OPENED = Transaction(enrolment=OWN, sent=b"a record", expires=NOW + DAY)
SETTLED = {
    State.OPEN: OPENED,
    State.GRANTED: OPENED.settled_at(NOW, Granted((b"certificate",))),
    State.REFUSED: OPENED.settled_at(NOW, Refused(Reason.WEAK_KEY)),
    State.FORGOTTEN: OPENED.settled_at(SOON - REFUSAL_MEMORY, Refused(Reason.WEAK_KEY)),
    State.EXPIRED: replace(OPENED, expires=SOON),
}


@pytest.mark.parametrize("state", SETTLED)
def test_each_state_is_told_from_what_is_kept(state: State) -> None:
    assert SETTLED[state].state_at(SOON) is state


@pytest.mark.parametrize(("state", "event"), list(itertools.product(SETTLED, REQUESTS)))
def test_a_request_makes_of_a_transaction_what_the_table_says(state: State, event: TransactionEvent) -> None:
    transaction, request = SETTLED[state], REQUESTS[event]
    assert transaction.after(request, SOON) is TRANSITIONS.get((state, event))


@pytest.mark.parametrize(
    ("event", "outcome"),
    [(TransactionEvent.GRANTED, Granted()), (TransactionEvent.REFUSED, Refused(Reason.WEAK_KEY))],
)
def test_the_cas_answer_makes_of_an_open_one_what_the_table_says(
    event: TransactionEvent, outcome: Granted | Refused
) -> None:
    assert OPENED.settled_at(NOW, outcome).state_at(NOW) is TRANSITIONS[State.OPEN, event]


@pytest.mark.parametrize("state", [state for state in SETTLED if state is not State.EXPIRED])
def test_time_makes_of_a_transaction_what_the_table_says(state: State) -> None:
    assert SETTLED[state].state_at(NOW + DAY) is TRANSITIONS[state, TransactionEvent.EXPIRES]
    memory_ends = SETTLED[state].state_at(NOW + REFUSAL_MEMORY)
    assert memory_ends is TRANSITIONS.get((state, TransactionEvent.MEMORY_ENDS), state)


def test_a_certificate_that_ends_ends_its_transaction() -> None:
    assert OPENED.settled_at(NOW, Granted(until=SOON)).state_at(SOON) is State.EXPIRED
    assert OPENED.settled_at(NOW, Granted(until=NOW + 2 * DAY)).state_at(NOW + DAY) is State.EXPIRED


def test_a_keystore_is_handed_out_until_a_minute_after_the_first_time() -> None:
    granted = SETTLED[State.GRANTED]
    first = granted.handed_out_at(NOW)
    assert first.state_at(NOW) is TRANSITIONS[State.GRANTED, TransactionEvent.HANDED_OUT]
    assert first.handed_out_at(NOW + HAND_OUT_TIME / 2) == first
    assert first.state_at(NOW + HAND_OUT_TIME) is State.EXPIRED
    assert granted.handed_out_at(NOW + DAY - HAND_OUT_TIME / 2).state_at(NOW + DAY) is State.EXPIRED


@pytest.mark.parametrize("reason", [Reason.TOO_MANY_REQUESTS, Reason.EXPIRED])
def test_what_the_ca_has_not_treated_a_key_may_ask_again_at_once(reason: Reason) -> None:
    busy = Refused(reason)
    anybody = replace(OPENED, enrolment=replace(OWN, signer_key=""))
    assert OPENED.settled_at(NOW, busy).state_at(NOW) is State.FORGOTTEN
    assert anybody.settled_at(NOW, busy).state_at(NOW) is State.REFUSED


def test_from_every_state_the_id_gets_free_again() -> None:
    reached: set[State | None] = {None}
    for _ in State:
        reached |= {target for (source, _), target in TRANSITIONS.items() if source in reached}
    assert reached == {None, *State}
    assert {source for source, event in TRANSITIONS if event is TransactionEvent.EXPIRES} == set(State) - {
        State.EXPIRED,
        State.REPLACED,
    }


def test_the_diagram_is_the_tables() -> None:
    text = DOCUMENT.read_text()
    assert with_diagram(text) == text, "run: .venv/bin/python -m tests.support.diagrams"
