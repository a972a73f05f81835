"""What a refused message or request is told: the bit of PKIFailureInfo and a sentence (RFC 9810, 5.2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.messages import MalformedMessage, StatusInfo
from lockgate_formats.cmp.vocabulary import FailInfo, PkiStatus

_FAIL_INFOS: Mapping[Reason, FailInfo] = MappingProxyType(
    {
        Reason.NOT_AUTHORIZED: FailInfo.NOT_AUTHORIZED,
        Reason.SIGNER_NOT_ADMINISTRATOR: FailInfo.NOT_AUTHORIZED,
        Reason.SIGNATURE_REQUIRED: FailInfo.NOT_AUTHORIZED,
        Reason.APPROVAL_REJECTED: FailInfo.NOT_AUTHORIZED,
        Reason.APPROVAL_USED: FailInfo.DUPLICATE_CERT_REQ,
        Reason.TOO_MANY_APPROVALS: FailInfo.SYSTEM_UNAVAIL,
        Reason.SIGNER_EXPIRED: FailInfo.SIGNER_NOT_TRUSTED,
        Reason.SIGNER_KEY_USAGE: FailInfo.SIGNER_NOT_TRUSTED,
        Reason.SIGNER_UNTRUSTED: FailInfo.SIGNER_NOT_TRUSTED,
        Reason.SIGNER_REVOKED: FailInfo.CERT_REVOKED,
        Reason.WRONG_STANDING: FailInfo.CERT_REVOKED,
        Reason.UNKNOWN_CERTIFICATE: FailInfo.BAD_CERT_ID,
        Reason.KEY_CANNOT_VOUCH: FailInfo.BAD_CERT_ID,
        Reason.ANOTHER_HOLDER: FailInfo.BAD_CERT_ID,
        Reason.TOO_EARLY: FailInfo.BAD_TIME,
        Reason.WRONG_CREDENTIALS: FailInfo.BAD_MESSAGE_CHECK,
        Reason.UNKNOWN_END_ENTITY: FailInfo.BAD_MESSAGE_CHECK,
        Reason.UNKNOWN_CA: FailInfo.WRONG_AUTHORITY,
        Reason.CA_NOT_ACTIVE: FailInfo.SYSTEM_UNAVAIL,
        Reason.UNACCEPTED_ALGORITHM: FailInfo.BAD_ALG,
        Reason.BAD_PROOF_OF_POSSESSION: FailInfo.BAD_POP,
        Reason.BAD_CERTIFICATE_REQUEST: FailInfo.BAD_CERT_TEMPLATE,
        Reason.WEAK_KEY: FailInfo.BAD_CERT_TEMPLATE,
        Reason.BAD_NAME: FailInfo.BAD_CERT_TEMPLATE,
        Reason.BAD_KEY_SPECIFICATION: FailInfo.BAD_CERT_TEMPLATE,
        Reason.PROFILE_VIOLATION: FailInfo.BAD_CERT_TEMPLATE,
        Reason.SERIAL_NUMBER_TAKEN: FailInfo.BAD_CERT_TEMPLATE,
        Reason.USERNAME_TAKEN: FailInfo.BAD_CERT_TEMPLATE,
        Reason.KEY_CERTIFIED_BEFORE: FailInfo.DUPLICATE_CERT_REQ,
        Reason.UNKNOWN_PROFILE: FailInfo.ADD_INFO_NOT_AVAILABLE,
        Reason.INTERNAL_ERROR: FailInfo.SYSTEM_FAILURE,
    }
)
"""Other reasons are bad requests."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message or a request in it is refused.

    Attributes:
        text: a sentence for the sender; tells no secret.
        internal: for the audit log only.
    """

    fail_info: FailInfo
    text: str
    internal: str = ""

    @property
    def status(self) -> StatusInfo:
        """As an answer says it."""
        return StatusInfo(PkiStatus.REJECTION, frozenset({self.fail_info}), (self.text,))


class Refused(Exception):
    """A message, or a request in it, is refused; nothing was changed for it."""

    def __init__(self, fail_info: FailInfo, text: str, internal: str = "") -> None:
        super().__init__(text)
        self.failure = Failure(fail_info, text, internal)


def of_rejection(rejected: Rejected) -> Failure:
    """What the sender of a request is told that the core's line has refused."""
    return Failure(_FAIL_INFOS.get(rejected.reason, FailInfo.BAD_REQUEST), rejected.fail_info, rejected.internal)


def of_malformed(error: MalformedMessage) -> Failure:
    """What the sender of a message is told that cannot be read."""
    return Failure(error.fail_info, error.text)


def failure_in(error: Refused | MalformedMessage) -> Failure:
    """What the sender of a message is told for which `error` was raised."""
    return error.failure if isinstance(error, Refused) else of_malformed(error)
