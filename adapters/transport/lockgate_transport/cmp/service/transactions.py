"""Transactions: which message opens one, goes on with it, and brings the same answer again.

    1 repeat -> 2 judge time and sender -> 3 open, or follow -> 4 act -> 5 keep

A message whose answer was kept gets that answer before anything else is judged: it was judged when it came first.
Effects, the row of the transaction and the kept answer commit together. Nothing locks a transaction that has not begun:
if a message is refused, and another unit of work has begun its transaction meanwhile, it is judged once more, since it
may be that very message (an rr whose certificate is revoked by now has perhaps revoked it).
"""

from dataclasses import replace

import msgspec

from lockgate.audit import Event
from lockgate.errors import Conflict
from lockgate.ports import Random
from lockgate.ports.protocol_transactions import ProtocolTransaction
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.confirming import rejected_by, revoke, too_late, unproven
from lockgate_transport.cmp.service.exchange import Exchange, Opener
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.incoming import Confirmed, Content, Polled, Questions
from lockgate_transport.cmp.service.informing import Informing
from lockgate_transport.cmp.service.judging import (
    following,
    has_revoked_itself,
    judge_claim,
    judge_opening,
    judge_polled,
    judge_sender,
    judge_time,
)
from lockgate_transport.cmp.service.keeping import Keeping, audit, opened_by
from lockgate_transport.cmp.service.records import KeptAnswer, Record, Result, read_answer, read_record
from lockgate_transport.cmp.service.replies import confirmed, of_results, to_wait
from lockgate_transport.cmp.service.requests import Requests, given_up
from lockgate_transport.cmp.service.states import STEPS, State, Step

NOT_TAKEN = "the client does not take them"


class Transactions:
    """Answers the messages of all aliases."""

    def __init__(self, requests: Requests, informing: Informing, random: Random) -> None:
        self._requests = requests
        self._informing = informing
        self._keeping = Keeping(random)

    def answer(self, exchange: Exchange, content: Content, body_type: BodyType) -> KeptAnswer:
        """The answer to a message.

        Raises:
            Refused: it is refused, and nothing was changed.
            Conflict: another unit of work was faster.
        """
        stored = exchange.work.protocol_transactions.find(exchange.key)
        if kept := _kept(exchange, stored):
            audit(exchange, Event.TRANSACTION_REPEATED)
            return kept
        if waiting := _sent_again(exchange, stored):
            return self._look_again(exchange, waiting)
        try:
            return self._new(exchange, content, body_type, stored)
        except Refused:
            if stored is None and exchange.work.protocol_transactions.find(exchange.key):
                raise Conflict("another message has begun the transaction") from None
            raise

    def _new(
        self, exchange: Exchange, content: Content, body_type: BodyType, stored: ProtocolTransaction | None
    ) -> KeptAnswer:
        """A message that has no answer yet."""
        judge_sender(exchange, revokes_itself=body_type is BodyType.POLLREQ and has_revoked_itself(exchange, stored))
        judge_time(exchange, exchange.work.now())
        if (State.UNCONFIRMED, body_type) in STEPS:
            return self._follow(exchange, content, body_type, stored)
        judge_opening(exchange, stored)
        return self._open(exchange, content, body_type)

    def _open(self, exchange: Exchange, content: Content, body_type: BodyType) -> KeptAnswer:
        """The first message. A genm changes nothing: no transaction is kept for it."""
        if isinstance(content, Questions):
            audit(exchange, Event.TRANSACTION_ANSWERED, body=body_type.rfc_name)
            return self._keeping.plain((BodyType.GENP, self._informing.answer(exchange, content)))
        judge_claim(exchange, content)
        opener = _opener(exchange, body_type)
        record = Record(
            body_type=body_type,
            digest=exchange.digest,
            first_nonce=exchange.header.sender_nonce or b"",
            results=self._requests.results(opener, content, (), exchange.work),
            implicit=opener.implicit,
            **opened_by(exchange),
        )
        new = ProtocolTransaction(
            key=exchange.key,
            authenticator=exchange.sender.identity,
            state=State.WAITING,
            content=b"",
            secret=exchange.sender.secret if exchange.sender.username else None,
            expires=exchange.work.now(),
        )
        if exchange.sender.kind.is_claim:
            return self._open_claimed(exchange, new, record)
        if not record.waits:
            return self._keeping.finish(exchange, new, record)
        record = msgspec.structs.replace(record, request=exchange.octets)
        return self._keeping.wait(exchange, new, record, of_results(record), keep=True)

    def _open_claimed(self, exchange: Exchange, new: ProtocolTransaction, record: Record) -> KeptAnswer:
        """The first message of somebody whom only a password in it shows. Nothing is kept of one that is refused:
        anybody can send such messages. One that waits is kept encrypted, since the password stands in it.

        Without a certificate that protects it, its sender cannot poll, and sends the same message again instead.
        """
        refused = next((result for result in record.results if result.fail_info is not None), None)
        if refused is not None:
            raise Refused(FailInfo(refused.fail_info or 0), refused.text)
        if not record.waits:
            return self._keeping.finish(exchange, new, record)
        new = replace(new, secret=exchange.octets)
        polls = exchange.sender.certificate is not None
        return self._keeping.wait(exchange, new, record, of_results(record), keep=polls)

    def _look_again(self, exchange: Exchange, transaction: ProtocolTransaction) -> KeptAnswer:
        """Look at what waits, for a sender that cannot poll."""
        record = read_record(transaction.content)
        record = self._requests.again(exchange.alias, exchange.sender, transaction, record, exchange.work)
        if not record.waits:
            return self._keeping.finish(exchange, transaction, record)
        return self._keeping.wait(exchange, transaction, record, of_results(record), keep=False)

    def _follow(
        self, exchange: Exchange, content: Content, body_type: BodyType, stored: ProtocolTransaction | None
    ) -> KeptAnswer:
        """A later message."""
        transaction, record = following(exchange, stored)
        match STEPS.get((State(transaction.state), body_type)):
            case Step.TAKE_UP if isinstance(content, Polled):
                judge_polled(record, content)
                return self._take_up(exchange, transaction, record)
            case Step.TELL:
                return _final(exchange, record)
            case Step.CONFIRM if isinstance(content, Confirmed):
                rejected = rejected_by(record, content.confirmations, exchange.header.pvno)
                refused = unproven(record, rejected, exchange.work)
                revoke_unconfirmed(exchange, refused, "their keys are compromised, or belong to others")
                return self._end(exchange, transaction, record, rejected)
            case Step.GIVE_UP:
                return self._give_up(exchange, transaction, given_up(record))
            case Step.NOTHING:
                return self._keeping.plain(confirmed())
        if (transaction.state, body_type) == (State.ENDED, BodyType.CERTCONF):
            raise too_late(record, exchange.work)
        text = f"A {body_type.rfc_name} does not fit a transaction that is {transaction.state}."
        raise Refused(FailInfo.BAD_REQUEST, text)

    def _take_up(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record) -> KeptAnswer:
        """Look at what waits once more."""
        record = self._requests.again(exchange.alias, exchange.sender, transaction, record, exchange.work)
        if not record.waits:
            return self._keeping.finish(exchange, transaction, record, polled=True)
        return self._keeping.wait(
            exchange, transaction, record, to_wait(record, exchange.alias.check_after), keep=False
        )

    def _give_up(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record) -> KeptAnswer:
        """The client wants nothing of it."""
        if not record.waits:
            return self._end(exchange, transaction, record, record.issued)
        revoke_unconfirmed(exchange, record.issued, NOT_TAKEN)
        return self._keeping.wait(exchange, transaction, record, confirmed(), keep=True, state=State.GIVEN_UP)

    def _end(
        self, exchange: Exchange, transaction: ProtocolTransaction, record: Record, rejected: tuple[Result, ...]
    ) -> KeptAnswer:
        revoke_unconfirmed(exchange, rejected, NOT_TAKEN)
        return self._keeping.end(exchange, transaction, msgspec.structs.replace(record, request=b""))


