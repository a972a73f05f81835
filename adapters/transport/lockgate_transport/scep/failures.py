"""What a device is told of a refusal (RFC 8894, 3.2.1.4): the failInfo and the text of every reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_transport.scep.vocabulary import MIN_NONCE, FailInfo


@dataclass(frozen=True, slots=True)
class Failure:
    """What a device is told of a refusal.

    Attributes:
        text: one plain sentence, for failInfoText (RFC 8894, 3.2.1.4.1).
    """

    fail_info: FailInfo
    text: str


UNREADABLE = Failure(FailInfo.BAD_MESSAGE_CHECK, "The message's content cannot be read or does not belong to it.")
"""The one failure of everything that depends on what a decryption brought forth: a wrong key, wrong padding, content of
another form, a name or key that does not fit. Two different ones would tell an attacker about the plaintext. The
operator's log tells them apart."""
_BAD_NAME = Failure(FailInfo.BAD_REQUEST, "The subject cannot be certified.")

REFUSALS: Mapping[Refusal, Failure] = MappingProxyType(
    {
        Refusal.NO_MESSAGE_TYPE: Failure(FailInfo.BAD_REQUEST, "The messageType is missing or malformed."),
        Refusal.UNKNOWN_MESSAGE_TYPE: Failure(FailInfo.BAD_REQUEST, "The messageType is unknown."),
        Refusal.UNACCEPTED_SIGNATURE_ALGORITHM: Failure(
            FailInfo.BAD_ALG, "The digest or signature algorithm is not accepted."
        ),
        Refusal.UNACCEPTED_SIGNER_KEY: Failure(
            FailInfo.BAD_ALG, "The signer's key is of a kind or size that is not accepted."
        ),
        Refusal.UNREADABLE_SIGNER_CERTIFICATE: Failure(
            FailInfo.BAD_MESSAGE_CHECK, "The signer's certificate cannot be read."
        ),
        Refusal.WRONG_SIGNATURE: Failure(FailInfo.BAD_MESSAGE_CHECK, "The message's signature does not hold."),
        Refusal.NO_NONCE: Failure(FailInfo.BAD_REQUEST, "The senderNonce is missing or malformed."),
        Refusal.WRONG_NONCE: Failure(FailInfo.BAD_REQUEST, f"The senderNonce has less than {MIN_NONCE} octets."),
        Refusal.NO_HOLDER: Failure(
            FailInfo.BAD_REQUEST, "The message must be signed with a certificate that this CA has issued."
        ),
        Refusal.UNENCRYPTABLE_KEY: Failure(FailInfo.BAD_ALG, "The answer cannot be encrypted to the signer's key."),
        Refusal.NO_ENVELOPE: UNREADABLE,
        Refusal.UNACCEPTED_CIPHER: Failure(FailInfo.BAD_ALG, "The content encryption algorithm is not accepted."),
        Refusal.UNACCEPTED_KEY_TRANSPORT: Failure(FailInfo.BAD_ALG, "The key transport algorithm is not accepted."),
        Refusal.ANOTHER_RECIPIENT: UNREADABLE,
        Refusal.WRAPPED_KEY_FAILED: UNREADABLE,
        Refusal.UNREADABLE_CONTENT: UNREADABLE,
        Refusal.LARGE_REQUEST: UNREADABLE,
        Refusal.UNACCEPTED_REQUEST_KEY: UNREADABLE,
        Refusal.REQUEST_FOR_ANOTHER_KEY: UNREADABLE,
        Refusal.POSSESSION_NOT_SHOWN: UNREADABLE,
        Refusal.REPEATED_ATTRIBUTE: UNREADABLE,
        Refusal.LONG_CHALLENGE: UNREADABLE,
        Refusal.POLL_FOR_ANOTHER_NAME: UNREADABLE,
        Refusal.UNSUPPORTED_ALTERNATIVE_NAME: _BAD_NAME,
        Refusal.ANOTHER_ISSUER: Failure(FailInfo.BAD_CERT_ID, "The question names another issuer than this CA."),
        Refusal.WRONG_CHALLENGE: Failure(FailInfo.BAD_REQUEST, "The challenge password is missing or wrong."),
        Refusal.BAD_NAME: _BAD_NAME,
        Refusal.NO_USERNAME: Failure(FailInfo.BAD_REQUEST, "The subject makes no username."),
        Refusal.BAD_SERIAL_NUMBER: Failure(FailInfo.BAD_CERT_ID, "No certificate has that serial number."),
        Refusal.UNKNOWN_TRANSACTION: Failure(FailInfo.BAD_REQUEST, "There is no such transaction of this key."),
        Refusal.TRANSACTION_TAKEN: Failure(FailInfo.BAD_REQUEST, "The transaction id belongs to another request."),
        Refusal.TOO_MANY_OPEN: Failure(FailInfo.BAD_REQUEST, "Too many transactions are open; try again later."),
        Refusal.TOO_MANY_IN_HOUR: Failure(FailInfo.BAD_REQUEST, "Too many requests in this hour; try again later."),
    }
)
"""What a device is told of each refusal by the RA; `WITHOUT_CERT_REP` are the others."""
WITHOUT_CERT_REP = frozenset(
    {
        Refusal.NO_HTTP_REQUEST,
        Refusal.NO_SCEP_REQUEST,
        Refusal.UNKNOWN_ADDRESS,
        Refusal.WRONG_METHOD,
        Refusal.WRONG_MEDIA_TYPE,
        Refusal.PLAIN_HTTP,
        Refusal.TOO_SLOW,
        Refusal.TOO_LARGE,
        Refusal.DISCONNECTED,
        Refusal.NO_WAITING_PLACE,
        Refusal.CA_SILENT,
        Refusal.UNAVAILABLE,
        Refusal.UNREADABLE_FORM,
        Refusal.FOREIGN_FORM,
        Refusal.OTHER_CREDENTIALS,
        Refusal.UNUSABLE_ANSWER,
        Refusal.NOT_ENTERED,
        Refusal.ENTRY_REFUSED,
        Refusal.FOREIGN_REQUEST,
        Refusal.NO_OCSP_REQUEST,
        Refusal.UNANSWERED_OCSP_REQUEST,
        Refusal.UNKNOWN_CERTIFICATE,
        Refusal.NO_CURRENT_ANSWER,
        Refusal.NO_PKI_MESSAGE,
    }
)
"""What an HTTP status tells, because there is no pkiMessage to answer, or no answer yet."""

