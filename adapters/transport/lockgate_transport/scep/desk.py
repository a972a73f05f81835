"""The desk where SCEP transactions are kept: opened once, taken up again by whoever holds the same key.

Everything that a restart or another server needs is in the message database: sealed state, and the message itself.
State is written before the message is put; whoever looks at the transaction next puts what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

import structlog
from cryptography import x509

from lockgate.enrolment.clients import Client, Side
from lockgate.enrolment.scep import Failure, Outcome, Pending, Success, refusal
from lockgate.enrolment.transactions import NO_TRANSACTION, TOO_MANY, TOO_MANY_IN_HOUR, Enrolment, Transaction, named
from lockgate.errors import PeerError, Unavailable
from lockgate.ports import (
    Clock,
    MessageStore,
    NewTransaction,
    Opening,
    Random,
    ScepTransactions,
    StoredTransaction,
)
from lockgate.queue.message import MessageType
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import (
    GetCertResponse,
    GetCRLResponse,
    GetNextCACertResponse,
    PKCS10Response,
    Request,
    Response,
)
from lockgate_transport.scep.limits import DeskRules
from lockgate_transport.scep.sealing import TransactionSealer

_log = structlog.get_logger("lockgate.scep")
ATTEMPT_OCTETS = 8
TIDY_EVERY = timedelta(minutes=1)
SWEEP_EVERY = timedelta(seconds=5)
"""At most, by one server, where too many are open: whoever is refused must not be able to keep the database busy."""
TRIES = 5
"""How often the same id may be taken and given up by others while one request is answered."""
Compose = Callable[[], Request | Failure]
_REFUSED = {Opening.FULL: TOO_MANY, Opening.SPENT: TOO_MANY_IN_HOUR}


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What a desk is made of.

    Attributes:
        ra: signs, encrypts, and checks answers, with the key for submessages.
        store: the message database.
    """

    ra: RaClient
    store: MessageStore
    transactions: ScepTransactions
    sealer: TransactionSealer
    clock: Clock
    random: Random


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction, and how it stood in the message database."""

    name: str
    stored: StoredTransaction
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A transaction that is not opened yet, and the message that stands for it."""

    name: str
    pending: SentMessage
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Looked:
    """A transaction and how it stands.

    Attributes:
        signed: what a CA has signed itself, to be handed on as it is.
    """

    outcome: Outcome
    signed: bytes | None = None


