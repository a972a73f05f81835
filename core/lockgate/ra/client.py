"""The RA API: compose requests, sign, encrypt, put, wait, check the answers.

    with RaClient(...) as ra:
        pending = ra.send([PKCS10Request(request_id=1, username="alice", ...)])
        (response,) = ra.wait(pending, timeout=timedelta(seconds=60))
        ra.forget(pending)

Each message is kept in the outbox before it is put, so that a client that crashed, or got no answer in time, can
`resume` by message id.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from lockgate.errors import CallerError, ConfigurationError, NoAnswer, NotProcessed, UnverifiedAnswer
from lockgate.ports import (
    NO_TRACING,
    Clock,
    Contents,
    Envelopes,
    MessageStore,
    Outbox,
    Random,
    SentRecords,
    SpanFacts,
    Tracer,
    WakeUp,
)
from lockgate.queue.message import MAX_MESSAGE_ID_LENGTH, MessageStatus, MessageType
from lockgate.ra.answers import AnswerCheck
from lockgate.ra.kept import KeptMessages, read_kept
from lockgate.ra.replacing import Replacing
from lockgate.ra.sent import SentMessage, SentPart
from lockgate.requests.content import NONCE_OCTETS, ContentKind, Place, Recipient, RequestContent
from lockgate.requests.request_types import REQUEST_TYPES, RequestTypes
from lockgate.requests.submessages import Request, Response
from lockgate.requests.trace_context import TraceContext

MESSAGE_ID_OCTETS = 16
DEFAULT_LIFETIME = timedelta(days=1)
REQUEST_SPAN, RESPONSE_SPAN = "request", "response"
"""Names of spans: a message is composed, signed and encrypted; its answer is opened and verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPolicy:
    """The CA that a client sends requests to, and the answers that it accepts.

    Attributes:
        recipient: the CA instance and data source that requests are meant for.
        worker_certificates: DER. Requests are encrypted to the first; answers count if any of them signed (several
            while the worker's certificate is renewed). Empty only for a worker without a keystore.
        certificate: this RA's own DER certificate, to which answers to unsigned encrypted requests are encrypted.
        insist_signed: whether unsigned answers are refused even to unsigned requests.
        insist_encrypted: whether answers in clear are refused even to requests in clear.
        poll_interval: how long to wait between two looks at the row at most; a wake-up comes earlier.
    """

    recipient: Recipient
    worker_certificates: tuple[bytes, ...]
    certificate: bytes | None
    insist_signed: bool = True
    insist_encrypted: bool = False
    lifetime: timedelta = DEFAULT_LIFETIME
    poll_interval: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientParts:
    """The parts of a client; see `lockgate.ports`.

    Attributes:
        wake_up: tells when to look for an answer; the client closes it.
        tracer: records what is sent and answered; the client closes it. What it names goes into the signed content.
        remind: called before a message is composed; it names certificates that end soon in the log.
        close: called when the client is closed.
    """

    store: MessageStore
    envelopes: Envelopes
    contents: Contents
    records: SentRecords
    outbox: Outbox
    clock: Clock
    random: Random
    wake_up: WakeUp
    tracer: Tracer = NO_TRACING
    remind: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


