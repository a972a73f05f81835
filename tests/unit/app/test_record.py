"""What a running worker tells of itself."""

import time

from lockgate.line.worker import RoundReport
from lockgate_app.workers.record import ServiceRecord


def test_what_keeps_a_runner_from_its_work_shows_until_it_is_over() -> None:
    record = ServiceRecord(time.monotonic)
    record.looked(RoundReport(1, 0, trouble="4 calls hang"))
    before = record.done
    record.looked(RoundReport(1, 1))
    after = record.done
    assert (before.trouble, after.trouble) == ("4 calls hang", None)
    assert (after.claimed, after.settled) == (2, 1)