def revoke_unconfirmed(exchange: Exchange, results: tuple[Result, ...], why: str) -> None:
    """Revoke certificates that the client has not confirmed, and say so in the audit log."""
    if not results:
        return
    audit(exchange, Event.TRANSACTION_UNCONFIRMED, why=why)
    operation = f"cmp:{exchange.key.id}:unconfirmed"
    certificates = (result.certificate or b"" for result in results)
    revoke(certificates, exchange.sender.acting(exchange.alias).name, operation, exchange.work)


def _kept(exchange: Exchange, stored: ProtocolTransaction | None) -> KeptAnswer | None:
    if stored is None or stored.authenticator != exchange.sender.identity:
        return None
    kept = exchange.work.protocol_transactions.answer(exchange.key, exchange.digest)
    if kept is None or read_record(stored.content).alias != exchange.alias.name:
        return None
    return read_answer(kept)


def _sent_again(exchange: Exchange, stored: ProtocolTransaction | None) -> ProtocolTransaction | None:
    """The transaction that waits, and that the same octets have opened before, without an answer that was kept."""
    if stored is None or stored.authenticator != exchange.sender.identity or stored.state != State.WAITING:
        return None
    record = read_record(stored.content)
    same = (record.digest, record.alias) == (exchange.digest, exchange.alias.name)
    return stored if same else None


def _opener(exchange: Exchange, body_type: BodyType) -> Opener:
    return Opener(
        alias=exchange.alias,
        key=exchange.key,
        sender=exchange.sender,
        body_type=body_type,
        digest=exchange.digest,
        octets=exchange.octets,
        implicit=exchange.header.implicit_confirm,
    )


def _final(exchange: Exchange, record: Record) -> KeptAnswer:
    """The final answer once more, to a client that polls."""
    kept = exchange.work.protocol_transactions.answer(exchange.key, record.final)
    if kept is None:
        raise Refused(FailInfo.BAD_REQUEST, "The transaction was ended without an answer.")
    original = record.first_nonce if exchange.alias.original_nonce else None
    return msgspec.structs.replace(read_answer(kept), recip_nonce=original)
