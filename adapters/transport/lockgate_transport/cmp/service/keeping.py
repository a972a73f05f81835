"""What a transaction's row and its kept answers hold after a message: written in the unit of work of the effects."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from lockgate.audit import AuditEvent, Event
from lockgate.ports import Random
from lockgate.ports.protocol_transactions import ProtocolTransaction
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.records import KeptAnswer, Record, encoded
from lockgate_transport.cmp.service.replies import Body, confirmed, of_results
from lockgate_transport.cmp.service.senders import SenderKind
from lockgate_transport.cmp.service.states import State

NONCE_OCTETS = 16
NO_MESSAGE = "0" * 64
"""The digest of no octets: that of a final answer that no message has asked for."""
NONCES = 8
"""So many of the last answers may be answered: a client that sends a poll again has the nonce of an earlier one."""
UNTIMED = timedelta(days=3650)
"""How long a transaction is remembered at least whose first message has no time: nothing else shows that it is old."""


class Keeping:
    """Keeps transactions."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def plain(self, body: Body) -> KeptAnswer:
        """An answer that is not kept."""
        return KeptAnswer(body_type=body[0], body=body[1], nonce=self._random.octets(NONCE_OCTETS))

    def wait(
        self,
        exchange: Exchange,
        transaction: ProtocolTransaction,
        record: Record,
        body: Body,
        *,
        keep: bool,
        state: State = State.WAITING,
    ) -> KeptAnswer:
        """Something is not decided yet.

        Args:
            keep: whether the same octets bring the same answer; a poll that is sent again may bring more.
        """
        delays = [timedelta(seconds=result.delay) for result in record.results if result.waits]
        due = exchange.work.now() + max(min(delays), exchange.alias.check_after)
        answer = self.plain(body)
        self._save(exchange, transaction, record, state, due, answer)
        if keep:
            self._keep(exchange, exchange.digest, answer)
        return answer

    def finish(
        self, exchange: Exchange, transaction: ProtocolTransaction, record: Record, *, polled: bool = False
    ) -> KeptAnswer:
        """Everything is decided: the final answer, and a time for its confirmation where that is needed. Only a
        confirmation shows that an encrypted certificate was decrypted."""
        alias, now = exchange.alias, exchange.work.now()
        issued = any(result.certificate for result in record.results)
        awaited = any(result.encrypted for result in record.results)
        implicit = issued and record.implicit and alias.implicit_confirm and not awaited
        until = now + alias.confirm_within if issued and not implicit else None
        answer = msgspec.structs.replace(
            self.plain(of_results(record)),
            implicit=implicit,
            confirm_until=until,
            chain=tuple(dict.fromkeys(one for result in record.results for one in result.chain)),
            recip_nonce=record.first_nonce if polled and alias.original_nonce else None,
        )
        record = msgspec.structs.replace(record, request=b"", final=exchange.digest)
        self._save(exchange, transaction, record, State.UNCONFIRMED if until else State.ENDED, until, answer)
        self._keep(exchange, exchange.digest, answer)
        audit(exchange, Event.TRANSACTION_ANSWERED, body=BodyType(record.body_type).rfc_name)
        return answer

    def end(self, exchange: Exchange, stored: ProtocolTransaction, record: Record) -> KeptAnswer:
        """Nothing more happens."""
        answer = self.plain(confirmed())
        self._save(exchange, stored, record, State.ENDED, None, answer)
        if exchange.digest != NO_MESSAGE:
            self._keep(exchange, exchange.digest, answer)
        return answer

    def _save(
        self,
        exchange: Exchange,
        transaction: ProtocolTransaction,
        record: Record,
        state: State,
        due: datetime | None,
        answer: KeptAnswer,
    ) -> None:
        if not record.waits and SenderKind(record.sender_kind).is_claim:
            transaction = replace(transaction, secret=None)
        nonces = (*record.nonces, answer.nonce)[-NONCES:]
        remember = exchange.alias.remember
        if exchange.header.message_time is None:
            remember = max(remember, UNTIMED)
        exchange.work.protocol_transactions.save(
            replace(
                transaction,
                state=state,
                content=encoded(msgspec.structs.replace(record, nonces=nonces)),
                due=due,
                expires=max(transaction.expires, (due or exchange.work.now()) + remember),
                open=state is not State.ENDED,
            )
        )

    def _keep(self, exchange: Exchange, digest: str, answer: KeptAnswer) -> None:
        exchange.work.protocol_transactions.keep_answer(exchange.key, digest, encoded(answer))


def opened_by(exchange: Exchange) -> Mapping[str, Any]:
    """What a record holds of the sender that opens its transaction."""
    sender = exchange.sender
    return {
        "alias": exchange.alias.name,
        "sender_kind": sender.kind,
        "sender_name": sender.name,
        "sender_username": sender.username,
        "sender_certificate": sender.certificate,
        "sender_chain": sender.between,
    }


def audit(exchange: Exchange, event: Event, **details: str) -> None:
    """Add to the audit log."""
    who = exchange.sender.acting(exchange.alias).name
    known = {"alias": exchange.alias.name, "digest": exchange.digest, **details}
    exchange.work.audit(AuditEvent(event, who, f"cmp {exchange.key.id}", known))
