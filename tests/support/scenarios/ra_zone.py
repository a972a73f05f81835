"""An RA client on doubles, and a worker that answers as a test says."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from lockgate.ports import MessageStore, Opened, Outbox, Signed, WakeUp
from lockgate.queue.message import MessageType, Processed
from lockgate.queue.polling import Polling, PollingBounds
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf, Place, Recipient
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Response
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.submessages.contents import JsonContents
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from tests.support.pki import identities

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
            wake_up=wake_up or Polling(PollingBounds(0.25, 1), self.clock.sleep, self.clock.monotonic),
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
