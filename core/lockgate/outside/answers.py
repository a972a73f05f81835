"""The rules of an OCSP answer about a certificate of a CA outside (RFC 6960), as data.

An adapter verifies that the answer is about the certificate that was asked for, and that the CA or a responder of the
CA's has signed it (`lockgate.ports.OcspResponder`). What depends on the time, and on the answer that was kept before,
is judged here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lockgate.certification.revocation import RevokedCertificate
from lockgate.errors import StandingUntold
from lockgate.outside.crls import CLOCK_TOLERANCE

SHORTEST_PAUSE = timedelta(minutes=1)
"""Between two questions about one certificate, however short its answers count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspQuestion:
    """How a certificate of a CA outside stands.

    Attributes:
        key: the identity of the CA's key that has signed it.
        ca_certificate: DER, of the CA, with that key.
    """

    ca_name: str
    key: str
    serial_number: int
    ca_certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatus:
    """What an answer says of a certificate.

    Attributes:
        this_update, next_update: UTC; the latter is None where the answer does not say until when it counts.
        revoked: None where it is good.
    """

    this_update: datetime
    next_update: datetime | None
    revoked: RevokedCertificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspAnswer:
    """An answer whose signature was verified. Only an adapter's `OcspResponder.status` makes one.

    Attributes:
        responder: the first and the last moment at which the certificate of the CA's responder is valid, UTC; None
            where the CA's own key has signed.
    """

    status: CertificateStatus
    responder: tuple[datetime, datetime] | None = None


class StandingUnasked(StandingUntold):
    """No answer that counts is kept, so the CA outside is to be asked.

    Attributes:
        question: what is to be stored by `OutsideAnswers.wish`.
    """

    def __init__(self, text: str, question: OcspQuestion) -> None:
        super().__init__(text)
        self.question = question


@dataclass(frozen=True, slots=True)
class _Judged:
    new: OcspAnswer
    kept: CertificateStatus | None
    now: datetime
    max_age: timedelta | None


_Rule = Callable[[_Judged], str | None]


def _begun(judged: _Judged) -> str | None:
    """4.2.2.1: an answer of the future would keep every later one out."""
    this_update = judged.new.status.this_update
    ahead = this_update > judged.now + CLOCK_TOLERANCE
    return f"the answer is of the future: thisUpdate is {_at(this_update)}" if ahead else None


def _counts(judged: _Judged) -> str | None:
    return judge_answer_age(judged.new.status, judged.now, judged.max_age)


def _responder_valid(judged: _Judged) -> str | None:
    """4.2.2.2: by the CA database's clock."""
    if judged.new.responder is None:
        return None
    first, last = judged.new.responder
    return None if first <= judged.now <= last else "the certificate of the responder is not valid at this time"


def _no_older_time(judged: _Judged) -> str | None:
    """Whoever replays an older answer would take a revocation back."""
    kept = judged.kept
    if kept is None or judged.new.status.this_update >= kept.this_update:
        return None
    return f"the answer is older than the one before, of {_at(kept.this_update)}"


def _not_taken_back(judged: _Judged) -> str | None:
    """Of two answers of one moment nobody can tell which is the newer one; the one that revokes counts."""
    kept, new = judged.kept, judged.new.status
    if kept is None or kept.this_update != new.this_update or kept.revoked is None or new.revoked is not None:
        return None
    return "the answer has the time of the one before, which says that the certificate is revoked"


_RULES: Sequence[_Rule] = (_begun, _counts, _responder_valid, _no_older_time, _not_taken_back)


def judge_answer(
    new: OcspAnswer, kept: CertificateStatus | None, now: datetime, max_age: timedelta | None
) -> str | None:
    """Why `new` is not kept, in words; None where it is.

    Args:
        kept: the last answer about the same certificate.
        now: UTC, by the CA database's clock.
        max_age: how long after its thisUpdate an answer counts at most; None until its nextUpdate.
    """
    complaints = (rule(_Judged(new, kept, now, max_age)) for rule in _RULES)
    return next((complaint for complaint in complaints if complaint), None)


def judge_answer_age(kept: CertificateStatus | None, now: datetime, max_age: timedelta | None) -> str | None:
    """Why an answer says nothing at `now`, in words; None where it does. The arguments are those of `judge_answer`."""
    if kept is None:
        return "it has not said yet how the certificate stands"
    if kept.next_update is not None and now > kept.next_update:
        return f"its answer has ended: nextUpdate was {_at(kept.next_update)}"
    if max_age is not None and now > kept.this_update + max_age:
        return f"its answer is older than max_age: thisUpdate was {_at(kept.this_update)}"
    if kept.next_update is None and max_age is None:
        return "its answer has no nextUpdate, and max_age does not say until when it counts"
    return None


def next_question(kept: CertificateStatus, now: datetime, every: timedelta, max_age: timedelta | None) -> timedelta:
    """The pause before the next question: `every`, or half of the time for which the answer counts if that is less."""
    ends = [kept.next_update] if kept.next_update is not None else []
    ends += [kept.this_update + max_age] if max_age is not None else []
    return max(min(every, *((end - now) / 2 for end in ends)), SHORTEST_PAUSE) if ends else every


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
