"""Certificates that end soon are named in the log, once a day."""

from datetime import timedelta

import pytest

from lockgate_keys.expiry import NOTICE, ExpiryNotice
from lockgate_testing.doubles.host import SteppingClock
from tests.support.pki import identities

DAY = timedelta(days=1).total_seconds()


def test_what_ends_soon_is_named_once_a_day_and_after_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    end = identities.ra().certificate.not_valid_after_utc
    clock = SteppingClock(end - NOTICE - timedelta(seconds=DAY))
    notice = ExpiryNotice([("RA keystore", identities.ra().der)], clock)
    for _ in range(33 * 2):
        notice.remind()
        notice.remind()
        clock.sleep(DAY / 2)
    soon = [text for text in caplog.messages if "ends soon" in text]
    assert (len(soon), len(caplog.messages)) == (30, 31)
    assert caplog.messages[0].startswith("RA keystore: certificate 'CN=ra.example,O=Lockgate tests,C=SE' ends soon, at")
    assert "ended, at" in caplog.messages[-1]
