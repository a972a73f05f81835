"""What a verified answer makes of a transaction (RFC 9810, 5.3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from lockgate.errors import UnverifiedAnswer
from lockgate.names.counted import counted
from lockgate_formats.cmp.contents import CertificateReply, CertificateResponse
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.polls import read_poll_responses
from lockgate_formats.cmp.responses import read_certificate_reply
from lockgate_formats.cmp.revocations import read_revocation_reply
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from lockgate_formats.cmp_client.refusals import read_refusal, refusal
from lockgate_formats.cmp_client.settings import CmpClientSettings
from lockgate_formats.cmp_client.states import State, TransactionEvent
from lockgate_formats.cmp_client.transactions import WHOLE_MESSAGE, Asked, CmpTransaction, IssuedCertificate

GRANTED = frozenset({PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS})
REVOKED = GRANTED | {PkiStatus.REVOCATION_WARNING, PkiStatus.REVOCATION_NOTIFICATION}
_P10CR_IDS = frozenset({WHOLE_MESSAGE, 0})
"""Servers number the one request of a p10cr in both ways (RFC 9483, 4.1.4)."""


class Receiver(Protocol):
    """Takes certificates in; decrypts what came encrypted."""

    def take(self, response: CertificateResponse, asked: Asked) -> IssuedCertificate:
        """The certificate in a response that grants it, with its fault where it must not be accepted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A verified answer.

    Attributes:
        now: UTC.
    """

    message: PkiMessage
    transaction: CmpTransaction
    now: datetime
    settings: CmpClientSettings
    receiver: Receiver

    def judged(self) -> CmpTransaction:
        """The transaction after this answer.

        Raises:
            UnverifiedAnswer: it is of a kind, or about requests, that this transaction does not await.
        """
        kind = self.message.body_type
        awaited = EXPECTED[self.transaction.awaited]
        polled = kind is BodyType.POLLREP and self.transaction.state is State.POLLING
        if not polled and kind not in (awaited, BodyType.ERROR):
            raise _unfit(f"{kind.rfc_name} came where {awaited.rfc_name} was awaited")
        try:
            following = _READERS[kind](self)
        except MalformedMessage as error:
            raise UnverifiedAnswer(f"the answer cannot be read: {error.text}") from None
        return replace(
            following,
            peer_nonce=self.message.header.sender_nonce or self.transaction.peer_nonce,
            extra_certificates=self.message.extra_certs,
        )

    def moved(self, event: TransactionEvent, **changes: Any) -> CmpTransaction:
        """The transaction after `event`, with other changes."""
        return self.transaction.after(event, **changes)


EXPECTED: Mapping[BodyType, BodyType] = {
    BodyType.IR: BodyType.IP,
    BodyType.CR: BodyType.CP,
    BodyType.P10CR: BodyType.CP,
    BodyType.KUR: BodyType.KUP,
    BodyType.RR: BodyType.RP,
    BodyType.GENM: BodyType.GENP,
    BodyType.CERTCONF: BodyType.PKICONF,
}
"""The answer to each message."""


def _certificates(reply: Reply) -> CmpTransaction:
    content = read_certificate_reply(reply.message.body, reply.settings.limits)
    asked = _answered(reply.transaction, content)
    by_status = [(response, asked[response.cert_req_id]) for response in content.responses]
    came = [(response, one) for response, one in by_status if response.status.status in GRANTED]
    waiting = [response.cert_req_id for response, _ in by_status if response.status.status is PkiStatus.WAITING]
    refused = [
        refusal(response.cert_req_id, response.status)
        for response, _ in by_status
        if response.status.status not in GRANTED and response.status.status is not PkiStatus.WAITING
    ]
    implicit = reply.transaction.implicit and reply.message.header.implicit_confirm
    taken = [reply.receiver.take(response, one) for response, one in came]
    issued = [replace(one, accepted=not one.fault) for one in taken] if implicit else taken
    return _with_certificates(reply, content, issued, (*refused,), _left(reply.transaction, content, waiting))


def _with_certificates(
    reply: Reply,
    content: CertificateReply,
    issued: Sequence[IssuedCertificate],
    refused: tuple[Any, ...],
    waiting: tuple[int, ...],
) -> CmpTransaction:
    transaction = reply.transaction
    certificates = (*transaction.certificates, *issued)
    if any(one.accepted is None for one in certificates):
        event = TransactionEvent.ISSUES
    elif waiting:
        event = TransactionEvent.WAITS
    else:
        event = TransactionEvent.SETTLES if certificates else TransactionEvent.REFUSES
    return reply.moved(
        event,
        certificates=certificates,
        refusals=(*transaction.refusals, *refused),
        waiting=waiting,
        due=reply.now,
        confirm_until=reply.message.header.confirm_wait_time,
        ca_certificates=content.ca_certificates or transaction.ca_certificates,
    )


def _answered(transaction: CmpTransaction, content: CertificateReply) -> dict[int, Asked]:
    """What was asked for under each certReqId of an answer.

    Raises:
        UnverifiedAnswer: it does not answer what was asked.
    """
    ids = [response.cert_req_id for response in content.responses]
    if transaction.request_type is BodyType.P10CR and len(ids) == 1 and ids[0] in _P10CR_IDS:
        return {ids[0]: transaction.asked[0]}
    open_ones = {one.cert_req_id: one for one in transaction.asked if one.cert_req_id in _open(transaction)}
    # After polling, an answer may leave out what still waits (RFC 9810, 5.3.22).
    complete = transaction.state is State.POLLING or set(ids) == set(open_ones)
    if not ids or len(set(ids)) != len(ids) or not set(ids) <= set(open_ones) or not complete:
        raise _unfit(f"it answers the requests {ids}, not {sorted(open_ones)}")
    return open_ones


def _open(transaction: CmpTransaction) -> set[int]:
    """The certReqIds of what has not been answered yet."""
    asked = {one.cert_req_id for one in transaction.asked}
    waiting = set(transaction.waiting)
    return asked if not waiting or waiting == {WHOLE_MESSAGE} else asked & waiting


def _left(transaction: CmpTransaction, content: CertificateReply, waiting: list[int]) -> tuple[int, ...]:
    """The certReqIds of what the CA needs more time for: what it says, and what its answer leaves out."""
    answered = {response.cert_req_id for response in content.responses}
    left_out = [number for number in transaction.waiting if number not in answered and number != WHOLE_MESSAGE]
    return (*left_out, *waiting)


def _revocations(reply: Reply) -> CmpTransaction:
    content = read_revocation_reply(reply.message.body, reply.settings.limits)
    asked = reply.transaction.asked
    if len(content.statuses) != len(asked):
        raise _unfit(f"it answers {counted(len(content.statuses), 'revocation')}, not {len(asked)}")
    named = [one.certificate for one in asked]
    if content.certificates and list(content.certificates) != named:
        raise _unfit("it tells of other certificates than those to be revoked")
    refused = tuple(
        refusal(number, status) for number, status in enumerate(content.statuses) if status.status not in REVOKED
    )
    event = TransactionEvent.REFUSES if len(refused) == len(asked) else TransactionEvent.SETTLES
    return reply.moved(event, refusals=refused, waiting=())


def _general(reply: Reply) -> CmpTransaction:
    infos = read_general(reply.message.body, reply.settings.limits)
    return reply.moved(TransactionEvent.SETTLES, infos=infos, waiting=())


def _confirmed(reply: Reply) -> CmpTransaction:
    waiting = tuple(number for number in reply.transaction.waiting if number != WHOLE_MESSAGE)
    if waiting:  # for other certificates that the same message asked for
        awaited = reply.transaction.request_type
        return reply.moved(TransactionEvent.WAITS, waiting=waiting, due=reply.now, awaited=awaited)
    return reply.moved(TransactionEvent.SETTLES, waiting=())


def _polled(reply: Reply) -> CmpTransaction:
    responses = read_poll_responses(reply.message.body, reply.settings.limits)
    waiting = reply.transaction.waiting
    if not {response.cert_req_id for response in responses} <= set(waiting):
        raise _unfit(f"it tells of other requests than {sorted(waiting)}")
    seconds = max(response.check_after for response in responses)
    wait = min(max(float(seconds), reply.settings.shortest_poll), reply.settings.longest_poll)
    return reply.moved(
        TransactionEvent.WAITS,
        due=reply.now + timedelta(seconds=wait),
        reasons=tuple(text for response in responses for text in response.reasons),
    )


def _error(reply: Reply) -> CmpTransaction:
    found = read_refusal(reply.message, reply.settings.limits)
    if found.status is PkiStatus.WAITING:
        waiting = tuple(dict.fromkeys((*reply.transaction.waiting, WHOLE_MESSAGE)))
        return reply.moved(TransactionEvent.WAITS, waiting=waiting, due=reply.now, reasons=found.texts)
    return reply.moved(TransactionEvent.REFUSES, refusals=(*reply.transaction.refusals, found), waiting=())


_READERS: Mapping[BodyType, Callable[[Reply], CmpTransaction]] = {
    BodyType.IP: _certificates,
    BodyType.CP: _certificates,
    BodyType.KUP: _certificates,
    BodyType.RP: _revocations,
    BodyType.GENP: _general,
    BodyType.PKICONF: _confirmed,
    BodyType.POLLREP: _polled,
    BodyType.ERROR: _error,
}
"""What is done with each kind of answer."""


def _unfit(wrong: str) -> UnverifiedAnswer:
    return UnverifiedAnswer(f"the answer does not fit what was sent: {wrong}")
