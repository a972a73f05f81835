"""SCEP (RFC 8894): its numbers, its answers, and which failure each of the CA's refusals is.

A refusal is a value. What a failure says is fit for whoever asked, and never quotes a secret.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason

NONCE_OCTETS = 16
MAX_TRANSACTION_ID = 200
"""Characters in a transaction id at most; with what later attempts append, it must fit a message id."""


class MessageType(IntEnum):
    """RFC 8894, 3.2.1.2."""

    CERT_REP = 3
    RENEWAL_REQ = 17
    PKCS_REQ = 19
    CERT_POLL = 20
    GET_CERT = 21
    GET_CRL = 22


class PkiStatus(IntEnum):
    """RFC 8894, 3.2.1.3."""

    SUCCESS = 0
    FAILURE = 2
    PENDING = 3


class FailInfo(IntEnum):
    """RFC 8894, 3.2.1.4."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer FAILURE.

    Two are equal where the device is told the same.

    Attributes:
        text: one plain sentence, for failInfoText (RFC 8894, 3.2.1.4.1).
        reason: why, for the log of the RA's operator.
        internal: what exactly was wrong, for that log only; never a secret.
    """

    fail_info: FailInfo
    text: str
    reason: Refusal | Reason = field(compare=False)
    internal: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The answer PENDING: ask again later."""


@dataclass(frozen=True, slots=True)
class Success:
    """The answer SUCCESS.

    Attributes:
        certificates, crls: DER; what the certs-only SignedData inside the answer holds.
        until: UTC; when a certificate that was issued ends. It is no answer any more then.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    until: datetime | None = None


Outcome = Success | Failure | Pending

UNREADABLE = Failure(
    FailInfo.BAD_MESSAGE_CHECK,
    "The message's content cannot be read or does not belong to it.",
    Refusal.UNREADABLE_CONTENT,
)
"""The one failure of everything that depends on what a decryption brought forth: a wrong key, wrong padding, content of
another form, a name or key that does not fit. Two different ones would tell an attacker about the plaintext. The
operator's log tells them apart (`unreadable`)."""
CA_IS_BUSY = Failure(
    FailInfo.BAD_REQUEST,
    "The CA takes no more requests in this hour; try again later.",
    Reason.TOO_MANY_REQUESTS,
)
"""What is over the bound that the worker sets to its RA (`max_per_hour`): nothing that is wrong with the request."""

_FAIL_INFOS: Mapping[Reason, FailInfo] = MappingProxyType(
    {
        Reason.BAD_PROOF_OF_POSSESSION: FailInfo.BAD_MESSAGE_CHECK,
        Reason.UNACCEPTED_ALGORITHM: FailInfo.BAD_ALG,
        Reason.WEAK_KEY: FailInfo.BAD_ALG,
        Reason.BAD_KEY_SPECIFICATION: FailInfo.BAD_ALG,
        Reason.UNKNOWN_CERTIFICATE: FailInfo.BAD_CERT_ID,
        Reason.NO_CRL: FailInfo.BAD_CERT_ID,
    }
)
_TELLING = frozenset(
    {
        Reason.WRONG_CREDENTIALS,
        Reason.BAD_NAME,
        Reason.BAD_CERTIFICATE_REQUEST,
        Reason.BAD_PROOF_OF_POSSESSION,
        Reason.UNACCEPTED_ALGORITHM,
        Reason.WEAK_KEY,
        Reason.PROFILE_VIOLATION,
        Reason.BAD_KEY_SPECIFICATION,
        Reason.UNKNOWN_CERTIFICATE,
        Reason.WRONG_STANDING,
        Reason.ANOTHER_HOLDER,
        Reason.KEY_CERTIFIED_BEFORE,
        Reason.TOO_EARLY,
        Reason.NO_CRL,
        Reason.NO_NEXT_CA_CERTIFICATE,
        Reason.APPROVAL_REJECTED,
    }
)
"""The refusals that say what the device itself can put right; their detail goes on to it. Others would tell strangers
about the CA's end entities, profiles and rights, and end as one sentence. `WRONG_CREDENTIALS` is told of an end entity
that does not exist, too, and of one that is beyond the RA's rights."""


def refusal(reason: str | None, fail_info: str | None) -> Failure:
    """The failure that the CA's verified refusal becomes.

    Args:
        reason: its code; an unknown one counts as any other.
        fail_info: its sentence.
    """
    known = Reason(reason) if reason in set(Reason) else Reason.INTERNAL_ERROR
    if known is Reason.TOO_MANY_REQUESTS:
        return CA_IS_BUSY
    text = fail_info if known in _TELLING and fail_info else "The CA has refused the request."
    return Failure(_FAIL_INFOS.get(known, FailInfo.BAD_REQUEST), text, known, fail_info or "")


def unreadable(reason: Refusal, internal: str = "") -> Failure:
    """`UNREADABLE`, with the reason for the operator's log."""
    return replace(UNREADABLE, reason=reason, internal=internal)


def capabilities(*, legacy: bool) -> Iterator[str]:
    """What a server does, as GetCACaps tells it: one keyword a line (RFC 8894, 3.5.2).

    SHA-384 is none of the RFC's keywords, but strongSwan asks for it.

    Args:
        legacy: whether SHA-1 and triple DES are accepted.
    """
    yield "AES"
    yield from ("DES3",) if legacy else ()
    yield from ("GetNextCACert", "POSTPKIOperation", "Renewal")
    yield from ("SHA-1",) if legacy else ()
    yield from ("SHA-256", "SHA-384", "SHA-512", "SCEPStandard")
