"""The rules of a message that need the clock, the registry or the transaction."""

from datetime import datetime

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.ports.protocol_transactions import ProtocolTransaction
from lockgate.rights.authorization import Action, action_right
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_transport.cmp.service.confirming import TOLERATED_P10CR_ID
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.incoming import Content, Polled, Requested
from lockgate_transport.cmp.service.records import Record, read_record
from lockgate_transport.cmp.service.replies import WHOLE_MESSAGE
from lockgate_transport.cmp.service.senders import Sender, SenderKind


def judge_time(exchange: Exchange, now: datetime) -> None:
    """messageTime (RFC 9810, 5.1.1).

    Raises:
        Refused: it is too far from `now`.
    """
    sent = exchange.header.message_time
    if sent is not None and abs(sent - now) > exchange.alias.tolerance:
        text = f"messageTime differs from this CA's clock, {now:%Y-%m-%d %H:%M:%S} UTC, by too much."
        raise Refused(FailInfo.BAD_TIME, text)


def judge_sender(exchange: Exchange, *, revokes_itself: bool = False) -> None:
    """Whether the certificate that protects may sign at this time.

    Args:
        revokes_itself: it is revoked by the very transaction that the message asks about.

    Raises:
        Refused: it may not.
    """
    sender, work = exchange.sender, exchange.work
    trusted = sender.trusted
    if trusted is None:
        _judge_known(sender)
        return
    if not trusted.digital_signature:
        raise Refused(FailInfo.SIGNER_NOT_TRUSTED, "The certificate that protects does not allow digital signatures.")
    if not trusted.valid_at(work.now()):
        raise Refused(FailInfo.SIGNER_NOT_TRUSTED, "The certificate that protects is not valid at this time.")
    if sender.kind is SenderKind.VENDOR_CERTIFICATE:
        return
    standing = work.certificates.standing(trusted)
    if standing is CertificateStanding.WORKERS:
        text = "The certificate that protects authenticates nobody: it is a worker's."
        raise Refused(FailInfo.SIGNER_NOT_TRUSTED, text)
    if standing is not CertificateStanding.GOOD and not revokes_itself:
        text = "The certificate that protects is revoked or unknown to the CA that issued it."
        raise Refused(FailInfo.CERT_REVOKED, text, f"standing: {standing}")
    if sender.is_ra:
        _judge_ra(exchange, trusted)


def _judge_known(sender: Sender) -> None:
    """Whether what shows who the sender is counts still: only a transaction that waits outlives that.

    Raises:
        Refused: no CA of this installation has issued its certificate, or the alias has its secret no more.
    """
    if sender.kind in (SenderKind.CERTIFICATE, SenderKind.REGISTRATION_AUTHORITY):
        raise Refused(FailInfo.SIGNER_NOT_TRUSTED, "The certificate that protects was not issued by a CA known here.")
    if sender.kind is SenderKind.SECRET and sender.secret is None:
        raise Refused(FailInfo.BAD_MESSAGE_CHECK, "The alias has the secret that protects no more.")


def has_revoked_itself(exchange: Exchange, stored: ProtocolTransaction | None) -> bool:
    """Whether the sender's certificate has opened the transaction with an rr that is carried out, or was.

    Where another CA revokes, the client polls for the result with a certificate that is revoked here already.
    """
    if stored is None or stored.authenticator != exchange.sender.identity or exchange.sender.is_ra:
        return False
    record = read_record(stored.content)
    return record.body_type == BodyType.RR and any(
        result.is_under_way or result.status in (PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS)
        for result in record.results
    )


def _judge_ra(exchange: Exchange, trusted: TrustedCertificate) -> None:
    """Whether a certificate may act as an RA: it delivers no messages, so that the RA's host has none of its rights;
    one that acts by its purpose is of the alias's own CA.

    Raises:
        Refused: it may not.
    """
    alias, work = exchange.alias, exchange.work
    if any(role.grants(action_right(Action.DELIVER)) for role in work.roles.of(trusted)):
        raise Refused(FailInfo.NOT_AUTHORIZED, "A certificate that delivers messages acts as no RA in them.")
    if trusted.fingerprint in alias.registration_authorities:
        return
    holder = work.certificates.holder(trusted.fingerprint) or ""
    issued = [facts.ca_name for facts in work.certificates.of(holder) if facts.fingerprint == trusted.fingerprint]
    if issued != [alias.ca_name]:
        raise Refused(
            FailInfo.NOT_AUTHORIZED, f"The RA's certificate was not issued by the CA of the alias {alias.name}."
        )


