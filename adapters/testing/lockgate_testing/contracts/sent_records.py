"""The contract suite of the port SentRecords."""

from dataclasses import replace

import pytest

from lockgate.errors import PeerError
from lockgate.ports import SentRecords
from lockgate.queue.message import MessageType
from lockgate.ra.sent import SentMessage, SentPart
from lockgate.requests.content import Recipient
from lockgate.requests.trace_context import TraceContext

FIRST = SentMessage(
    message_id="漢字 \u2028 1",
    content=bytes(range(256)),
    recipient=Recipient("ManagementCA", "RAMessage1DS"),
    parts=(SentPart(1, "PKCS10Request", "a" * 64, "b" * 64), SentPart(2, "EditUserRequest", "c" * 64, "d" * 64)),
    signed=True,
    encrypted=True,
)
REPLACING = replace(FIRST, content=b"", replaces="e" * 64, earlier=(FIRST, replace(FIRST, content=b"earlier")))
MESSAGES = {
    "two parts": FIRST,
    "no parts": replace(FIRST, parts=()),
    "signed only": replace(FIRST, encrypted=False),
    "encrypted only": replace(FIRST, signed=False),
    "SCEP": replace(FIRST, type=MessageType.SCEP),
    "replacing": REPLACING,
    "traced": replace(FIRST, trace=TraceContext("ab" * 16, "cd" * 8, sampled=True)),
    "traced, not recorded": replace(FIRST, trace=TraceContext("ab" * 16, "cd" * 8, sampled=False)),
}


class SentRecordsContract:
    """Every rule of the port SentRecords. A subclass supplies the fixture `records`."""

    @pytest.fixture
    def records(self) -> SentRecords:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `records`: the adapter under test")

    @pytest.mark.parametrize("kind", MESSAGES)
    def test_what_was_encoded_is_read(self, records: SentRecords, kind: str) -> None:
        assert records.read(records.encode(MESSAGES[kind])) == MESSAGES[kind]

    def test_equal_messages_have_equal_records_and_others_have_others(self, records: SentRecords) -> None:
        encoded = [records.encode(message) for message in MESSAGES.values()]
        assert [records.encode(replace(message)) for message in MESSAGES.values()] == encoded
        assert len(set(encoded)) == len(MESSAGES)

    @pytest.mark.parametrize("record", [b"", b"{", b"{}", b"null", b"\xff", b"[" * 100_000, bytes(1000)])
    def test_what_is_no_record_is_an_error(self, records: SentRecords, record: bytes) -> None:
        with pytest.raises(PeerError):
            records.read(record)

    @pytest.mark.parametrize("kind", MESSAGES)
    def test_a_record_that_lost_its_end_is_an_error(self, records: SentRecords, kind: str) -> None:
        whole = records.encode(MESSAGES[kind])
        for length in (1, len(whole) // 2, len(whole) - 1):
            with pytest.raises(PeerError):
                records.read(whole[:length])
