"""What becomes due in transactions whose clients are silent: certificates that nobody has confirmed are revoked, and
what nobody polls for is looked at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec

from lockgate.audit import AuditEvent, Event
from lockgate.errors import StandingUntold, Unavailable
from lockgate.line.clearance import postponed
from lockgate.operations.status import DONE
from lockgate.ports import RegistryTransaction
from lockgate.ports.protocol_transactions import ProtocolTransaction, TransactionKey
from lockgate.queue.due import DueService
from lockgate_formats.cmp.messages import Header
from lockgate_formats.cmp.names import NULL_DN
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.confirming import revoke
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.failures import Failure, Refused
from lockgate_transport.cmp.service.judging import has_revoked_itself, judge_sender
from lockgate_transport.cmp.service.keeping import NO_MESSAGE, Keeping, audit
from lockgate_transport.cmp.service.records import Record, read_record
from lockgate_transport.cmp.service.replies import confirmed, of_results
from lockgate_transport.cmp.service.requests import Requests
from lockgate_transport.cmp.service.states import State
from lockgate_transport.cmp.service.transactions import NOT_TAKEN, revoke_unconfirmed
from lockgate_transport.cmp.vocabulary import CMP

LOOK_AGAIN = timedelta(minutes=1)
"""Before the operations of a transaction whose alias is gone are looked at again."""


class Deadlines(DueService):
    """Acts for transactions that are due.

    One that has failed once is left until the process starts anew, so that it does not keep the others back.
    """

    def __init__(self, aliases: Mapping[str, CmpAlias], requests: Requests, keeping: Keeping) -> None:
        self._aliases = aliases
        self._requests = requests
        self._keeping = keeping
        self._failed: set[TransactionKey] = set()

    def act(self, work: RegistryTransaction, limit: int) -> int:
        """Act for up to `limit` transactions; tells for how many."""
        found = work.protocol_transactions.due(CMP.name, limit + len(self._failed))
        due = [transaction for transaction in found if transaction.key not in self._failed][:limit]
        for transaction in due:
            try:
                self._act(transaction, read_record(transaction.content), work)
            except Unavailable:
                raise
            except Exception:
                self._failed.add(transaction.key)
                raise
        return len(due)

    def _act(self, transaction: ProtocolTransaction, record: Record, work: RegistryTransaction) -> None:
        alias = self._aliases.get(record.alias)
        if alias is None:
            _abandon(transaction, record, work)
            return
        sender = self._requests.sender(alias, transaction, record)
        exchange = Exchange(alias, _header(work), sender, transaction.key, NO_MESSAGE, b"", work)
        match transaction.state:
            case State.UNCONFIRMED:
                revoke_unconfirmed(exchange, record.issued, "nobody has confirmed them in time")
                self._keeping.end(exchange, transaction, record)
            case State.GIVEN_UP:
                record = self._requests.again(alias, sender, transaction, record, work)
                self._revoke_late(exchange, transaction, record)
            case _:
                self._look(exchange, transaction, record)

    def _look(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record) -> None:
        """What waited, where nobody polls. A sender that may not poll for it now gets nothing of it."""
        work = exchange.work
        try:
            judge_sender(exchange, revokes_itself=has_revoked_itself(exchange, transaction))
        except Refused as refused:
            self._disown(exchange, transaction, record, refused.failure)
        except StandingUntold as untold:
            due = work.now() + postponed(untold, work).delay
            work.protocol_transactions.save(replace(transaction, due=due))
        else:
            record = self._requests.overdue(exchange.alias, transaction, record, work)
            self._take_up(exchange, transaction, record)

    def _disown(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record, failure: Failure) -> None:
        told = {"fail_info": failure.fail_info.rfc_name, "detail": failure.text, "internal": failure.internal}
        audit(exchange, Event.TRANSACTION_REFUSED, **told)
        revoke_unconfirmed(exchange, record.issued, "the sender may not have them")
        record = self._requests.disowned(record, failure, exchange.work)
        self._keeping.finish(exchange, transaction, record, polled=True)

    def _take_up(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record) -> None:
        """After what waited was looked at once more."""
        if record.waits:
            self._keeping.wait(exchange, transaction, record, of_results(record), keep=False)
        else:
            self._keeping.finish(exchange, transaction, record, polled=True)

    def _revoke_late(self, exchange: Exchange, transaction: ProtocolTransaction, record: Record) -> None:
        """What another CA has issued after the client had given up."""
        revoke_unconfirmed(exchange, record.issued, NOT_TAKEN)
        if record.waits:
            self._keeping.wait(exchange, transaction, record, confirmed(), keep=False, state=State.GIVEN_UP)
        else:
            self._keeping.end(exchange, transaction, msgspec.structs.replace(record, request=b""))


def _header(work: RegistryTransaction) -> Header:
    """No message is answered."""
    nobody = NULL_DN
    return Header(pvno=2, sender=nobody, recipient=nobody, message_time=work.now())


def _abandon(transaction: ProtocolTransaction, record: Record, work: RegistryTransaction) -> None:
    """End a transaction whose alias is gone, and revoke what was issued in it. What another CA carries out already is
    waited for."""
    key, requests = transaction.key, [result.operation for result in record.results if result.is_under_way]
    if any(map(work.operations.is_open, requests)):
        work.protocol_transactions.save(replace(transaction, due=work.now() + LOOK_AGAIN))
        return
    revoke(_unconfirmed(record, requests, work), CMP.name, f"cmp:{key.id}:unconfirmed", work)
    details = {"alias": record.alias, "why": "the alias is gone"}
    work.audit(AuditEvent(Event.TRANSACTION_UNCONFIRMED, CMP.name, f"cmp {key.id}", details))
    work.protocol_transactions.save(replace(transaction, state=State.ENDED, secret=None, due=None, open=False))


def _unconfirmed(record: Record, requests: Iterable[str], work: RegistryTransaction) -> Iterator[bytes]:
    """The certificates of the record, and those that operations of `requests` have brought since."""
    yield from (result.certificate for result in record.results if result.certificate)
    for request in requests:
        yield from (one.certificate for one in work.operations.of(request) if one.status is DONE and one.certificate)
        work.operations.forget(request)