class Desk:
    """Opens, finds and answers transactions; for any number of threads, on any number of hosts."""

    def __init__(self, parts: DeskParts, rules: DeskRules | None = None) -> None:
        self._parts = parts
        self._rules = rules or DeskRules()
        self._tidied = parts.clock.now()
        self._swept: datetime | None = None
        self._one_opens = Lock()

    def now(self) -> datetime:
        """The servers' time, UTC."""
        return self._parts.clock.now()

    def ask(self, name: str, enrolment: Enrolment, client: Client, compose: Compose) -> Looked:
        """Answer a request: from its transaction, or by opening one.

        Args:
            name: of the transaction (`named`).
            client: who is counted for it.
            compose: makes the request to the CA; called for a new transaction only.

        Raises:
            Unavailable: the message database cannot be reached, or others take the id and give it up all the time.
            PeerError: what stands there was not written by this RA or its CA.
        """
        self._tidy()
        for _ in range(TRIES):
            found = self._find(name)
            if found is not None and not found.transaction.yields_to(enrolment, self.now()):
                answered = self._repeated(found, enrolment)
            else:
                request = compose()
                if isinstance(request, Failure):
                    return Looked(request)
                answered = self._open(found, self._transaction(name, enrolment, request), client)
            if answered is not None:
                return answered
        raise Unavailable("others take the transaction id and give it up all the time")

    def poll(self, transaction_id: str, alias: str, signer_key: str) -> Found | Failure:
        """The transaction of whoever polls, before anything of the poll's content is looked at.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        names = (named(transaction_id, side) for side in (Side.STRANGERS, Side.HOLDERS))
        found = filter(None, map(self._find, names))
        own = (its for its in found if its.transaction.is_polled_by(alias, signer_key, self.now()))
        return max(own, key=lambda its: its.stored.opened, default=NO_TRANSACTION)

    def look(self, found: Found) -> Looked:
        """How a transaction stands. The message is put, if it is not there.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        responses = self._parts.ra.look(self._parts.ra.recorded(found.transaction.sent))
        if responses is None:
            return Looked(Pending())
        (response,) = responses
        outcome = _outcome(response)
        self._settle(found, outcome)
        signed = response.signed_certificates if isinstance(response, GetNextCACertResponse) else None
        return Looked(outcome, signed)

    def _repeated(self, found: Found, enrolment: Enrolment) -> Looked | None:
        """What whoever asks under that name is told; None where the CA has refused what stands in another's way."""
        wrong = found.transaction.judge_repetition(enrolment)
        if wrong and found.transaction.settled:
            return Looked(wrong)
        looked = self.look(found)
        if wrong is None:
            return looked
        return None if isinstance(looked.outcome, Failure) else Looked(wrong)

    def _transaction(self, name: str, enrolment: Enrolment, request: Request) -> _Prepared:
        message_id = name
        if self._parts.store.fetch(MessageType.SCEP, message_id) is not None:
            # Of an earlier transaction. A message is never replaced.
            message_id = f"{name}#{self._parts.random.octets(ATTEMPT_OCTETS).hex()}"
        pending = self._parts.ra.prepare([request], message_id=message_id, message_type=MessageType.SCEP)
        lifetime = self._rules.lifetime if enrolment.subject else self._rules.query_lifetime
        expires = self.now() + lifetime
        record = self._parts.ra.record(pending)
        return _Prepared(name, pending, Transaction(enrolment=enrolment, sent=record, expires=expires))

    def _open(self, found: Found | None, prepared: _Prepared, client: Client) -> Looked | None:
        """What came of opening it, or None where another one has the id now."""
        new = NewTransaction(
            transaction_id=prepared.name,
            message_id=prepared.pending.message_id,
            client=client,
            opened=self.now(),
            expires=prepared.transaction.expires,
            sealed=self._parts.sealer.seal(prepared.name, prepared.transaction),
        )
        opening = self._opening(new, found.stored if found else None)
        if opening is Opening.TAKEN:
            return None
        if opening is not Opening.OPENED:
            return Looked(replace(_REFUSED[opening], internal=f"{client.side.name.lower()}: {client.name}"))
        alias = prepared.transaction.enrolment.alias
        _log.info("transaction opened", transaction=prepared.name, client=client.name, alias=alias)
        self._parts.store.put(prepared.pending.message)
        return Looked(Pending())

    def _opening(self, new: NewTransaction, over: StoredTransaction | None) -> Opening:
        """Open it; where too many are open, once more without those that the CA has answered meanwhile.

        One at a time, so that each is counted before the next one: a server exceeds no bound by itself.
        """
        if not self._one_opens.acquire(timeout=self._rules.turn.total_seconds()):
            raise Unavailable("transactions are opened too slowly")
        try:
            opening = self._parts.transactions.open(new, self._rules.bounds, over)
            if opening is not Opening.FULL or (self._swept and new.opened < self._swept + SWEEP_EVERY):
                return opening
            self._sweep()
            return self._parts.transactions.open(new, self._rules.bounds, over)
        finally:
            self._one_opens.release()

    def _settle(self, found: Found, outcome: Outcome) -> None:
        """Count it as open no more, and remember a refusal."""
        if found.transaction.settled or isinstance(outcome, Pending):
            return
        seen = found.transaction.settled_at(self.now(), outcome)
        sealed = self._parts.sealer.seal(found.name, seen)
        if self._parts.transactions.settle(found.name, found.stored, sealed):
            _log.info("transaction settled", transaction=found.name, refused=isinstance(outcome, Failure))

    def _find(self, name: str) -> Found | None:
        stored = self._parts.transactions.find(name)
        if stored is None:
            return None
        return Found(name, stored, self._parts.sealer.open(name, stored.sealed))

    def _tidy(self) -> None:
        now = self.now()
        if now >= self._tidied + TIDY_EVERY:
            self._tidied = now
            self._parts.transactions.purge(now)
            self._sweep()

    def _sweep(self) -> None:
        self._swept = self.now()
        self._parts.transactions.sweep()


def _outcome(response: Response) -> Outcome:
    if not response.success:
        return refusal(response.reason, response.fail_info)
    match response:
        case PKCS10Response(certificate=bytes(certificate)):
            return Success((certificate,), until=x509.load_der_x509_certificate(certificate).not_valid_after_utc)
        case GetCertResponse(certificate=bytes(certificate)):
            return Success((certificate,))
        case GetCRLResponse(crl=bytes(crl)):
            return Success(crls=(crl,))
        case GetNextCACertResponse(signed_certificates=bytes()):
            return Success()
        case _:
            raise PeerError("the CA's answer does not hold what was asked for")
