"""What an answer that is provably the CA's makes of an order.

Only a rejection refuses an order, and only one that decides on it: not one that tells of this message, or of the CA's
own troubles.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lockgate.errors import NotSent, NotTaken, PeerError, Unavailable
from lockgate.ports import Issued, IssuerAnswer, Later, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_formats.cmp_client import MAX_WORDS, WHOLE_MESSAGE, CmpTransaction, Refusal, State
from lockgate_issuers.cmp.drafts import Draft

SHORTEST = timedelta(seconds=1)
"""Before a CA is asked again, whatever it says."""
OF_THE_MESSAGE = frozenset(
    {
        FailInfo.BAD_MESSAGE_CHECK,
        FailInfo.WRONG_INTEGRITY,
        FailInfo.MISSING_TIME_STAMP,
        FailInfo.TIME_NOT_AVAILABLE,
        FailInfo.BAD_SENDER_NONCE,
        FailInfo.BAD_RECIPIENT_NONCE,
        FailInfo.SIGNER_NOT_TRUSTED,
        FailInfo.UNSUPPORTED_VERSION,
        FailInfo.TRANSACTION_ID_IN_USE,
        FailInfo.DUPLICATE_CERT_REQ,
        FailInfo.CERT_REVOKED,
    }
)
"""In an error: something is wrong with this message or its signer, or the CA knows it already. It may have carried out
the order before."""


def answer_in(draft: Draft, now: datetime, *, polled: bool = False) -> IssuerAnswer:
    """What the CA has said in a transaction about the order.

    Args:
        now: UTC.
        polled: whether it was asked again.

    Raises:
        NotSent: it says that it is not available, and has done nothing.
        NotTaken: it does not take the message, because of its time.
        Unavailable: it says that it has failed.
        PeerError: its answer decides nothing.
    """
    transaction = draft.transaction
    match transaction.state:
        case State.WAITING:
            return Later(max((transaction.due or now) - now, SHORTEST), draft.octets)
        case State.REFUSED:
            return _refused(draft, polled=polled)
        case State.DONE if transaction.request_type is BodyType.RR:
            return Revoked()
        case _ if transaction.certificates and transaction.certificates[0].certificate:
            return Issued(transaction.certificates[0].certificate, draft.octets)
    raise PeerError("the CA has granted a certificate, and sent none that can be read")


def words(refusals: Sequence[Refusal]) -> str:
    """What the CA says, for people: printable, and not endless."""
    return " ".join(map(str, refusals))[:MAX_WORDS]


def failures(transaction: CmpTransaction) -> frozenset[FailInfo]:
    """Every bit of its refusals."""
    return frozenset().union(*(refusal.fail_info for refusal in transaction.refusals))


def _refused(draft: Draft, *, polled: bool) -> IssuerAnswer:
    transaction = draft.transaction
    bits, text = failures(transaction), words(transaction.refusals)
    if _stands_so(draft, bits):
        return Revoked()
    if FailInfo.BAD_TIME in bits:
        raise NotTaken(f"the CA does not take the message because of its time: {text}")
    if FailInfo.SYSTEM_UNAVAIL in bits:
        raise NotSent(f"the CA is not available, and has done nothing: {text}")
    if FailInfo.SYSTEM_FAILURE in bits:
        raise Unavailable(f"the CA has failed: {text}")
    if not _decides(transaction, bits, polled=polled):
        raise PeerError(f"the CA decides nothing on the order: {text}")
    return Rejected(Reason.ISSUER_REFUSED, text)


def _stands_so(draft: Draft, bits: frozenset[FailInfo]) -> bool:
    """Whether the CA tells of a certificate that it is revoked already, as it should be."""
    of_it = draft.transaction.request_type is BodyType.RR and not _of_all(draft.transaction)
    return of_it and not draft.releases and FailInfo.CERT_REVOKED in bits


def _decides(transaction: CmpTransaction, bits: frozenset[FailInfo], *, polled: bool) -> bool:
    """Whether a refusal is one of the order."""
    if any(refusal.status is not PkiStatus.REJECTION for refusal in transaction.refusals):
        return False
    if not _of_all(transaction):
        return FailInfo.DUPLICATE_CERT_REQ not in bits
    # The one request of a p10cr has the number of a message as a whole.
    error_at_a_poll = polled and transaction.request_type is not BodyType.P10CR
    return not error_at_a_poll and not bits & OF_THE_MESSAGE


def _of_all(transaction: CmpTransaction) -> bool:
    """Whether the message as a whole was refused."""
    return any(refusal.cert_req_id == WHOLE_MESSAGE for refusal in transaction.refusals)
