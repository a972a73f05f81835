"""The JSON record passes the contract suite of the port SentRecords."""

import pytest

from lockgate.ports import SentRecords
from lockgate_formats.sent import JsonSentRecords
from lockgate_testing.contracts.sent_records import SentRecordsContract


class TestJsonSentRecords(SentRecordsContract):
    @pytest.fixture
    def records(self) -> SentRecords:
        return JsonSentRecords()
