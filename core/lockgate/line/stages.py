"""The stages of one submessage's way, as types: each holds its predecessor, and only one function produces it."""

from dataclasses import dataclass

from lockgate.effects.closure import Closure
from lockgate.effects.statement import Statement
from lockgate.line.journal import JournalKey, PendingRequest
from lockgate.ports import Opened
from lockgate.reasons import Rejected
from lockgate.requests.content import Place, Recipient, RequestHeader
from lockgate.requests.processors import Brought, Processor
from lockgate.requests.submessages import Request
from lockgate.requests.trace_context import TraceContext
from lockgate.rights.approval import ApprovalRequest
from lockgate.rights.authorization import Administrator
from lockgate.rights.signer import TrustedCertificate


@dataclass(frozen=True, slots=True)
class Received:
    """A submessage as it was found."""

    place: Place
    octets: bytes


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Its envelope is removed; it had one if the worker requires one."""

    received: Received
    opened: Opened


@dataclass(frozen=True, slots=True)
class Verified:
    """Its signature is valid, its signer was certified by `raissuer`, and it was found where its content says that it
    belongs.

    Attributes:
        signer: None for an unsigned request.
        answer_to: the certificate to encrypt the answer to; None where the answer goes in clear.
    """

    unwrapped: Unwrapped
    header: RequestHeader
    digest: str
    signer: TrustedCertificate | None
    answer_to: TrustedCertificate | None

    @property
    def key(self) -> JournalKey:
        """The key under which the verdict is journaled."""
        if self.signer is None:
            return JournalKey("", self.digest)
        return JournalKey(self.signer.fingerprint, self.header.nonce)

    @property
    def trace(self) -> TraceContext | None:
        """The step of its signer's trace that it belongs to; None for an unsigned request, whatever it says."""
        return self.header.trace if self.signer else None

    @property
    def origin(self) -> "Origin":
        """Where the request came from."""
        requester = self.signer.fingerprint if self.signer else ""
        answer_to = self.answer_to.fingerprint if self.answer_to else ""
        return Origin(self.digest, self.header.place, self.header.recipient, requester, answer_to)


@dataclass(frozen=True, slots=True)
class Understood:
    """The request inside it, or why that is not accepted: no verdict is given before the signer is judged.

    Attributes:
        brought: the certification requests inside it.
    """

    verified: Verified
    request: Request | Rejected
    brought: Brought = ()


@dataclass(frozen=True, slots=True)
class Recalled:
    """The journal holds no answer to it.

    Attributes:
        pending: the journal's record of it, if it waits; None for a new request.
    """

    understood: Understood
    pending: PendingRequest | None

    @property
    def verified(self) -> Verified:
        """The request as it was signed."""
        return self.understood.verified


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Its signer may sign now, and its answer may be encrypted to the certificate it names."""

    recalled: Recalled
    who: Administrator


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, and where its answer goes to.

    Attributes:
        digest: SHA-256 over what its sender protected, lower-case hexadecimal.
        requester: 64 lower-case hexadecimal digits that identify the sender: for a signed request the SHA-256
            fingerprint of the signer's certificate; empty for unsigned requests.
        answer_to: the same for the certificate or secret that protects the answer; empty where it goes in clear.
    """

    digest: str
    place: Place
    recipient: Recipient
    requester: str
    answer_to: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Its signer has not sent too many new requests in the current hour."""

    authenticated: Authenticated

    @property
    def who(self) -> Administrator:
        """As whom it acts."""
        return self.authenticated.who

    @property
    def brought(self) -> Brought:
        """The certification requests inside it."""
        return self.authenticated.recalled.understood.brought

    @property
    def operation(self) -> str:
        """Unique per request."""
        key = self.authenticated.recalled.verified.key
        return f"{key.signer}:{key.nonce}"

    @property
    def origin(self) -> Origin:
        """Where it came from."""
        return self.authenticated.recalled.verified.origin


@dataclass(frozen=True, slots=True)
class Delivered:
    """A request inside a message of another protocol, which a service of the CA has verified; somebody else delivered
    the message.

    Attributes:
        who: its own sender, with the rights that the service's settings give.
        operation: unique per request.
        brought: the certification requests inside it.
    """

    who: Administrator
    operation: str
    origin: Origin
    brought: Brought = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """Its type is accepted, its fields fit, it keeps its secrets encrypted, and it is fresh or waits for an approval.

    Attributes:
        stale: why it is not fresh: then only the approval that it waits for may carry it out; None where it is fresh.
        awaited: the id of the approval that it opened or joined before; None for a new request.
    """

    sent: Counted | Delivered
    request: Request
    processor: Processor
    stale: Rejected | None = None
    awaited: str | None = None

    @property
    def origin(self) -> Origin:
        """Where it came from."""
        return self.sent.origin

    @property
    def brought(self) -> Brought:
        """The certification requests inside it."""
        return self.sent.brought

    @property
    def who(self) -> Administrator:
        """As whom it acts."""
        return self.sent.who

    @property
    def operation(self) -> str:
        """Unique per request; passed on to the CA with every effect."""
        return self.sent.operation


@dataclass(frozen=True, slots=True)
class Stated:
    """Its effects are known, and everything that they concern. No answer has told anybody about them."""

    admitted: Admitted
    statement: Statement
    closure: Closure


@dataclass(frozen=True, slots=True)
class Authorized:
    """Its signer has every right that it needs, and it gives the proof that it needs."""

    stated: Stated

    @property
    def admitted(self) -> Admitted:
        """The request as it was admitted."""
        return self.stated.admitted

    @property
    def who(self) -> Administrator:
        """As whom it acts."""
        return self.admitted.who

    @property
    def requester(self) -> str:
        """Its sender (`Origin.requester`)."""
        return self.admitted.origin.requester


@dataclass(frozen=True, slots=True)
class Cleared:
    """It needs no approval, or enough administrators have approved it.

    Attributes:
        approval: consumed by carrying it out; None where none was needed.
    """

    authorized: Authorized
    approval: ApprovalRequest | None


@dataclass(frozen=True, slots=True)
class RefusedSubmessage:
    """A submessage that was refused before its request was understood."""

    received: Received
    rejected: Rejected
