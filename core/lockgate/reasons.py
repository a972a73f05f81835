"""Why a submessage or a message was refused: stable codes, each with one plain sentence.

Codes are part of the interface: clients decide by them, so a code never changes its meaning. The sentence is what
`fail_info` says; a rejection may add a detail that names the offending field, never a secret.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Reason",
    "Rejected",
]


class Reason(StrEnum):
    """A stable reason code."""

    # The row: nothing can be answered.
    MALFORMED_ROW = "malformed_row"
    MALFORMED_MESSAGE = "malformed_message"
    TOO_LARGE = "too_large"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    ANSWER_TOO_LARGE = "answer_too_large"
    # The envelope: answered by a notice that says nothing of the request.
    UNREADABLE = "unreadable"
    ENCRYPTION_REQUIRED = "encryption_required"
    SIGNATURE_REQUIRED = "signature_required"
    SIGNER_UNTRUSTED = "signer_untrusted"
    NO_ANSWER_CERTIFICATE = "no_answer_certificate"
    MISPLACED = "misplaced"
    WRONG_RECIPIENT = "wrong_recipient"
    REPLAYED = "replayed"
    # The request: a verdict, journaled.
    SIGNER_EXPIRED = "signer_expired"
    SIGNER_REVOKED = "signer_revoked"
    SIGNER_KEY_USAGE = "signer_key_usage"
    SIGNER_NOT_ADMINISTRATOR = "signer_not_administrator"
    ANSWER_CERTIFICATE_UNUSABLE = "answer_certificate_unusable"
    EXPIRED = "expired"
    CREATED_IN_FUTURE = "created_in_future"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    UNKNOWN_REQUEST_TYPE = "unknown_request_type"
    UNKNOWN_VERSION = "unknown_version"
    MALFORMED_REQUEST = "malformed_request"
    NOT_WHITELISTED = "not_whitelisted"
    SECRET_IN_CLEAR = "secret_in_clear"  # noqa: S105  (a code, not a password)
    NOT_AUTHORIZED = "not_authorized"
    TOO_MANY_REQUESTS = "too_many_requests"
    # The processing: reasons that come from the CA.
    UNKNOWN_CA = "unknown_ca"
    UNKNOWN_PROFILE = "unknown_profile"
    UNKNOWN_END_ENTITY = "unknown_end_entity"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    INCOMPLETE_REQUEST = "incomplete_request"
    WRONG_STANDING = "wrong_standing"
    WRONG_STATUS = "wrong_status"
    WRONG_CREDENTIALS = "wrong_credentials"
    BAD_NAME = "bad_name"
    USERNAME_TAKEN = "username_taken"
    BAD_CERTIFICATE_REQUEST = "bad_certificate_request"
    BAD_PROOF_OF_POSSESSION = "bad_proof_of_possession"
    UNACCEPTED_ALGORITHM = "unaccepted_algorithm"
    WEAK_KEY = "weak_key"
    KEY_IN_DOUBT = "key_in_doubt"
    KEY_CANNOT_VOUCH = "key_cannot_vouch"
    ANOTHER_HOLDER = "another_holder"
    PROFILE_VIOLATION = "profile_violation"
    CA_NOT_ACTIVE = "ca_not_active"
    ISSUER_REFUSED = "issuer_refused"
    BAD_KEY_SPECIFICATION = "bad_key_specification"
    KEY_NOT_STORED = "key_not_stored"
    KEY_RECOVERY_DISABLED = "key_recovery_disabled"
    KEYSTORE_UNSUPPORTED = "keystore_unsupported"
    SERIAL_NUMBER_TAKEN = "serial_number_taken"
    KEY_CERTIFIED_BEFORE = "key_certified_before"
    TOO_EARLY = "too_early"
    NO_CRL = "no_crl"
    NO_NEXT_CA_CERTIFICATE = "no_next_ca_certificate"
    TOO_MANY_APPROVALS = "too_many_approvals"
    APPROVAL_REJECTED = "approval_rejected"
    APPROVAL_USED = "approval_used"
    INTERNAL_ERROR = "internal_error"

    @property
    def sentence(self) -> str:
        """The plain sentence for this code."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.MALFORMED_ROW: "The row of the message database holds no message that a client of Lockgate has put.",
    Reason.MALFORMED_MESSAGE: "The message is no sequence of submessages.",
    Reason.TOO_LARGE: "The message is larger than this data source accepts.",
    Reason.TOO_MANY_ATTEMPTS: "The message was taken up too many times without being finished.",
    Reason.ANSWER_TOO_LARGE: "The answers to the message are larger together than this data source holds.",
    Reason.UNREADABLE: "The submessage could not be read.",
    Reason.ENCRYPTION_REQUIRED: "This worker accepts encrypted submessages only.",
    Reason.SIGNATURE_REQUIRED: "The submessage must be signed.",
    Reason.SIGNER_UNTRUSTED: "The signer's certificate was not issued by the CA that issues RA certificates.",
    Reason.NO_ANSWER_CERTIFICATE: "An encrypted submessage without a signature must carry a certificate, issued by the"
    " CA that issues RA certificates, to encrypt the answer to, and must be authenticated encryption.",
    Reason.MISPLACED: "The submessage was signed for another message or another place in it.",
    Reason.WRONG_RECIPIENT: "The submessage is meant for another CA or data source.",
    Reason.REPLAYED: "Another request with the same signer and nonce was answered before.",
    Reason.SIGNER_EXPIRED: "The signer's certificate is not valid at this time.",
    Reason.SIGNER_REVOKED: "The signer's certificate is revoked or unknown to the CA that issued it.",
    Reason.SIGNER_KEY_USAGE: "The signer's certificate may not be used for signatures.",
    Reason.SIGNER_NOT_ADMINISTRATOR: "The signer is no RA administrator.",
    Reason.ANSWER_CERTIFICATE_UNUSABLE: "The certificate to encrypt the answer to is revoked, out of date or not meant"
    " for key encipherment.",
    Reason.EXPIRED: "The request has expired.",
    Reason.CREATED_IN_FUTURE: "The request was created in the future; a clock is wrong.",
    Reason.LIFETIME_TOO_LONG: "The request asks to stay valid for longer than is allowed.",
    Reason.UNKNOWN_REQUEST_TYPE: "This CA knows no such request type.",
    Reason.UNKNOWN_VERSION: "This CA does not know that version of the request type.",
    Reason.MALFORMED_REQUEST: "The request's fields do not fit its type.",
    Reason.NOT_WHITELISTED: "This worker does not accept that request type.",
    Reason.SECRET_IN_CLEAR: "A request that carries a secret must be encrypted.",
    Reason.NOT_AUTHORIZED: "The signer lacks a right that the request needs.",
    Reason.TOO_MANY_REQUESTS: "The signer has made more requests in this hour than the worker takes.",
    Reason.UNKNOWN_CA: "There is no such CA.",
    Reason.UNKNOWN_PROFILE: "There is no such profile.",
    Reason.UNKNOWN_END_ENTITY: "There is no such end entity.",
    Reason.UNKNOWN_CERTIFICATE: "There is no such certificate.",
    Reason.INCOMPLETE_REQUEST: "The request lacks what it needs, or contradicts itself.",
    Reason.WRONG_STANDING: "The certificate's standing does not allow this.",
    Reason.WRONG_STATUS: "The end entity's status does not allow this.",
    Reason.WRONG_CREDENTIALS: "Unknown end entity or wrong password.",
    Reason.BAD_NAME: "A name cannot be read or holds what it must not.",
    Reason.USERNAME_TAKEN: "Another end entity has a username that this one could be mistaken for.",
    Reason.BAD_CERTIFICATE_REQUEST: "The certificate request cannot be read.",
    Reason.BAD_PROOF_OF_POSSESSION: "The certificate request is not signed by its own key.",
    Reason.UNACCEPTED_ALGORITHM: "The request was made with an algorithm that is not accepted.",
    Reason.WEAK_KEY: "The public key may not be certified.",
    Reason.KEY_IN_DOUBT: "Somebody who had not shown possession of the key has reported it as compromised; an"
    " administrator has to approve that it is certified.",
    Reason.KEY_CANNOT_VOUCH: "The key of this certificate cannot ask for its renewal.",
    Reason.ANOTHER_HOLDER: "The request names another end entity than the holder of the certificate that signed it.",
    Reason.PROFILE_VIOLATION: "The profile does not allow what was asked for.",
    Reason.CA_NOT_ACTIVE: "The CA cannot sign now.",
    Reason.ISSUER_REFUSED: "The CA that signs has refused.",
    Reason.BAD_KEY_SPECIFICATION: "This CA makes no such keys.",
    Reason.KEY_NOT_STORED: "The CA keeps no key of that certificate.",
    Reason.KEY_RECOVERY_DISABLED: "This CA, or the certificate profile, keeps no keys.",
    Reason.KEYSTORE_UNSUPPORTED: "A keystore of that format cannot hold such a key.",
    Reason.SERIAL_NUMBER_TAKEN: "That serial number cannot be given to a certificate.",
    Reason.KEY_CERTIFIED_BEFORE: "A certificate was issued for that key before; renewal takes a new one.",
    Reason.TOO_EARLY: "The certificate cannot be renewed yet.",
    Reason.NO_CRL: "The CA has issued no CRL yet.",
    Reason.NO_NEXT_CA_CERTIFICATE: "The CA has announced no next certificate.",
    Reason.TOO_MANY_APPROVALS: "Too many requests of the signer wait for administrators.",
    Reason.APPROVAL_REJECTED: "An administrator has rejected the request.",
    Reason.APPROVAL_USED: "The approval that the request waited for was used by the same request, sent another time.",
    Reason.INTERNAL_ERROR: "The CA could not process the request because of an error of its own.",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal, as a value.

    Attributes:
        reason: the stable code.
        detail: the exact error, for the requester: names fields and limits, never secrets.
        internal: text for the CA's audit log only (it could help an attacker), never sent.
    """

    reason: Reason
    detail: str = ""
    internal: str = ""

    @property
    def fail_info(self) -> str:
        """The text for a response's `fail_info`: the code's sentence, then the detail."""
        return f"{self.reason.sentence} {self.detail}".rstrip()
