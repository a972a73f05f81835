"""The RA client: what it sends, what it believes (docs/threat-model.md, rules 2, 3, 4 and 15)."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lockgate.errors import (
    CallerError,
    ConfigurationError,
    DuplicateMessage,
    KeystoreError,
    MessageTooLarge,
    NoAnswer,
    NotProcessed,
    PeerError,
    Unavailable,
    UnverifiedAnswer,
)
from lockgate.ports import MessageStore, Opened, Outbox, Signed, WakeUp
from lockgate.queue.message import MessageStatus, MessageType, NewMessage, Processed, SetAside
from lockgate.queue.polling import Bounds, Polling
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.ra.sent import SentMessage
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf, Place, Recipient, RequestHeader
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Response
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.submessages.contents import JsonContents
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from lockgate_transport.host.outbox import FileOutbox
from tests.support.pki import identities
from tests.support.wire import cms_objects

RECIPIENT = Recipient("ca", "source")
CONTENTS = JsonContents()
RA, WORKER = identities.ra(), identities.worker()
REFUSAL = Response(request_id=0, success=False, fail_info="No.", reason="unreadable")
MINUTE = timedelta(minutes=1)


def request(request_id: int = 1, *, create_or_edit_user: bool = True) -> PKCS10Request:
    return PKCS10Request(
        request_id=request_id,
        username="alice",
        subject_dn="CN=alice",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="ManagementCA",
        pkcs10=b"\x30\x00",
        create_or_edit_user=create_or_edit_user,
    )


def refused_unread(request_id: int = 1) -> PKCS10Response:
    return PKCS10Response(request_id=request_id, success=False, fail_info=REFUSAL.fail_info, reason=REFUSAL.reason)


def granted(request_id: int = 1) -> PKCS10Response:
    return PKCS10Response(request_id=request_id, success=True, certificate=b"certificate", pkcs7=b"pkcs7")


@dataclass
class Zone:
    """The RA's zone, and a worker who answers as the test says."""

    store: MemoryMessageStore = field(default_factory=MemoryMessageStore)
    outbox: Outbox = field(default_factory=MemoryOutbox)
    clock: SteppingClock = field(default_factory=lambda: SteppingClock(identities.NOT_BEFORE))
    worker: CmsEnvelopes = field(default_factory=lambda: CmsEnvelopes(WORKER.keystore))
    policy: ClientPolicy = field(
        default_factory=lambda: ClientPolicy(recipient=RECIPIENT, worker_certificates=(WORKER.der,), certificate=RA.der)
    )
    keystore: bool = True

    def client(self, *, store: MessageStore | None = None, wake_up: WakeUp | None = None) -> RaClient:
        parts = ClientParts(
            store=store or self.store,
            envelopes=CmsEnvelopes(RA.keystore if self.keystore else None),
            contents=CONTENTS,
            records=JsonSentRecords(),
            outbox=self.outbox,
            clock=self.clock,
            random=RepeatableRandom(),
            wake_up=wake_up or Polling(Bounds(0.25, 1), self.clock.sleep, self.clock.monotonic),
        )
        return RaClient(parts, self.policy)

    def row(self, pending: SentMessage) -> bytes:
        stored = self.store.fetch(MessageType.API, pending.message_id)
        assert stored is not None
        return stored.content

    def submessages(self, pending: SentMessage) -> tuple[bytes, ...]:
        parts = self.worker.split(self.row(pending))
        assert isinstance(parts, tuple)
        return parts

    def contents(self, pending: SentMessage) -> list[bytes]:
        """What the worker reads in each part."""
        found = []
        for part in self.submessages(pending):
            opened = self.worker.open(part)
            assert isinstance(opened, Opened)
            signed = self.worker.verify(opened) if opened.signed else None
            found.append(signed.content if isinstance(signed, Signed) else opened.octets)
        return found

    def answer(self, pending: SentMessage, number: int = 1, **changes: Any) -> AnswerContent:
        """The genuine verdict on a part, with changes."""
        answer = AnswerContent(
            response=granted(pending.parts[number - 1].request_id),
            digest=hashlib.sha256(self.contents(pending)[number - 1]).hexdigest(),
            digest_of=DigestOf.REQUEST,
            place=Place(pending.message_id, number, len(pending.parts)),
            recipient=RECIPIENT,
            created=identities.NOT_BEFORE,
        )
        return replace(answer, **changes)

    def notice(self, pending: SentMessage, number: int = 1, **changes: Any) -> AnswerContent:
        """The genuine notice that a part could not be verified, with changes."""
        digest = hashlib.sha256(self.submessages(pending)[number - 1]).hexdigest()
        answer = self.answer(pending, number, response=REFUSAL, digest=digest, digest_of=DigestOf.SUBMESSAGE)
        return replace(answer, **changes)

    def seal(self, answer: AnswerContent, *, sign: bool = True, encrypt: bool = True) -> bytes:
        content = CONTENTS.encode_answer(answer)
        to = RA.der if encrypt else None
        return self.worker.seal(content, ContentKind.ANSWER, sign=sign, encrypt_to=to)

    def settle(self, *sealed: bytes) -> None:
        """Write the answers back."""
        (claimed,) = self.store.claim(1, MINUTE)
        assert self.store.settle([Processed(claimed, self.worker.join(sealed))]) == [True]


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
    headers = [CONTENTS.read_header(its) for pending in (first, second) for its in zone.contents(pending)]
    assert len({its.nonce for its in headers if isinstance(its, RequestHeader)}) == 3


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


