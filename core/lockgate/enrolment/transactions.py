"""SCEP transactions: which messages belong to one, and what each is answered (RFC 8894, 2.2 and 3.3.3).

One transaction stands for one request to the CA. Whoever repeats the request, or polls, must do so with the key that
signed the first message; the answer always comes from that one request, so there is never a second certificate.

Devices make their transaction ids themselves, of what others may know. So those of renewals are apart from those of
strangers, and a refused transaction keeps no other request out. All addresses have them in common: what was sent to one
of them and recorded is no new request at another.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lockgate.enrolment.clients import Side
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.scep import CA_IS_BUSY, FailInfo, Failure, Outcome, Success

FAILURE_MEMORY = timedelta(minutes=30)
"""For how long a refusal is repeated to the same request; after that it may be asked again under the same transaction
id. At once, where the CA has only taken too many requests: a new one is counted at the RA."""
NO_TRANSACTION = Failure(FailInfo.BAD_REQUEST, "There is no such transaction of this key.", Refusal.UNKNOWN_TRANSACTION)
"""For polls; whether it is the transaction or the key that is unknown is nobody's business."""
OTHER_REQUEST = Failure(
    FailInfo.BAD_REQUEST, "The transaction id belongs to another request.", Refusal.TRANSACTION_TAKEN
)
TOO_MANY = Failure(FailInfo.BAD_REQUEST, "Too many transactions are open; try again later.", Refusal.TOO_MANY_OPEN)
TOO_MANY_IN_HOUR = Failure(
    FailInfo.BAD_REQUEST, "Too many requests in this hour; try again later.", Refusal.TOO_MANY_IN_HOUR
)


def named(transaction_id: str, side: Side) -> str:
    """The name under which a device's transaction is kept; `#` stands in no transaction id."""
    return f"{transaction_id}#renewal" if side is Side.HOLDERS else transaction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A request to the CA, as far as it must be the same when it is repeated.

    Attributes:
        alias: of the server that it came to.
        signer_key: SHA-256 over the SubjectPublicKeyInfo of the message's signer, hexadecimal.
        request: what is asked for: SHA-256 over a PKCS#10's CertificationRequestInfo, hexadecimal, or a query.
        subject: the DER Name asked for; empty for queries, which nobody polls for.
        key: SHA-256 over the SubjectPublicKeyInfo to be certified, hexadecimal; empty for queries.
        certificate: of a renewal, the SHA-256 of the certificate that it renews, hexadecimal; empty for others.
        password: what the answer is encrypted with, where the key cannot be encrypted to: made of the challenge
            password, which `request` stands for. A secret.
    """

    alias: str
    signer_key: str
    request: str
    subject: bytes
    key: str = ""
    certificate: str = ""
    password: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction and the message that stands for it.

    Attributes:
        sent: the record of the message to the CA (the exact octets, and what its answer is checked against).
        expires: UTC; nobody gets an answer after that.
        settled: whether this side has seen the CA's answer.
        again: UTC; where that is a refusal, from when on the same request may be asked again.
    """

    enrolment: Enrolment
    sent: bytes = field(repr=False)
    expires: datetime
    settled: bool = False
    again: datetime | None = None

    def judge_repetition(self, enrolment: Enrolment) -> Failure | None:
        """Why that request is not this transaction's, or None where it is."""
        return None if enrolment == self.enrolment else OTHER_REQUEST

    def is_polled_by(self, alias: str, signer_key: str, now: datetime) -> bool:
        """Whether a poll signed by that key is this transaction's; the subject is judged later."""
        known = (self.enrolment.alias, self.enrolment.signer_key)
        return (alias, signer_key) == known and not self.has_expired(now)

    def has_expired(self, now: datetime) -> bool:
        """Whether it is as if it had never been."""
        return now >= self.expires

    def yields_to(self, enrolment: Enrolment, now: datetime) -> bool:
        """Whether a request may take its place: it has expired, or was refused; the same request only a while ago.

        A device that was given the right challenge password meanwhile asks for something else. So does one that renews
        the certificate that came of this transaction: ids are mostly made of a key, so it may do that under the same.
        """
        if self.has_expired(now) or self._is_renewed_by(enrolment):
            return True
        return self.again is not None and (now >= self.again or enrolment != self.enrolment)

    def _is_renewed_by(self, enrolment: Enrolment) -> bool:
        own = self.enrolment
        return self.settled and own.key == enrolment.signer_key and own.certificate != enrolment.certificate

    def settled_at(self, now: datetime, outcome: Outcome) -> "Transaction":
        """The transaction, its answer seen first now."""
        until = outcome.until if isinstance(outcome, Success) else None
        expires = self.expires if until is None else min(self.expires, until)
        return replace(self, settled=True, expires=expires, again=self._again(now, outcome))

    def _again(self, now: datetime, outcome: Outcome) -> datetime | None:
        if not isinstance(outcome, Failure):
            return None
        # Where anybody may ask, whoever likes could have it asked at once, again and again.
        return now if outcome == CA_IS_BUSY and self.enrolment.signer_key else now + FAILURE_MEMORY
