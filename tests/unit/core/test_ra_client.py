"""The RA client: what it sends, and how it waits and comes back (docs/threat-model.md, rules 2 and 15)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lockgate.errors import (
    CallerError,
    ConfigurationError,
    DuplicateMessage,
    KeystoreError,
    MessageTooLarge,
    NoAnswer,
    PeerError,
    Unavailable,
)
from lockgate.ports import Opened, Signed
from lockgate.queue.message import MessageStatus, MessageType, NewMessage
from lockgate.ra.client import ClientParts, RaClient
from lockgate.requests.content import ContentKind, Place, RequestHeader
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_testing.doubles.host import RepeatableRandom
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from lockgate_transport.host.outbox import FileOutbox
from tests.support.pki import identities
from tests.support.scenarios.ra_zone import CONTENTS, MINUTE, RA, RECIPIENT, Zone, granted, request


@pytest.fixture
def zone() -> Zone:
    return Zone()


# ---- sending


def test_what_is_sent_is_signed_encrypted_and_says_where_it_belongs(zone: Zone) -> None:
    pending = zone.client().send([request(5), request(6)], message_id="mine", lifetime=timedelta(hours=1))
    for number, content in enumerate(zone.contents(pending), start=1):
        header = CONTENTS.read_header(content)
        assert isinstance(header, RequestHeader)
        assert header.place == Place("mine", number, 2)
        assert header.recipient == RECIPIENT
        assert (header.created, header.expires) == (identities.NOT_BEFORE, identities.NOT_BEFORE + timedelta(hours=1))
        assert header.answer_certificate is None
        assert CONTENTS.read_request(header) == request(number + 4)
    for part in zone.submessages(pending):
        opened = zone.worker.open(part)
        assert isinstance(opened, Opened)
        assert (opened.signed, opened.encrypted, opened.authenticated) == (True, True, True)
        signed = zone.worker.verify(opened)
        assert isinstance(signed, Signed)
        assert (signed.kind, signed.certificate) == (ContentKind.REQUEST, RA.der)


def test_nonces_and_message_ids_are_random(zone: Zone) -> None:
    client = zone.client()
    first, second = client.send([request(1), request(2)]), client.send([request()])
    assert first.message_id != second.message_id
    headers = [CONTENTS.read_header(content) for pending in (first, second) for content in zone.contents(pending)]
    assert len({header.nonce for header in headers if isinstance(header, RequestHeader)}) == 3


def test_unsigned_encrypted_requests_name_the_certificate_for_the_answer(zone: Zone) -> None:
    pending = zone.client().send([request()], sign=False)
    header = CONTENTS.read_header(zone.contents(pending)[0])
    assert isinstance(header, RequestHeader)
    assert header.answer_certificate == RA.der
    zone.policy = replace(zone.policy, certificate=None)
    with pytest.raises(ConfigurationError, match="own certificate"):
        zone.client().send([request()], sign=False)


def test_what_cannot_be_sent_is_refused_before_anything_is_kept(zone: Zone) -> None:
    client = zone.client()
    with pytest.raises(CallerError, match="at least one"):
        client.send([])
    with pytest.raises(CallerError, match="100 submessages at most, not 101: send several"):
        client.send([request(request_id=number) for number in range(101)], message_id="m")
    with pytest.raises(CallerError, match="255"):
        client.send([request()], message_id="m" * 256)
    with pytest.raises(CallerError, match="secret"):
        client.send([request(create_or_edit_user=False)], encrypt=False, message_id="m")
    zone.keystore = False
    with pytest.raises(KeystoreError):
        zone.client().send([request()], message_id="m")
    zone.policy = replace(zone.policy, worker_certificates=())
    with pytest.raises(ConfigurationError, match="worker"):
        zone.client().send([request()], sign=False, message_id="m")
    assert zone.outbox.recall("m") is None
    assert zone.store.fetch(MessageType.API, "m") is None


def test_a_used_message_id_is_refused_and_its_message_stays(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(1)], message_id="mine")
    row = zone.row(pending)
    with pytest.raises(DuplicateMessage):
        client.send([request(2)], message_id="mine")
    assert zone.row(client.resume("mine")) == row
    client.forget(pending)
    with pytest.raises(DuplicateMessage):
        client.send([request(2)], message_id="mine")
    assert zone.outbox.recall("mine") is None


def test_a_message_that_is_refused_as_too_large_is_not_kept(zone: Zone) -> None:
    client = zone.client(store=zone.store.limited(100))
    with pytest.raises(MessageTooLarge):
        client.send([request()], message_id="mine")
    assert zone.outbox.recall("mine") is None


# ---- waiting, coming back


def test_waiting_ends_in_time_and_the_message_stays(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()], message_id="mine")
    with pytest.raises(NoAnswer, match="mine"):
        client.wait(pending, timedelta(seconds=3.5))
    assert zone.clock.slept[:-1] == pytest.approx([0.25 * 1.05**number for number in range(10)])
    assert sum(zone.clock.slept) == pytest.approx(3.5)
    stored = zone.store.fetch(MessageType.API, "mine")
    assert stored is not None
    assert stored.status is MessageStatus.WAITING
    assert issubclass(NoAnswer, Unavailable)


def test_a_wake_up_ends_the_pause_and_one_for_nothing_does_no_harm(zone: Zone) -> None:
    wake_up = MemoryWakeUp(zone.clock.sleep, zone.clock.monotonic, notified_at=(0.25, 10.5))
    client = zone.client(wake_up=wake_up)
    pending = client.send([request()])
    with pytest.raises(NoAnswer):
        client.wait(pending, timedelta(seconds=10))
    assert zone.clock.slept == [0.25, *[1.0] * 9, 0.75]
    zone.settle(zone.seal(zone.answer(pending)))
    assert client.wait(pending, MINUTE) == (granted(),)


def test_an_answer_at_the_last_moment_counts(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()])
    zone.settle(zone.seal(zone.answer(pending)))
    assert client.wait(pending, timedelta(0)) == (granted(),)


def test_another_client_resumes_with_the_very_same_octets(zone: Zone) -> None:
    pending = zone.client().send([request()], message_id="mine")
    answer = zone.seal(zone.answer(pending))
    zone.settle(answer)
    resumed = zone.client().resume("mine")
    assert resumed == pending
    assert zone.client().wait(resumed, MINUTE) == (granted(),)


class Broken(MemoryMessageStore):
    """A store that breaks when a message is put, before or after it was stored."""

    def __init__(self, *, stored: bool) -> None:
        super().__init__()
        self._stored = stored
        self.broken = True

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        if not self.broken or self._stored:
            super().put(message, replaces=replaces)
        if self.broken:
            raise Unavailable("the connection was lost")


@pytest.mark.parametrize("stored", [True, False])
def test_after_a_lost_connection_the_same_octets_are_put(zone: Zone, stored: bool) -> None:
    zone.store = store = Broken(stored=stored)
    with pytest.raises(Unavailable):
        zone.client().send([request()], message_id="mine")
    store.broken = False
    pending = zone.client().resume("mine")
    assert zone.row(pending) == pending.content
    zone.settle(zone.seal(zone.answer(pending)))
    assert zone.client().wait(pending, MINUTE) == (granted(),)


def test_a_row_that_vanished_is_put_again_as_it_was(zone: Zone) -> None:
    pending = zone.client().send([request()], message_id="mine")
    zone.store = MemoryMessageStore()
    assert zone.client().look(pending) is None
    assert zone.row(pending) == pending.content


def test_what_was_forgotten_cannot_be_resumed(zone: Zone) -> None:
    client = zone.client()
    client.forget(client.send([request()], message_id="mine"))
    with pytest.raises(CallerError, match="keeps no message 'mine'"):
        client.resume("mine")


@pytest.mark.parametrize("record", [b"", b"{}", b"\xff", b"garbage"])
def test_a_damaged_record_is_named(zone: Zone, record: bytes) -> None:
    zone.outbox.keep("mine", record)
    with pytest.raises(PeerError, match="damaged"):
        zone.client().resume("mine")


def test_a_record_of_another_version_is_named(zone: Zone) -> None:
    pending = zone.client().send([request()], message_id="mine")
    zone.outbox.forget("mine")
    zone.outbox.keep("mine", JsonSentRecords().encode(pending).replace(b'"format":1', b'"format":2'))
    with pytest.raises(PeerError, match="format 2"):
        zone.client().resume("mine")


def test_the_outbox_on_files_serves_as_well(zone: Zone, tmp_path: Path) -> None:
    zone.outbox = FileOutbox(tmp_path)
    pending = zone.client().send([request()], message_id="mine/../x")
    assert zone.client().resume("mine/../x") == pending


def test_the_client_closes_what_it_was_given(zone: Zone) -> None:
    closed: list[bool] = []
    wake_up = MemoryWakeUp(zone.clock.sleep, zone.clock.monotonic)
    parts = ClientParts(
        store=zone.store,
        envelopes=CmsEnvelopes(None),
        contents=CONTENTS,
        records=JsonSentRecords(),
        outbox=zone.outbox,
        clock=zone.clock,
        random=RepeatableRandom(),
        wake_up=wake_up,
        close=lambda: closed.append(wake_up.closed),
    )
    with RaClient(parts, zone.policy) as ra:
        assert closed == []
        assert ra.look(ra.send([request()], sign=False, encrypt=False)) is None
    assert closed == [True]
