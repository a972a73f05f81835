"""The requests in a message, handed to the core's line; and those that wait, taken up again."""

from collections.abc import Sequence

import msgspec

from lockgate.line.acting import Acting
from lockgate.ports import CertificateTrust, RegistryTransaction
from lockgate.ports.protocol_transactions import ProtocolTransaction
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.authentication import shared_secret
from lockgate_transport.cmp.service.enrolling import Enrolling, refusal
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Failure, Refused
from lockgate_transport.cmp.service.incoming import Content, Requested, Revocations
from lockgate_transport.cmp.service.reading import MessageReader, unanswered
from lockgate_transport.cmp.service.records import Record, Result
from lockgate_transport.cmp.service.revoking import Revoking
from lockgate_transport.cmp.service.senders import Sender, SenderKind

_UNDECIDED = Failure(FailInfo.NOT_AUTHORIZED, "The request was not approved in time, or nobody has polled for it.")
_GIVEN_UP = Failure(FailInfo.BAD_REQUEST, "The client has given up.")


class Requests:
    """Carries out what messages ask for.

    Args:
        acting: what `enrolling` and `revoking` act by, too.
        trust: which certificates the CAs of this installation have issued.
    """

    def __init__(
        self,
        reader: MessageReader,
        enrolling: Enrolling,
        revoking: Revoking,
        acting: Acting,
        trust: CertificateTrust,
    ) -> None:
        self._reader = reader
        self._acting = acting
        self._enrolling = enrolling
        self._revoking = revoking
        self._trust = trust

    def results(
        self, opener: Opener, content: Content, earlier: Sequence[Result], work: RegistryTransaction
    ) -> tuple[Result, ...]:
        """How each request of the message stands now.

        Args:
            earlier: how each stood before; none for a new message. One that is decided stays as it is.
        """
        match content:
            case Requested(asked):
                count = len(asked)
                numbered = enumerate(asked, start=1)
                return tuple(
                    before
                    if (before := _of(earlier, number)) and not before.waits
                    else self._enrolling.result(opener, (number, count), one, before, work)
                    for number, one in numbered
                )
            case Revocations(revocations):
                count = len(revocations)
                return tuple(
                    before
                    if (before := _of(earlier, number)) and not before.waits
                    else self._revoking.result(opener, (number, count), one, before, work)
                    for number, one in enumerate(revocations, start=1)
                )
        raise Refused(FailInfo.BAD_REQUEST, "The message asks for nothing.")

    def again(
        self,
        alias: CmpAlias,
        sender: Sender,
        stored: ProtocolTransaction,
        record: Record,
        work: RegistryTransaction,
    ) -> Record:
        """The record, after what waits was looked at once more."""
        octets = record.request or stored.secret or b""
        opener = Opener(
            alias=alias,
            key=stored.key,
            sender=sender,
            body_type=BodyType(record.body_type),
            digest=record.digest,
            octets=octets,
            implicit=record.implicit,
        )
        if opener.body_type not in alias.bodies:
            failure = Failure(FailInfo.BAD_REQUEST, unanswered(opener.body_type, alias))
            record = _without_waiting(record, failure)
        if not record.waits:
            return record
        content = self._reader.content_again(alias, octets, sender)
        results = self.results(opener, content, record.results, work)
        return msgspec.structs.replace(record, results=results)

    def overdue(
        self, alias: CmpAlias, stored: ProtocolTransaction, record: Record, work: RegistryTransaction
    ) -> Record:
        """The record, where nobody polls: an approval's time is over, operations of other CAs may have ended."""
        results = tuple(
            _ended(result, _UNDECIDED) if result.waits and not result.operation else result for result in record.results
        )
        record = msgspec.structs.replace(record, results=results)
        return self.again(alias, self.sender(alias, stored, record), stored, record, work) if record.waits else record

    def disowned(self, record: Record, failure: Failure, work: RegistryTransaction) -> Record:
        """The record, where its sender may not go on with it: it gets nothing. What no call has left for ends here;
        what another CA carries out already is revoked as soon as it is there."""
        for result in record.results:
            if result.is_under_way:
                self._acting.disown(result.operation, Rejected(Reason.SIGNER_REVOKED), work)
        results = tuple(
            refusal(result.cert_req_id, failure) if result.waits or result.certificate else result
            for result in record.results
        )
        return msgspec.structs.replace(record, results=results)

    def sender(self, alias: CmpAlias, stored: ProtocolTransaction, record: Record) -> Sender:
        """The sender that has opened a transaction."""
        kind, certificate = SenderKind(record.sender_kind), record.sender_certificate
        path = self._trust.path(certificate) if certificate and not kind.is_claim else None
        secret = stored.secret or shared_secret(record.sender_name, alias)
        return Sender(
            kind=kind,
            name=record.sender_name,
            secret=secret if kind.is_secret else None,
            username=record.sender_username,
            certificate=certificate,
            trusted=None if isinstance(path, Rejected) else path,
        )


def given_up(record: Record) -> Record:
    """The record, where the client goes on no further: what waits for approvals is dropped, what another CA carries out
    already is waited for."""
    return _without_waiting(record, _GIVEN_UP)


def _without_waiting(record: Record, failure: Failure) -> Record:
    """Nothing waits any more but for what is under way: that has an effect already."""
    results = tuple(result if result.is_under_way else _ended(result, failure) for result in record.results)
    return msgspec.structs.replace(record, results=results)


def _of(earlier: Sequence[Result], number: int) -> Result | None:
    return earlier[number - 1] if earlier else None


def _ended(result: Result, failure: Failure) -> Result:
    return refusal(result.cert_req_id, failure) if result.waits else result
