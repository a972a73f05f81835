"""Enrolment transactions: what becomes of one, which requests belong to it, and who may take its id next.

One transaction stands for one request to the CA. A client that repeats the request, or polls, must do so with the key
that signed the first message; the answer always comes from that one request, so there is never a second certificate.

Clients make their transaction ids themselves, of what others may know. So those of renewals are apart from those of
strangers, and a refused transaction keeps no other request out. All addresses of a server have them in common: what was
sent to one of them and recorded is no new request at another. Protocols have theirs apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from lockgate.enrolment.clients import Side
from lockgate.enrolment.outcome import Granted, Refused
from lockgate.reasons import Reason

HAND_OUT_TIME = timedelta(minutes=1)
"""For how long a keystore is handed out again: a second click or a broken connection loses nothing."""
REFUSAL_MEMORY = timedelta(minutes=30)
"""For how long a refusal is repeated to the same request; after that it may be asked again under the same transaction
id. At once, where the CA has not treated it (`UNTREATED`): a new one is counted at the RA."""
UNTREATED = frozenset({Reason.TOO_MANY_REQUESTS, Reason.EXPIRED})
"""The CA has taken too many requests, or has looked too late."""


class State(StrEnum):
    """How a transaction stands, as far as this side knows."""

    OPEN = "open"
    """The CA's answer has not been seen."""
    GRANTED = "granted"
    REFUSED = "refused"
    """Its refusal is repeated to the same request."""
    FORGOTTEN = "forgotten"
    """It was refused, and the refusal is repeated no more."""
    EXPIRED = "expired"
    """It is as if it had never been."""
    REPLACED = "replaced"
    """Another transaction has its id; this one is only counted in its hour."""


class TransactionEvent(StrEnum):
    """What can happen to a transaction."""

    OPENED = "a request opens it"
    GRANTED = "the CA grants"
    REFUSED = "the CA refuses"
    REPEATED = "the same request again"
    HANDED_OUT = "a keystore is handed out"
    RENEWED = "the key that it certified asks for a renewal"
    OTHER = "another request under its id"
    MEMORY_ENDS = "the refusal's time is over"
    EXPIRES = "its own time is over"


TRANSITIONS: Mapping[tuple[State | None, TransactionEvent], State] = MappingProxyType(
    {
        (None, TransactionEvent.OPENED): State.OPEN,
        (State.OPEN, TransactionEvent.REPEATED): State.OPEN,
        (State.OPEN, TransactionEvent.GRANTED): State.GRANTED,
        (State.OPEN, TransactionEvent.REFUSED): State.REFUSED,
        (State.OPEN, TransactionEvent.EXPIRES): State.EXPIRED,
        (State.GRANTED, TransactionEvent.REPEATED): State.GRANTED,
        (State.GRANTED, TransactionEvent.HANDED_OUT): State.GRANTED,
        (State.GRANTED, TransactionEvent.RENEWED): State.REPLACED,
        (State.GRANTED, TransactionEvent.EXPIRES): State.EXPIRED,
        (State.REFUSED, TransactionEvent.REPEATED): State.REFUSED,
        (State.REFUSED, TransactionEvent.RENEWED): State.REPLACED,
        (State.REFUSED, TransactionEvent.OTHER): State.REPLACED,
        (State.REFUSED, TransactionEvent.MEMORY_ENDS): State.FORGOTTEN,
        (State.REFUSED, TransactionEvent.EXPIRES): State.EXPIRED,
        (State.FORGOTTEN, TransactionEvent.REPEATED): State.REPLACED,
        (State.FORGOTTEN, TransactionEvent.RENEWED): State.REPLACED,
        (State.FORGOTTEN, TransactionEvent.OTHER): State.REPLACED,
        (State.FORGOTTEN, TransactionEvent.EXPIRES): State.EXPIRED,
        (State.EXPIRED, TransactionEvent.REPEATED): State.REPLACED,
        (State.EXPIRED, TransactionEvent.RENEWED): State.REPLACED,
        (State.EXPIRED, TransactionEvent.OTHER): State.REPLACED,
    }
)
"""The state machine. `None` is a transaction that does not exist yet. A request whose pair is not here is refused: the
transaction's id belongs to another request. A client that was given the right challenge password meanwhile asks for
something else, so a refusal makes room for it; ids are mostly made of a key, so that a client which renews the
certificate that came of a transaction may do that under the same id."""