# ---- answers that are believed


def test_a_verified_answer_is_the_response(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(5), request(6)])
    assert client.look(pending) is None
    zone.settle(zone.seal(zone.answer(pending, 1)), zone.seal(zone.answer(pending, 2)))
    assert client.wait(pending, MINUTE) == (granted(5), granted(6))
    assert zone.clock.slept == []


def test_every_pinned_worker_may_answer(zone: Zone) -> None:
    old = identities.authority().issue("old worker", identities.rsa_key(3))
    zone.policy = replace(zone.policy, worker_certificates=(WORKER.der, old.der))
    pending = zone.client().send([request()])
    answer = zone.answer(pending)
    zone.worker = CmsEnvelopes(old.keystore)
    zone.settle(zone.seal(answer))
    assert zone.client().wait(pending, MINUTE) == (granted(),)


@pytest.mark.parametrize("encrypt", [True, False])
def test_a_verified_refusal_is_a_response(zone: Zone, encrypt: bool) -> None:
    """A notice may travel in clear: it says nothing of the request."""
    client = zone.client()
    verdict = client.send([request()], message_id="verdict")
    refused = PKCS10Response(request_id=1, success=False, fail_info="No.", reason="weak_key")
    zone.settle(zone.seal(zone.answer(verdict, response=refused)))
    assert client.wait(verdict, MINUTE) == (refused,)
    notice = client.send([request()], message_id="notice")
    zone.settle(zone.seal(zone.notice(notice), encrypt=encrypt))
    assert client.wait(notice, MINUTE) == (refused_unread(),)


def test_a_refusal_of_what_was_not_understood_is_told_as_the_response_to_that_request(zone: Zone) -> None:
    """The CA answers with no request id of its own; the place and the digest say which request it is."""
    client = zone.client()
    pending = client.send([request()])
    zone.settle(zone.seal(zone.answer(pending, response=REFUSAL)))
    assert client.wait(pending, MINUTE) == (refused_unread(),)


def test_a_request_in_clear_may_be_answered_in_clear_unless_the_policy_insists(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()], encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), encrypt=False))
    assert client.wait(pending, MINUTE) == (granted(),)
    zone.policy = replace(zone.policy, insist_encrypted=True)
    with pytest.raises(UnverifiedAnswer, match="not encrypted"):
        zone.client().wait(pending, MINUTE)


def test_unsigned_answers_to_unsigned_requests_only_where_configured(zone: Zone) -> None:
    pending = zone.client().send([request()], sign=False, encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), sign=False, encrypt=False))
    with pytest.raises(UnverifiedAnswer, match="not signed"):
        zone.client().wait(pending, MINUTE)
    zone.policy = replace(zone.policy, insist_signed=False)
    assert zone.client().wait(pending, MINUTE) == (granted(),)


def test_whoever_signs_is_answered_signed_whatever_is_configured(zone: Zone) -> None:
    zone.policy = replace(zone.policy, insist_signed=False)
    pending = zone.client().send([request()], encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), sign=False, encrypt=False))
    with pytest.raises(UnverifiedAnswer, match="not signed"):
        zone.client().wait(pending, MINUTE)


# ---- answers that are not believed


def _by(identity: identities.Identity) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        answer = zone.answer(pending)
        zone.worker = CmsEnvelopes(identity.keystore)
        yield zone.seal(answer)

    return deviate


def _changed(**changes: Any) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        yield zone.seal(zone.answer(pending, **changes))

    return deviate


def _notice(**changes: Any) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        yield zone.seal(zone.notice(pending, **changes))

    return deviate


def _garbage(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield b"garbage"


def _unsigned(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending), sign=False)


def _in_clear(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending), encrypt=False)