def judge_opening(exchange: Exchange, stored: ProtocolTransaction | None) -> None:
    """Whether a message may open a transaction.

    Raises:
        Refused: it may not.
    """
    if stored is not None:
        raise Refused(FailInfo.TRANSACTION_ID_IN_USE, "Another message has opened a transaction of that transactionID.")
    if exchange.header.recip_nonce is not None:
        raise Refused(FailInfo.BAD_RECIPIENT_NONCE, "The first message of a transaction has no recipNonce.")
    alias, transactions = exchange.alias, exchange.work.protocol_transactions
    protocol = exchange.key.protocol
    if transactions.count_open(protocol, exchange.sender.identity) >= alias.open_per_sender:
        raise Refused(FailInfo.SYSTEM_UNAVAIL, "Too many transactions of this sender are open.")
    if transactions.count_open(protocol) >= alias.open_in_all:
        raise Refused(FailInfo.SYSTEM_UNAVAIL, "Too many transactions are open.")


def judge_claim(exchange: Exchange, content: Content) -> None:
    """Whether a message may open a transaction that only a password in it protects: nobody can confirm a certificate in
    it, since a later message would show nothing.

    Raises:
        Refused: it may not.
    """
    sender, alias = exchange.sender, exchange.alias
    if not sender.kind.is_claim or sender.certificate is not None:
        return
    if not (exchange.header.implicit_confirm and alias.implicit_confirm):
        text = "Without protection a certificate cannot be confirmed: implicit confirmation is needed."
        raise Refused(FailInfo.BAD_REQUEST, text)
    keys = [one.key for one in content.certificates] if isinstance(content, Requested) else []
    if any(isinstance(key, CertificationRequest) and key.possession is Possession.AWAITED for key in keys):
        text = "Without protection a certificate cannot be confirmed: the key must sign the request."
        raise Refused(FailInfo.BAD_POP, text)


def following(exchange: Exchange, stored: ProtocolTransaction | None) -> tuple[ProtocolTransaction, Record]:
    """The transaction that a message goes on with: the same sender, shown in the same way, and an answer to what was
    sent before.

    Raises:
        Refused: it does not belong to the transaction, which stays as it is.
    """
    if stored is None:
        raise Refused(FailInfo.BAD_REQUEST, "There is no transaction of that transactionID.")
    record = read_record(stored.content)
    if stored.authenticator != exchange.sender.identity:
        same_kind = record.sender_kind == exchange.sender.kind
        fail_info = FailInfo.BAD_MESSAGE_CHECK if same_kind else FailInfo.WRONG_INTEGRITY
        raise Refused(fail_info, "The transaction belongs to another sender, or to another protection.")
    if record.alias != exchange.alias.name:
        raise Refused(FailInfo.BAD_REQUEST, "The transaction belongs to another alias.")
    if exchange.header.recip_nonce not in record.nonces:
        raise Refused(FailInfo.BAD_RECIPIENT_NONCE, "recipNonce is not the senderNonce of an answer.")
    return stored, record


def judge_polled(record: Record, polled: Polled) -> None:
    """Whether a poll asks for requests of its transaction (RFC 9810, 5.3.22).

    Raises:
        Refused: it asks for none, or for another.
    """
    known = {WHOLE_MESSAGE, *(result.cert_req_id for result in record.results)}
    if record.body_type == BodyType.P10CR:
        known.add(TOLERATED_P10CR_ID)
    if not polled.cert_req_ids or not known.issuperset(polled.cert_req_ids):
        raise Refused(FailInfo.BAD_REQUEST, "The poll names a certReqId that is none of this transaction.")