def named(transaction_id: str, side: Side) -> str:
    """The name under which a client's transaction is kept; `#` stands in no transaction id."""
    return f"{transaction_id}#renewal" if side is Side.HOLDERS else transaction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A request to the CA, as far as it must be the same when it is repeated.

    Attributes:
        alias: of the server that it came to.
        signer_key: SHA-256 over the SubjectPublicKeyInfo of the message's signer, hexadecimal, or over whatever else
            tells who may poll.
        request: what is asked for: SHA-256 over a PKCS#10's CertificationRequestInfo, hexadecimal, a keyed digest over
            the wishes for a keystore, or a query.
        subject: the DER Name asked for; empty for queries, which nobody polls for.
        key: SHA-256 over the SubjectPublicKeyInfo to be certified, hexadecimal; empty for queries, and where the CA
            makes the key.
        certificate: of a renewal, the SHA-256 of the certificate that it renews, hexadecimal; empty for others.
        password: what the answer is encrypted with, where the key cannot be encrypted to: made of the challenge
            password, which `request` stands for. A secret.
    """

    alias: str
    signer_key: str
    request: str
    subject: bytes
    key: str = ""
    certificate: str = ""
    password: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction and the message that stands for it.

    Attributes:
        sent: the record of the message to the CA (the exact octets, and what its answer is checked against).
        expires: UTC; nobody gets an answer after that.
        settled: whether this side has seen the CA's answer.
        again: UTC; where that is a refusal, from when on the same request may be asked again.
    """

    enrolment: Enrolment
    sent: bytes = field(repr=False)
    expires: datetime
    settled: bool = False
    again: datetime | None = None

    def state_at(self, now: datetime) -> State:
        """How it stands at `now`, UTC."""
        if now >= self.expires:
            return State.EXPIRED
        if not self.settled:
            return State.OPEN
        if self.again is None:
            return State.GRANTED
        return State.REFUSED if now < self.again else State.FORGOTTEN

    def after(self, enrolment: Enrolment, now: datetime) -> State | None:
        """What a request under its id makes of it; None where the request is another one, which must be refused.

        Where it is replaced, the request may take its place.
        """
        return TRANSITIONS.get((self.state_at(now), self._event(enrolment)))

    def is_polled_by(self, alias: str, signer_key: str, now: datetime) -> bool:
        """Whether a poll signed by that key is this transaction's; the subject is judged later."""
        known = (self.enrolment.alias, self.enrolment.signer_key)
        return (alias, signer_key) == known and self.state_at(now) is not State.EXPIRED

    def settled_at(self, now: datetime, outcome: Granted | Refused) -> "Transaction":
        """The transaction, its answer seen first now."""
        if isinstance(outcome, Refused):
            return replace(self, settled=True, again=self._again(now, outcome))
        until = outcome.until
        expires = self.expires if until is None else min(self.expires, until)
        return replace(self, settled=True, expires=expires)

    def handed_out_at(self, now: datetime) -> "Transaction":
        """The transaction, its keystore handed out first now: it soon expires, and so nobody gets that again."""
        return replace(self, expires=min(self.expires, now + HAND_OUT_TIME))

    def _event(self, enrolment: Enrolment) -> TransactionEvent:
        own = self.enrolment
        if enrolment == own:
            return TransactionEvent.REPEATED
        renews = own.key == enrolment.signer_key and own.certificate != enrolment.certificate
        return TransactionEvent.RENEWED if renews else TransactionEvent.OTHER

    def _again(self, now: datetime, refused: Refused) -> datetime:
        # Where anybody may ask, a client could otherwise have it asked at once, again and again.
        at_once = refused.reason in UNTREATED and self.enrolment.signer_key
        return now if at_once else now + REFUSAL_MEMORY