def _as_request(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    content = CONTENTS.encode_answer(zone.answer(pending))
    yield zone.worker.seal(content, ContentKind.REQUEST, sign=True, encrypt_to=RA.der)


def _malformed(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.worker.seal(b"{}", ContentKind.ANSWER, sign=True, encrypt_to=RA.der)


def _changed_signature(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    signed = bytearray(zone.seal(zone.answer(pending), encrypt=False))
    signed[-1] ^= 1
    yield cms_objects.auth_enveloped(bytes(signed), "1.2.840.113549.1.7.1", RA.certificate)


def _the_other_part(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending, place=Place(pending.message_id, 2, 2)))


def _too_many(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield from [zone.seal(zone.answer(pending))] * 2


TWINS_NAME = identities.make_authority("Management CA", identities.ec_key(8)).issue("worker", identities.rsa_key(3))
DEVIATIONS = {
    "garbage": _garbage,
    "malformed": _malformed,
    "unsigned": _unsigned,
    "in clear": _in_clear,
    "a changed signature": _changed_signature,
    "another certificate of the same CA": _by(identities.authority().issue("worker", identities.rsa_key(3))),
    "another CA's certificate with the worker's name": _by(TWINS_NAME),
    "its own certificate": _by(RA),
    "signed as a request": _as_request,
    "another request": _changed(digest="00" * 32),
    "another message": _changed(place=Place("other", 1, 1)),
    "another part": _the_other_part,
    "more parts": _changed(place=Place("mine", 1, 2)),
    "another data source": _changed(recipient=Recipient("ca", "other")),
    "another CA": _changed(recipient=Recipient("other", "source")),
    "another request id": _changed(response=granted(2)),
    "another type": _changed(response=Response(request_id=1, success=True)),
    "a refusal under another request id": _changed(
        response=PKCS10Response(request_id=2, success=False, fail_info="No.", reason="weak_key")
    ),
    "too many": _too_many,
    "a notice of other octets": _notice(digest="00" * 32),
    "a notice of the content": _changed(digest_of=DigestOf.SUBMESSAGE, response=REFUSAL),
    "a notice for another message": _notice(place=Place("other", 1, 1)),
    "a notice by another data source's worker": _notice(recipient=Recipient("ca", "other")),
    "a notice that claims success": _notice(response=Response(request_id=1, success=True)),
    "a notice with a certificate": _notice(response=granted()),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_what_is_not_provably_the_answer_is_not_believed(zone: Zone, name: str) -> None:
    client = zone.client()
    pending = client.send([request()], message_id="mine")
    zone.settle(*DEVIATIONS[name](zone, pending))
    with pytest.raises(UnverifiedAnswer):
        client.wait(pending, MINUTE)
    assert zone.outbox.recall("mine") is not None


def test_too_few_answers_are_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(1), request(2)])
    zone.settle(zone.seal(zone.answer(pending, 1)))
    with pytest.raises(UnverifiedAnswer, match="1 answers to 2 requests"):
        client.wait(pending, MINUTE)


def test_a_row_that_is_no_message_is_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()])
    (claimed,) = zone.store.claim(1, MINUTE)
    zone.store.settle([Processed(claimed, b"garbage")])
    with pytest.raises(UnverifiedAnswer, match="no answers"):
        client.wait(pending, MINUTE)


def test_swapped_answers_are_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(1), request(2)])
    zone.settle(zone.seal(zone.answer(pending, 2)), zone.seal(zone.answer(pending, 1)))
    with pytest.raises(UnverifiedAnswer, match="another message or part"):
        client.wait(pending, MINUTE)


def test_a_row_set_aside_is_a_hint_of_its_own_kind(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()])
    (claimed,) = zone.store.claim(1, MINUTE)
    zone.store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
    with pytest.raises(NotProcessed, match="too_large"):
        client.wait(pending, MINUTE)
    assert zone.outbox.recall(pending.message_id) is not None


# ---- waiting, coming back


def test_waiting_ends_in_time_and_the_message_stays(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()], message_id="mine")
    with pytest.raises(NoAnswer, match="mine"):
        client.wait(pending, timedelta(seconds=3.5))
    assert zone.clock.slept == [0.25, 0.375, 0.5625, 0.84375, 1, 0.46875]
    stored = zone.store.fetch(MessageType.API, "mine")
    assert stored is not None
    assert stored.status is MessageStatus.WAITING
    assert issubclass(NoAnswer, Unavailable)


def test_a_wake_up_ends_the_pause_and_one_for_nothing_does_no_harm(zone: Zone) -> None:
    wake_up = MemoryWakeUp(zone.clock.sleep, zone.clock.monotonic, rings=(0.25, 10.5))
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
