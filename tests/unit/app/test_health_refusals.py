"""The refusals of a host's servers are counted as they are logged, and no reason from outside becomes a label."""

import pytest

from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_app.health.refusals import RefusalCount


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ({"event": "refused", "reason": Refusal.WRONG_CHALLENGE.value}, ["wrong_challenge"]),
        ({"event": "refused", "reason": Reason.WEAK_KEY.value}, ["weak_key"]),
        ({"event": "refused", "reason": "chosen outside"}, ["other"]),
        ({"event": "refused"}, ["other"]),
        ({"event": "listening", "reason": "weak_key"}, []),
    ],
)
def test_each_line_about_a_refusal_counts_once_and_stays_as_it_is(line: dict[str, str], counted: list[str]) -> None:
    counts: list[str] = []
    assert RefusalCount(counts.append)(None, "warning", dict(line)) == line
    assert counts == counted