class RaClient:
    """Sends requests through the message database and reads the answers. A context manager.

    `prepare` and `look` may be called by several threads at once; everything else by one at a time.
    """

    def __init__(self, parts: ClientParts, policy: ClientPolicy, request_types: RequestTypes = REQUEST_TYPES) -> None:
        self._parts = parts
        self._policy = policy
        self._request_types = request_types
        self._replacing = Replacing(parts.store, parts.outbox, parts.records)
        self._check = AnswerCheck(
            parts.envelopes,
            parts.contents,
            request_types,
            frozenset(policy.worker_certificates),
            insist_signed=policy.insist_signed,
            insist_encrypted=policy.insist_encrypted,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the client's resources; messages that it sent stay in message database and outbox."""
        self._parts.wake_up.close()
        self._parts.tracer.close()
        self._parts.close()

    def send(
        self,
        requests: Sequence[Request],
        *,
        message_id: str | None = None,
        sign: bool = True,
        encrypt: bool = True,
        lifetime: timedelta | None = None,
        replace: bool = False,
    ) -> SentMessage:
        """Put one message with a submessage for each of `requests`.

        Args:
            message_id: 1 to 255 characters, unique; random by default.
            lifetime: how long the CA may take to process it; `ClientPolicy.lifetime` by default.
            replace: replace the message of that id, if no worker has claimed it yet. If the message database cannot be
                reached, the message may or may not have been replaced: the answer to either one is accepted, and
                `request_id` shows which one it answers. A dishonest message database can make a worker carry out the
                replaced one, too, until that expires.

        Raises:
            CallerError: no requests or more than 100, a request type that is not installed, a secret in clear, a bad or
                used message id, too large a message; the message to be replaced was taken up or answered: it stays.
            PeerError: what the outbox keeps under the message id is damaged.
            KeystoreError: there is no key to sign with.
            ConfigurationError: there is no certificate to encrypt to, or to have the answer encrypted to.
            Unavailable: the message database or outbox cannot be reached. The message may have been put: `resume`.
        """
        pending = self.prepare(requests, message_id=message_id, sign=sign, encrypt=encrypt, lifetime=lifetime)
        if replace:
            self._replacing.put(pending)
            return pending
        self._parts.outbox.keep(pending.message_id, self.record(pending))
        try:
            self._parts.store.put(pending.message)
        except CallerError:
            self._parts.outbox.forget(pending.message_id)
            raise
        return pending

    def prepare(
        self,
        requests: Sequence[Request],
        *,
        message_id: str | None = None,
        message_type: int = MessageType.API,
        sign: bool = True,
        encrypt: bool = True,
        lifetime: timedelta | None = None,
    ) -> SentMessage:
        """A message that is ready to be put; for callers that keep it themselves. `look` puts it.

        Args:
            message_id, lifetime: as for `send`.
            message_type: the message's kind.

        Raises:
            CallerError, KeystoreError, ConfigurationError: as `send`.
        """
        self._parts.remind()
        message_id = message_id or self._parts.random.octets(MESSAGE_ID_OCTETS).hex()
        _require_sendable(requests, message_id, encrypt=encrypt)
        self._require_known(requests)
        span = self._parts.tracer.begin(REQUEST_SPAN, self._parts.clock.now())
        contents = self._compose(requests, message_id, lifetime, span.context, names_certificate=encrypt and not sign)
        encoded = [self._parts.contents.encode_request(content) for content in contents]
        encrypt_to = self._encrypt_to() if encrypt else None
        seal = self._parts.envelopes.seal
        sealed = [seal(octets, ContentKind.REQUEST, sign=sign, encrypt_to=encrypt_to) for octets in encoded]
        parts = tuple(map(_sent, requests, encoded, sealed))
        content, recipient = self._parts.envelopes.join(sealed), self._policy.recipient
        sent = SentMessage(message_id, content, recipient, parts, sign, encrypt, message_type, trace=span.context)
        span.end(self._parts.clock.now(), _facts(sent))
        return sent

    def _require_known(self, requests: Sequence[Request]) -> None:
        for request in requests:
            known = self._request_types.get(type(request).__name__)
            if known is None or known.request is not type(request):
                raise CallerError(f"{type(request).__name__} is no request type that is installed here")

    def resume(self, message_id: str) -> SentMessage:
        """Take up a message that was sent before; it is put again, as it was, if its row is gone.

        Raises:
            CallerError: the outbox keeps no such message.
            PeerError: what the outbox keeps is damaged.
            Unavailable: the message database or outbox cannot be reached.
        """
        record = self._parts.outbox.recall(message_id)
        if record is None:
            raise CallerError(f"the outbox keeps no message {message_id[:80]!a}")
        pending = self.recorded(record)
        if self._parts.store.fetch(pending.type, message_id) is None:
            self._parts.store.put(pending.message)
        return pending

    def kept(self) -> KeptMessages:
        """The messages that were sent and not forgotten: `resume` can take them up.

        Raises:
            Unavailable: the outbox cannot be read.
        """
        return read_kept(self._parts.outbox.records(), self._parts.records)

    def record(self, pending: SentMessage) -> bytes:
        """The form in which `pending` is kept; for callers that keep it themselves."""
        return self._parts.records.encode(pending)

    def recorded(self, record: bytes) -> SentMessage:
        """The message that `record` was made of.

        Raises:
            PeerError: it is damaged, or written by another version.
        """
        return self._parts.records.read(record)

    def look(self, pending: SentMessage) -> tuple[Response, ...] | None:
        """The responses, one for each request in its order, or None if there is no answer yet.

        A response whose `success` is false is the CA's verified refusal. If it is unknown whether the message has
        replaced another one, the replacement is tried again, and responses to the other one count, too.

        Raises:
            UnverifiedAnswer: the row's content is not provably the CA's answer to this message.
            NotProcessed: the row says that the message was set aside; an unproven hint.
            Unavailable: the message database cannot be reached.
        """
        stored = self._parts.store.fetch(pending.type, pending.message_id)
        if stored is None:
            self._parts.store.put(pending.message)
            return None
        if self._replacing.goes_on(pending, stored):
            return None
        if stored.status is MessageStatus.SET_ASIDE:
            raise NotProcessed(f"the message was set aside: {(stored.reason or 'no reason given')[:200]}")
        if stored.status is not MessageStatus.PROCESSED:
            return None
        return self._believed(stored.content, pending)

    def _believed(self, answer: bytes, pending: SentMessage) -> tuple[Response, ...]:
        for earlier in pending.earlier:
            with suppress(UnverifiedAnswer):
                return self._read(answer, earlier)
        return self._read(answer, pending)

    def _read(self, answer: bytes, sent: SentMessage) -> tuple[Response, ...]:
        began = self._parts.clock.now()
        responses = self._check.read(answer, sent)
        if sent.trace is not None:
            span = self._parts.tracer.begin(RESPONSE_SPAN, began, sent.trace, own=True)
            span.end(self._parts.clock.now(), _facts(sent, responses))
        return responses

    def wait(self, pending: SentMessage, timeout: timedelta) -> tuple[Response, ...]:
        """The responses, as `look` gives them, waiting up to `timeout` for them.

        Raises:
            NoAnswer: none came in time; the message stays, and `resume` takes it up later.
            UnverifiedAnswer, NotProcessed, Unavailable: as `look`.
        """
        clock, wake_up = self._parts.clock, self._parts.wake_up
        deadline = clock.monotonic() + timeout.total_seconds()
        wake_up.looked(found=True)  # what was put is traffic
        while (responses := self.look(pending)) is None:
            left = deadline - clock.monotonic()
            if left <= 0:
                raise NoAnswer(f"no answer to the message {pending.message_id} within {timeout}")
            wake_up.looked(found=False)
            self._sleep(min(left, self._policy.poll_interval.total_seconds()))
        return responses

    def _sleep(self, limit: float) -> None:
        """Sleep for `limit` seconds, or until woken."""
        clock = self._parts.clock
        end = clock.monotonic() + limit
        while (left := end - clock.monotonic()) > 0:
            if self._parts.wake_up.wait(left):
                return

    def forget(self, pending: SentMessage) -> None:
        """Remove the message from the outbox: its answer was made use of."""
        self._parts.outbox.forget(pending.message_id)

    def _compose(
        self,
        requests: Sequence[Request],
        message_id: str,
        lifetime: timedelta | None,
        trace: TraceContext | None,
        *,
        names_certificate: bool,
    ) -> list[RequestContent]:
        if names_certificate and self._policy.certificate is None:
            raise ConfigurationError("an unsigned request can be encrypted only with an own certificate for its answer")
        created = self._parts.clock.now()
        return [
            RequestContent(
                request=request,
                place=Place(message_id, part, len(requests)),
                recipient=self._policy.recipient,
                created=created,
                expires=created + (lifetime or self._policy.lifetime),
                nonce=self._parts.random.octets(NONCE_OCTETS).hex(),
                answer_certificate=self._policy.certificate if names_certificate else None,
                trace=trace,
            )
            for part, request in enumerate(requests, start=1)
        ]

    def _encrypt_to(self) -> bytes:
        if not self._policy.worker_certificates:
            raise ConfigurationError("there is no worker's certificate to encrypt to")
        return self._policy.worker_certificates[0]


def _require_sendable(requests: Sequence[Request], message_id: str, *, encrypt: bool) -> None:
    if not requests:
        raise CallerError("a message holds at least one request")
    if len(message_id) > MAX_MESSAGE_ID_LENGTH:
        raise CallerError(f"a message id has at most {MAX_MESSAGE_ID_LENGTH} characters")
    if not encrypt and any(request.carries_secret() or request.answer_carries_secret() for request in requests):
        raise CallerError("a request that carries a secret, or is answered with one, must be encrypted")


def _sent(request: Request, content: bytes, submessage: bytes) -> SentPart:
    digests = [hashlib.sha256(octets).hexdigest() for octets in (content, submessage)]
    return SentPart(request.request_id, type(request).__name__, *digests)


def _facts(sent: SentMessage, responses: Sequence[Response] = ()) -> SpanFacts:
    types = dict.fromkeys(part.request_type for part in sent.parts)
    reason = next((response.reason for response in responses if not response.success), "")
    return SpanFacts(sent.message_id, ", ".join(types), reason or "")
