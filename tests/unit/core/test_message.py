"""The state machine's table."""

import itertools

import pytest

from lockgate.errors import IllegalTransition
from lockgate.queue.message import TRANSITIONS, MessageEvent, MessageStatus, after, sources, target


@pytest.mark.parametrize(("status", "event"), list(itertools.product([None, *MessageStatus], MessageEvent)))
def test_only_what_the_table_holds_can_happen(status: MessageStatus | None, event: MessageEvent) -> None:
    if (status, event) in TRANSITIONS:
        assert after(status, event) in MessageStatus
        return
    with pytest.raises(IllegalTransition, match=str(event)):
        after(status, event)


@pytest.mark.parametrize("event", MessageEvent)
def test_each_event_leads_to_one_status(event: MessageEvent) -> None:
    assert {after(status, event) for status in sources(event)} <= {target(event)}


def test_a_processed_message_is_never_taken_up_again_by_itself() -> None:
    leaving = {event for (status, event) in TRANSITIONS if status is MessageStatus.PROCESSED}
    assert leaving == set()
