"""What a request to enrol comes to: granted, refused or still waiting. Each protocol says it in its own words.

A refusal is a value. Its text is fit for the client that asked, and never quotes a secret.
"""

from dataclasses import dataclass, field
from datetime import datetime

from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason


@dataclass(frozen=True, slots=True)
class EnrolledKeystore:
    """A key that the CA has made, and its certificate.

    Attributes:
        kind: P12 or PEM.
        content: the keystore under its password. Whoever has both has the key.
    """

    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """The CA has given what was asked for.

    Attributes:
        certificates, crls: DER.
        signed: DER of what a CA has signed itself, to be handed on as it is; empty where there is none.
        keystore: that the CA has made, under the password that was asked for; None where there is none.
        until: UTC; when a certificate that was issued ends. It is no answer any more then.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    signed: bytes = b""
    keystore: EnrolledKeystore | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The RA or the CA has refused.

    Attributes:
        reason: why; its sentence is for the log of the RA's operator.
        detail: one plain sentence for the client, where there is more to say than the protocol has for that reason;
            empty where there is not.
        internal: what exactly was wrong, for that log only; never a secret.
    """

    reason: Refusal | Reason
    detail: str = ""
    internal: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The CA has not answered yet: ask again later."""


Outcome = Granted | Refused | Pending

_TOLD = frozenset(
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
"""The CA's refusals that the client itself can put right; their text goes on to it. Others would tell strangers about
the CA's end entities, profiles and rights. `WRONG_CREDENTIALS` is told of an end entity that does not exist, too, and
of one that is beyond the RA's rights."""


def refused_by_ca(reason: str | None, text: str | None) -> Refused:
    """The CA's verified refusal.

    Args:
        reason: its code; an unknown one counts as an error of the CA's own.
        text: the CA's sentences.
    """
    known = Reason(reason) if reason in set(Reason) else Reason.INTERNAL_ERROR
    detail = text if known in _TOLD and text else ""
    return Refused(known, detail, internal=text or "")
