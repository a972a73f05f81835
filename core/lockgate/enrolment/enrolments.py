"""Enrolments of one protocol: transactions are opened once, and taken up again by the client with the same key.

Everything that a restart or another server needs is in the message database: sealed state, and the message itself.
State is written before the message is put; the server that looks at the transaction next puts what is missing.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from lockgate.enrolment.clients import Client, Side
from lockgate.enrolment.outcome import EnrolledKeystore, Granted, Outcome, Pending, Refused, refused_by_ca
from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.rules import EnrolmentRules
from lockgate.enrolment.transactions import Enrolment, State, Transaction, named
from lockgate.errors import PeerError, Unavailable
from lockgate.ports import (
    Clock,
    EnrolmentTransactions,
    MessageStore,
    NewTransaction,
    Opening,
    Random,
    StoredTransaction,
    TransactionSealer,
)
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.content import DEFAULT_MAX_LIFETIME
from lockgate.requests.submessages import (
    CertificateRequestResponse,
    GetCertResponse,
    GetCRLResponse,
    GetNextCACertResponse,
    KeyStoreRetrievalResponse,
    PKCS10Response,
    Request,
    Response,
)

_log = logging.getLogger(__name__)
ATTEMPT_OCTETS = 8
TIDY_EVERY = timedelta(minutes=1)
SWEEP_EVERY = timedelta(seconds=5)
"""At most, by one server, where too many are open: clients that are refused must not keep the database busy."""
TRIES = 5
"""How often the same id may be taken and given up by others while one request is answered."""
Compose = Callable[[], Request | Refused]
_REFUSED = {Opening.FULL: Refusal.TOO_MANY_OPEN, Opening.SPENT: Refusal.TOO_MANY_IN_HOUR}


@dataclass(frozen=True, slots=True)
class EnrolmentParts:
    """What `Enrolments` works with.

    Attributes:
        ra: signs, encrypts, and checks answers, with the key for submessages.
        store: the message database.
        transactions: those of `protocol`.
        end_of: reads when a DER certificate ends, UTC.
        certificates_in: reads the DER certificates of a certs-only SignedData, the leaf first.
    """

    protocol: EnrolmentProtocol
    ra: RaClient
    store: MessageStore
    transactions: EnrolmentTransactions
    sealer: TransactionSealer
    clock: Clock
    random: Random
    end_of: Callable[[bytes], datetime]
    certificates_in: Callable[[bytes], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class FoundTransaction:
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


class Enrolments:
    """Opens, finds and answers transactions; for any number of threads, on any number of hosts."""

    def __init__(self, parts: EnrolmentParts, rules: EnrolmentRules | None = None) -> None:
        self._parts = parts
        self._rules = rules or EnrolmentRules()
        self._tidied = parts.clock.now()
        self._swept: datetime | None = None
        self._one_opens = Lock()

    def now(self) -> datetime:
        """The servers' time, UTC."""
        return self._parts.clock.now()

    def ask(self, name: str, enrolment: Enrolment, client: Client, compose: Compose) -> Outcome:
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
            after = State.REPLACED if found is None else found.transaction.after(enrolment, self.now())
            if found is not None and after is not State.REPLACED:
                answered = self._repeated(found, belongs=after is not None)
            else:
                request = compose()
                if isinstance(request, Refused):
                    return request
                answered = self._open(found, self._transaction(name, enrolment, request), client)
            if answered is not None:
                return answered
        raise Unavailable("others take the transaction id and give it up all the time")

    def poll(self, transaction_id: str, alias: str, signer_key: str) -> FoundTransaction | Refused:
        """The transaction of the client that polls, before anything of the poll's content is looked at.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        names = (named(transaction_id, side) for side in (Side.STRANGERS, Side.HOLDERS))
        found = filter(None, map(self._find, names))
        own = (each for each in found if each.transaction.is_polled_by(alias, signer_key, self.now()))
        # Whether it is the transaction or the key that is unknown is nobody's business.
        return max(own, key=lambda each: each.stored.opened, default=Refused(Refusal.UNKNOWN_TRANSACTION))

    def look(self, found: FoundTransaction) -> Outcome:
        """How a transaction stands. The message is put, if it is not there.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        responses = self._parts.ra.look(self._parts.ra.recorded(found.transaction.sent))
        if responses is None:
            return Pending()
        (response,) = responses
        outcome = self._outcome(response)
        if not found.transaction.settled:
            self._settle(found, outcome)
        return outcome

    def hand_out(self, found: FoundTransaction) -> Refused | None:
        """Note that a keystore is handed out, or why it must not be: it is until `HAND_OUT_TIME` after the first time.

        Raises:
            Unavailable: as `ask`; or others change the transaction all the time.
            PeerError: as `ask`.
        """
        for _ in range(TRIES):
            granted = self._find(found.name)
            if granted is None or granted.transaction.state_at(self.now()) is not State.GRANTED:
                return Refused(Refusal.UNKNOWN_TRANSACTION)
            sealed = self._parts.sealer.seal(granted.name, granted.transaction.handed_out_at(self.now()))
            if self._parts.transactions.settle(granted.name, granted.stored, sealed):
                self._log("keystore handed out", granted.name)
                return None
        raise Unavailable("others change the transaction all the time")

    def _repeated(self, found: FoundTransaction, *, belongs: bool) -> Outcome | None:
        """What a client that asks under that name is told; None where the CA has refused what stands in its way.

        Args:
            belongs: whether its request is the transaction's.
        """
        if not belongs and found.transaction.settled:
            return Refused(Refusal.TRANSACTION_TAKEN)
        outcome = self.look(found)
        if belongs:
            return outcome
        return None if isinstance(outcome, Refused) else Refused(Refusal.TRANSACTION_TAKEN)

    def _transaction(self, name: str, enrolment: Enrolment, request: Request) -> _Prepared:
        message_id, message_type = name, self._parts.protocol.message_type
        if self._parts.store.fetch(message_type, message_id) is not None:
            # Of an earlier transaction. A message is never replaced.
            message_id = f"{name}#{self._parts.random.octets(ATTEMPT_OCTETS).hex()}"
        lifetime = self._rules.lifetime if enrolment.subject else self._rules.query_lifetime
        # As long as somebody can look for its answer, the CA may give it, within what CAs take by default.
        within = min(lifetime, DEFAULT_MAX_LIFETIME)
        pending = self._parts.ra.prepare([request], message_id=message_id, message_type=message_type, lifetime=within)
        expires = self.now() + lifetime
        record = self._parts.ra.record(pending)
        return _Prepared(name, pending, Transaction(enrolment=enrolment, sent=record, expires=expires))

    def _open(self, found: FoundTransaction | None, prepared: _Prepared, client: Client) -> Outcome | None:
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
            return Refused(_REFUSED[opening], internal=f"{client.side.name.lower()}: {client.name}")
        self._log("transaction opened", prepared.name, client=client.name, alias=prepared.transaction.enrolment.alias)
        self._parts.store.put(prepared.pending.message)
        return Pending()

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

    def _settle(self, found: FoundTransaction, outcome: Granted | Refused) -> None:
        """Count it as open no more, and remember a refusal."""
        seen = found.transaction.settled_at(self.now(), outcome)
        sealed = self._parts.sealer.seal(found.name, seen)
        if self._parts.transactions.settle(found.name, found.stored, sealed):
            self._log("transaction settled", found.name, **_told(outcome))

    def _find(self, name: str) -> FoundTransaction | None:
        stored = self._parts.transactions.find(name)
        if stored is None:
            return None
        return FoundTransaction(name, stored, self._parts.sealer.open(name, stored.sealed))

    def _tidy(self) -> None:
        now = self.now()
        if now >= self._tidied + TIDY_EVERY:
            self._tidied = now
            self._parts.transactions.purge(now)
            self._sweep()

    def _sweep(self) -> None:
        self._swept = self.now()
        self._parts.transactions.sweep()

    def _log(self, event: str, name: str, **about: object) -> None:
        _log.info(event, {"protocol": self._parts.protocol.name, "transaction": name, **about})

    def _outcome(self, response: Response) -> Granted | Refused:
        if not response.success:
            return refused_by_ca(response.reason, response.fail_info)
        match response:
            case PKCS10Response(certificate=bytes(certificate)):
                return Granted((certificate,), until=self._parts.end_of(certificate))
            case CertificateRequestResponse(data=bytes(certificates)):
                leaf, *chain = self._parts.certificates_in(certificates)
                return Granted((leaf, *chain), until=self._parts.end_of(leaf))
            case KeyStoreRetrievalResponse(keystore_type=str(kind), keystore_data=bytes(content)):
                return Granted(keystore=EnrolledKeystore(kind, content))
            case GetCertResponse(certificate=bytes(certificate)):
                return Granted((certificate,))
            case GetCRLResponse(crl=bytes(crl)):
                return Granted(crls=(crl,))
            case GetNextCACertResponse(signed_certificates=bytes(signed)):
                return Granted(signed=signed)
            case _:
                raise PeerError("the CA's answer does not hold what was asked for")


def _told(outcome: Granted | Refused) -> dict[str, object]:
    """What the log tells of the CA's answer."""
    if isinstance(outcome, Granted):
        return {"refused": False}
    return {"refused": True, "reason": outcome.reason.value, "detail": outcome.internal or outcome.reason.sentence}
