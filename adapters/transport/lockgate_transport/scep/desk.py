"""The desk where SCEP transactions are kept: opened once, taken up again by whoever holds the same key.

Everything that a restart or another server needs is in the message database: sealed state, and the message itself.
State is written before the message is put; whoever looks at the transaction next puts what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from lockgate.enrolment.scep import Failure, Outcome, Pending, Success, refusal
from lockgate.enrolment.transactions import NO_TRANSACTION, OTHER_REQUEST, TOO_MANY, Enrolment, Transaction
from lockgate.errors import PeerError
from lockgate.message import MessageType
from lockgate.ports import Bounds, Clock, MessageStore, Opening, Random, ScepTransactions
from lockgate.submessages import (
    GetCertResponse,
    GetCRLResponse,
    GetNextCACertResponse,
    PKCS10Response,
    Request,
    Response,
)
from lockgate_transport import sent
from lockgate_transport.client import RaClient
from lockgate_transport.scep.sealing import TransactionSealer

_log = structlog.get_logger("lockgate.scep")
ATTEMPT_OCTETS = 8
PURGE_EVERY = timedelta(minutes=1)
DEFAULT_LIFETIME = timedelta(days=7)
DEFAULT_BOUNDS = Bounds(per_client=100, in_all=10_000)
Compose = Callable[[], Request | Failure]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """How long transactions live, and how many may be open.

    Attributes:
        query_lifetime: for how long an answer about what the CA publishes is given again.
    """

    lifetime: timedelta = DEFAULT_LIFETIME
    query_lifetime: timedelta = timedelta(minutes=10)
    bounds: Bounds = DEFAULT_BOUNDS


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
class _Found:
    version: int
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Looked:
    """A transaction and how it stands.

    Attributes:
        challenge: what a success is encrypted with, where the key cannot be encrypted to. A secret.
        signed: what a CA has signed itself, to be handed on as it is.
    """

    outcome: Outcome
    challenge: str | None = field(default=None, repr=False)
    signed: bytes | None = None


class Desk:
    """Opens, finds and answers transactions; for any number of threads, on any number of hosts."""

    def __init__(self, parts: DeskParts, rules: DeskRules | None = None) -> None:
        self._parts = parts
        self._rules = rules or DeskRules()
        self._purged = parts.clock.now()

    def ask(self, transaction_id: str, enrolment: Enrolment, client: str, compose: Compose) -> Looked:
        """Answer a request: from its transaction, or by opening one.

        Args:
            client: who is counted for it.
            compose: makes the request to the CA; called for a new transaction only.

        Raises:
            Unavailable: the message database cannot be reached.
            PeerError: what stands there was not written by this RA or its CA.
        """
        self._purge()
        found = self._find(transaction_id)
        if found is not None and not found.transaction.yields_to(enrolment, self._parts.clock.now()):
            return self._repeat(transaction_id, found, enrolment)
        request = compose()
        if isinstance(request, Failure):
            return Looked(request)
        transaction = self._transaction(transaction_id, enrolment, request)
        if found is not None:
            return self._reopen(transaction_id, found, transaction)
        return self._open(transaction_id, transaction, client)

    def poll(self, transaction_id: str, alias: str, signer_key: str) -> tuple[Transaction, int] | Failure:
        """The transaction of whoever polls, before anything of the poll's content is looked at.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        found = self._find(transaction_id)
        if found is None or found.transaction.has_expired(self._parts.clock.now()):
            return NO_TRANSACTION
        return found.transaction.judge_poll(alias, signer_key) or (found.transaction, found.version)

    def look(self, transaction_id: str, transaction: Transaction, version: int) -> Looked:
        """How a transaction stands. The message is put, if it is not there.

        Raises:
            Unavailable, PeerError: as `ask`.
        """
        responses = self._parts.ra.look(sent.read_record(transaction.sent))
        if responses is None:
            return Looked(Pending())
        (response,) = responses
        outcome = _outcome(response)
        self._settle(transaction_id, transaction, version, outcome)
        signed = response.signed_certificates if isinstance(response, GetNextCACertResponse) else None
        return Looked(outcome, transaction.enrolment.challenge, signed)

    def _repeat(self, transaction_id: str, found: _Found, enrolment: Enrolment) -> Looked:
        wrong = found.transaction.judge_repetition(enrolment)
        return Looked(wrong) if wrong else self.look(transaction_id, found.transaction, found.version)

    def _transaction(self, transaction_id: str, enrolment: Enrolment, request: Request) -> Transaction:
        message_id = transaction_id
        if self._parts.store.fetch(MessageType.SCEP, message_id) is not None:
            # Of an earlier transaction. A message is never replaced; `#` stands in no transaction id.
            message_id = f"{transaction_id}#{self._parts.random.octets(ATTEMPT_OCTETS).hex()}"
        pending = self._parts.ra.prepare([request], message_id=message_id, message_type=MessageType.SCEP)
        lifetime = self._rules.lifetime if enrolment.subject else self._rules.query_lifetime
        expires = self._parts.clock.now() + lifetime
        return Transaction(enrolment=enrolment, sent=pending.record(), expires=expires)

    def _open(self, transaction_id: str, transaction: Transaction, client: str) -> Looked:
        sealed = self._parts.sealer.seal(transaction_id, transaction)
        now, bounds = self._parts.clock.now(), self._rules.bounds
        opening = self._parts.transactions.open(transaction_id, client, sealed, now, transaction.expires, bounds)
        if opening is Opening.FULL:
            _log.warning("too many open transactions", client=client)
            return Looked(TOO_MANY)
        if opening is Opening.TAKEN:
            return self._overtaken(transaction_id, transaction.enrolment)
        _log.info("transaction opened", transaction=transaction_id, client=client, alias=transaction.enrolment.alias)
        self._parts.store.put(sent.read_record(transaction.sent).message)
        return Looked(Pending())

    def _reopen(self, transaction_id: str, found: _Found, transaction: Transaction) -> Looked:
        sealed = self._parts.sealer.seal(transaction_id, transaction)
        changed = self._parts.transactions.change(
            transaction_id, found.version, sealed, settled=False, expires=transaction.expires
        )
        if not changed:
            return self._overtaken(transaction_id, transaction.enrolment)
        return self.look(transaction_id, transaction, found.version + 1)

    def _overtaken(self, transaction_id: str, enrolment: Enrolment) -> Looked:
        """The same request came in twice at once; the other one's transaction answers both."""
        found = self._find(transaction_id)
        return Looked(OTHER_REQUEST) if found is None else self._repeat(transaction_id, found, enrolment)

    def _settle(self, transaction_id: str, transaction: Transaction, version: int, outcome: Outcome) -> None:
        """Count it as open no more, and remember when a refusal was seen first."""
        refused = isinstance(outcome, Failure)
        if transaction.settled or isinstance(outcome, Pending):
            return
        seen = transaction.settled_at(self._parts.clock.now(), refused=refused)
        sealed = self._parts.sealer.seal(transaction_id, seen)
        if self._parts.transactions.change(transaction_id, version, sealed, settled=True):
            _log.info("transaction settled", transaction=transaction_id, refused=refused)

    def _find(self, transaction_id: str) -> _Found | None:
        stored = self._parts.transactions.find(transaction_id)
        if stored is None:
            return None
        return _Found(stored.version, self._parts.sealer.open(transaction_id, stored.sealed))

    def _purge(self) -> None:
        now = self._parts.clock.now()
        if now >= self._purged + PURGE_EVERY:
            self._purged = now
            self._parts.transactions.purge(now)


def _outcome(response: Response) -> Outcome:
    if not response.success:
        return refusal(response.reason, response.fail_info)
    match response:
        case PKCS10Response(certificate=bytes(certificate)) | GetCertResponse(certificate=bytes(certificate)):
            return Success(certificates=(certificate,))
        case GetCRLResponse(crl=bytes(crl)):
            return Success(crls=(crl,))
        case GetNextCACertResponse(signed_certificates=bytes()):
            return Success()
        case _:
            raise PeerError("the CA's answer does not hold what was asked for")
