"""Answers of the program, as JSON (docs/issuer-command.md). They are read strictly: what breaks the protocol is no
answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lockgate.ports import Issued, IssuerAnswer, Later, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_formats.unique_members import require_unique_members
from lockgate_issuers.command.running import WrongAnswer
from lockgate_issuers.command.texts import octets

MAX_REASON = 200
"""Characters of a reason."""
MAX_QUOTED = 200
"""Characters of what is wrong with an answer, for the log."""
MAX_SECONDS = 7 * 24 * 3600
"""Until the program is asked again, at most."""
MAX_CERTIFICATES = 100
Text = Annotated[str, Meta(min_length=1)]


class Answer(msgspec.Struct, tag_field="result", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What every answer says.

    Attributes:
        operation: that of the request, copied.
    """

    operation: str = ""


class IssuedAnswer(Answer, tag="issued", kw_only=True, frozen=True):
    """The certificate was issued.

    Attributes:
        certificate: PEM or Base64.
        chain: of its CAs; not read, since `ca register` has brought it.
    """

    certificate: Text
    chain: Sequence[str] = ()


class RevokedAnswer(Answer, tag="revoked", kw_only=True, frozen=True):
    """The certificate stands as ordered."""


class RefusedAnswer(Answer, tag="refused", kw_only=True, frozen=True):
    """The CA refuses the order."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]


class LaterAnswer(Answer, tag="later", kw_only=True, frozen=True):
    """The CA has the order, and answers later."""

    seconds: Annotated[int, Meta(ge=1, le=MAX_SECONDS)]


class UnknownAnswer(Answer, tag="unknown", kw_only=True, frozen=True):
    """The CA knows nothing of the operation, or of the certificate."""


class StandingAnswer(Answer, tag="standing", kw_only=True, frozen=True):
    """How a certificate stands."""

    standing: Literal["good", "on hold", "revoked"]


class CrlAnswer(Answer, tag="crl", kw_only=True, frozen=True):
    """The CA's latest CRL, PEM or Base64."""

    crl: Text


class CertificatesAnswer(Answer, tag="certificates", kw_only=True, frozen=True):
    """The CA's certificates, its own first, PEM or Base64."""

    certificates: Annotated[Sequence[Text], Meta(min_length=1, max_length=MAX_CERTIFICATES)]


Certified = IssuedAnswer | RefusedAnswer | LaterAnswer
ChangedStanding = RevokedAnswer | RefusedAnswer | LaterAnswer
Found = IssuedAnswer | RevokedAnswer | RefusedAnswer | LaterAnswer | UnknownAnswer
ANSWERS: Mapping[str, object] = {
    "issue": Certified,
    "revoke": ChangedStanding,
    "lookup": Found,
    "status": StandingAnswer | UnknownAnswer,
    "crl": CrlAnswer,
    "certificates": CertificatesAnswer,
}
"""The answers to each verb."""


def read_answer(verb: str, operation: str, output: bytes) -> Answer:
    """The answer to a request.

    Raises:
        WrongAnswer: it is none.
    """
    try:
        answer: Answer = msgspec.json.decode(output, type=ANSWERS[verb])
        require_unique_members(output)
    except RecursionError:
        raise WrongAnswer("the program's answer is nested too deeply") from None
    except ValueError as error:  # it may quote a result, or the name of a member
        raise WrongAnswer(f"the program's answer to {verb} cannot be used: {str(error)[:MAX_QUOTED]!a}") from None
    if answer.operation != operation:
        raise WrongAnswer(f"the program's answer to {verb} is about another operation")
    return answer


def issuer_answer(answer: Answer) -> IssuerAnswer | None:
    """What an answer to an order, or to a lookup, says of it.

    Raises:
        WrongAnswer: the certificate or the reason cannot be read.
    """
    match answer:
        case IssuedAnswer(certificate=certificate):
            return Issued(decoded("CERTIFICATE", certificate))
        case RevokedAnswer():
            return Revoked()
        case RefusedAnswer(reason=reason):
            return Rejected(Reason.ISSUER_REFUSED, _printable(reason))
        case LaterAnswer(seconds=seconds):
            return Later(timedelta(seconds=seconds))
    return None


def decoded(label: str, text: str) -> bytes:
    """DER of PEM or Base64.

    Raises:
        WrongAnswer: it is neither.
    """
    try:
        return octets(label, text)
    except ValueError as error:
        raise WrongAnswer(f"the program's answer holds {error}") from None


def _printable(reason: str) -> str:
    if not reason.isprintable():
        raise WrongAnswer("the program's reason holds characters that cannot be printed")
    return reason
