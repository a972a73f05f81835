"""The CA's CMP service: the port `MessageService` for CMPRequest, and what the worker's housekeeping does for it."""

from collections.abc import Iterable

from lockgate.audit import AuditEvent, Event
from lockgate.ports import MessageKey, RegistryTransaction
from lockgate.ports.services import MessageService
from lockgate_formats.cmp.embedded import write_nested
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.answers import AnswerWriter
from lockgate_transport.cmp.service.authentication import claimed
from lockgate_transport.cmp.service.exchange import Exchange, key_of
from lockgate_transport.cmp.service.failures import Failure, Refused, failure_in
from lockgate_transport.cmp.service.incoming import Batch, Content, Incoming
from lockgate_transport.cmp.service.judging import judge_sender, judge_time
from lockgate_transport.cmp.service.keeping import Keeping
from lockgate_transport.cmp.service.reading import MessageReader
from lockgate_transport.cmp.service.replies import of_failure
from lockgate_transport.cmp.service.transactions import Transactions

UNREADABLE = Failure(FailInfo.BAD_DATA_FORMAT, "The message cannot be read.")


class CmpService(MessageService):
    """Answers CMP messages."""

    def __init__(
        self, reader: MessageReader, transactions: Transactions, keeping: Keeping, writer: AnswerWriter
    ) -> None:
        self._reader = reader
        self._transactions = transactions
        self._keeping = keeping
        self._writer = writer

    def read(self, alias: str, octets: bytes) -> Incoming:
        """The message, or why it is refused."""
        return self._reader.read(alias, octets)

    def expected(self, message: Incoming) -> Iterable[MessageKey]:
        """The message, or those inside it."""
        if isinstance(message.content, Batch):
            return (key for inner in message.content.messages for key in self.expected(inner))
        if message.header is None or message.content is None:
            return ()
        return (MessageKey(key_of(message.header, message.octets), message.digest),)

    def answer(self, message: Incoming, work: RegistryTransaction) -> bytes:
        """The DER PKIMessage that answers."""
        try:
            exchange, content, body_type = _accepted(message, work)
            if isinstance(content, Batch):
                return self._batch(message, exchange, content)
            kept = self._transactions.answer(exchange, content, body_type)
        except (Refused, MalformedMessage) as error:
            failure = failure_in(error)
            _audit(message, failure, work)
            kept = self._keeping.plain(of_failure(failure))
        return self._writer.write(message, kept, work.now())

    def _batch(self, message: Incoming, exchange: Exchange, batch: Batch) -> bytes:
        """Each message in a nested one gets the answer that it would get alone: a single one that answer itself (RFC
        9483, 5.2.2.1), several a nested message with all of them (RFC 9483, 5.2.2.2).

        Raises:
            Refused: the RA may not send now.
        """
        judge_sender(exchange)
        judge_time(exchange, exchange.work.now())
        answers = tuple(self.answer(inner, exchange.work) for inner in batch.messages)
        if len(answers) == 1:
            return answers[0]
        kept = self._keeping.plain((BodyType.NESTED, write_nested(answers)))
        return self._writer.write(message, kept, exchange.work.now())


def _accepted(incoming: Incoming, work: RegistryTransaction) -> tuple[Exchange, Content, BodyType]:
    """The message, if reading has found nothing wrong with it.

    Raises:
        Refused: it has.
    """
    alias, message, sender, content = incoming.alias, incoming.message, incoming.sender, incoming.content
    if alias is None or message is None or sender is None or content is None or incoming.failure:
        failure = incoming.failure or UNREADABLE
        raise Refused(failure.fail_info, failure.text, failure.internal)
    header, octets = message.header, incoming.octets
    exchange = Exchange(alias, header, sender, key_of(header, octets), incoming.digest, octets, work)
    return exchange, content, message.body_type


def _audit(message: Incoming, failure: Failure, work: RegistryTransaction) -> None:
    header, alias = message.header, message.alias
    transaction = header.transaction_id.hex() if header and header.transaction_id else ""
    who = message.sender.name if message.sender else "unknown"
    details = {
        "alias": alias.name if alias else "",
        "fail_info": failure.fail_info.rfc_name,
        "detail": failure.text,
        "internal": failure.internal,
    }
    if header and header.sender_kid:
        details["claimed"] = claimed(header)
    work.audit(AuditEvent(Event.TRANSACTION_REFUSED, who, f"cmp {transaction}", details))