REASONS: Mapping[Reason, FailInfo] = MappingProxyType(
    {
        Reason.MALFORMED_ROW: FailInfo.BAD_REQUEST,
        Reason.MALFORMED_MESSAGE: FailInfo.BAD_REQUEST,
        Reason.TOO_LARGE: FailInfo.BAD_REQUEST,
        Reason.TOO_MANY_ATTEMPTS: FailInfo.BAD_REQUEST,
        Reason.ANSWER_TOO_LARGE: FailInfo.BAD_REQUEST,
        Reason.UNREADABLE: FailInfo.BAD_REQUEST,
        Reason.ENCRYPTION_REQUIRED: FailInfo.BAD_REQUEST,
        Reason.SIGNATURE_REQUIRED: FailInfo.BAD_REQUEST,
        Reason.SIGNER_UNTRUSTED: FailInfo.BAD_REQUEST,
        Reason.NO_ANSWER_CERTIFICATE: FailInfo.BAD_REQUEST,
        Reason.MISPLACED: FailInfo.BAD_REQUEST,
        Reason.WRONG_RECIPIENT: FailInfo.BAD_REQUEST,
        Reason.REPLAYED: FailInfo.BAD_REQUEST,
        Reason.SIGNER_EXPIRED: FailInfo.BAD_REQUEST,
        Reason.SIGNER_REVOKED: FailInfo.BAD_REQUEST,
        Reason.SIGNER_KEY_USAGE: FailInfo.BAD_REQUEST,
        Reason.SIGNER_NOT_ADMINISTRATOR: FailInfo.BAD_REQUEST,
        Reason.ANSWER_CERTIFICATE_UNUSABLE: FailInfo.BAD_REQUEST,
        Reason.EXPIRED: FailInfo.BAD_REQUEST,
        Reason.CREATED_IN_FUTURE: FailInfo.BAD_REQUEST,
        Reason.LIFETIME_TOO_LONG: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_REQUEST_TYPE: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_VERSION: FailInfo.BAD_REQUEST,
        Reason.MALFORMED_REQUEST: FailInfo.BAD_REQUEST,
        Reason.NOT_WHITELISTED: FailInfo.BAD_REQUEST,
        Reason.SECRET_IN_CLEAR: FailInfo.BAD_REQUEST,
        Reason.NOT_AUTHORIZED: FailInfo.BAD_REQUEST,
        Reason.TOO_MANY_REQUESTS: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_CA: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_PROFILE: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_END_ENTITY: FailInfo.BAD_REQUEST,
        Reason.UNKNOWN_CERTIFICATE: FailInfo.BAD_CERT_ID,
        Reason.INCOMPLETE_REQUEST: FailInfo.BAD_REQUEST,
        Reason.WRONG_STANDING: FailInfo.BAD_REQUEST,
        Reason.WRONG_STATUS: FailInfo.BAD_REQUEST,
        Reason.WRONG_CREDENTIALS: FailInfo.BAD_REQUEST,
        Reason.BAD_NAME: FailInfo.BAD_REQUEST,
        Reason.USERNAME_TAKEN: FailInfo.BAD_REQUEST,
        Reason.BAD_CERTIFICATE_REQUEST: FailInfo.BAD_REQUEST,
        Reason.BAD_PROOF_OF_POSSESSION: FailInfo.BAD_MESSAGE_CHECK,
        Reason.UNACCEPTED_ALGORITHM: FailInfo.BAD_ALG,
        Reason.WEAK_KEY: FailInfo.BAD_ALG,
        Reason.KEY_IN_DOUBT: FailInfo.BAD_REQUEST,
        Reason.KEY_CANNOT_VOUCH: FailInfo.BAD_REQUEST,
        Reason.ANOTHER_HOLDER: FailInfo.BAD_REQUEST,
        Reason.PROFILE_VIOLATION: FailInfo.BAD_REQUEST,
        Reason.CA_NOT_ACTIVE: FailInfo.BAD_REQUEST,
        Reason.ISSUER_REFUSED: FailInfo.BAD_REQUEST,
        Reason.BAD_KEY_SPECIFICATION: FailInfo.BAD_ALG,
        Reason.KEY_NOT_STORED: FailInfo.BAD_REQUEST,
        Reason.KEY_RECOVERY_DISABLED: FailInfo.BAD_REQUEST,
        Reason.KEYSTORE_UNSUPPORTED: FailInfo.BAD_REQUEST,
        Reason.SERIAL_NUMBER_TAKEN: FailInfo.BAD_REQUEST,
        Reason.KEY_CERTIFIED_BEFORE: FailInfo.BAD_REQUEST,
        Reason.TOO_EARLY: FailInfo.BAD_REQUEST,
        Reason.NO_CRL: FailInfo.BAD_CERT_ID,
        Reason.NO_NEXT_CA_CERTIFICATE: FailInfo.BAD_REQUEST,
        Reason.TOO_MANY_APPROVALS: FailInfo.BAD_REQUEST,
        Reason.APPROVAL_REJECTED: FailInfo.BAD_REQUEST,
        Reason.APPROVAL_USED: FailInfo.BAD_REQUEST,
        Reason.INTERNAL_ERROR: FailInfo.BAD_REQUEST,
    }
)
"""The failInfo of each refusal by the CA."""
_BUSY = "The CA takes no more requests in this hour; try again later."
"""What is over the bound that the worker sets to its RA (`max_per_hour`): nothing that is wrong with the request."""
_REFUSED_BY_CA = "The CA has refused the request."


def failure(refused: Refused) -> Failure:
    """What a device is told of `refused`: the same for every refusal that depends on a decryption."""
    if isinstance(refused.reason, Refusal):
        known = REFUSALS[refused.reason]
        return known if known == UNREADABLE else Failure(known.fail_info, refused.detail or known.text)
    usual = _BUSY if refused.reason is Reason.TOO_MANY_REQUESTS else _REFUSED_BY_CA
    return Failure(REASONS[refused.reason], refused.detail or usual)
