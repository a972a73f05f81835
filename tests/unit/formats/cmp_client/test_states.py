"""The client's state table."""

import itertools

import pytest

from lockgate.errors import CallerError
from lockgate_formats.cmp_client.states import TRANSITIONS, State, TransactionEvent, moved


def test_every_state_is_reached_and_left_unless_it_is_the_end() -> None:
    reached = {State.REQUESTED, *TRANSITIONS.values()}
    left = {state for state, _ in TRANSITIONS}
    assert reached == set(State)
    assert set(State) - left == {state for state in State if state.has_ended}


def test_answers_come_to_states_that_send_alone() -> None:
    own = {TransactionEvent.POLLED, TransactionEvent.DECIDED}
    assert {state for state, event in TRANSITIONS if event not in own} == {state for state in State if state.sends}
    assert {state: event for state, event in TRANSITIONS if event in own} == {
        State.WAITING: TransactionEvent.POLLED,
        State.ISSUED: TransactionEvent.DECIDED,
    }


@pytest.mark.parametrize(
    ("state", "event"), [pair for pair in itertools.product(State, TransactionEvent) if pair not in TRANSITIONS]
)
def test_nothing_else_can_happen(state: State, event: TransactionEvent) -> None:
    with pytest.raises(CallerError, match=f"a transaction that is {state} cannot go on"):
        moved(state, event)
