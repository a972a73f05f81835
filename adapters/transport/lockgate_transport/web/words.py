"""What people are told of a refusal: one plain sentence for every reason, which says what they can do."""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason

_UNREADABLE = "The certificate request cannot be read. Paste a PKCS#10 in PEM, or choose its file."
# One sentence for all of these, so that nobody learns which usernames there are.
_WRONG = "The username or the one-time password is wrong, or can no longer be used."
_LATER = "Too many requests were made. Try again in an hour."
REFUSALS: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.LARGE_REQUEST: "The certificate request is larger than is accepted.",
        Refusal.UNREADABLE_CONTENT: _UNREADABLE,
        Refusal.UNACCEPTED_REQUEST_KEY: "The certificate request's key is of a kind or size that is not accepted.",
        Refusal.POSSESSION_NOT_SHOWN: "The certificate request is not signed by its own key.",
        Refusal.REPEATED_ATTRIBUTE: "An attribute of the certificate request occurs twice.",
        Refusal.LONG_CHALLENGE: "The challenge password in the certificate request is longer than is accepted.",
        Refusal.OTHER_CREDENTIALS: _WRONG,
        Refusal.UNUSABLE_ANSWER: "The CA's answer cannot be used. Ask the operator, and tell the reference.",
        Refusal.UNKNOWN_TRANSACTION: "There is nothing at this address: it is wrong, its time is over, or the keystore"
        " was handed out before.",
        Refusal.TOO_MANY_OPEN: "Too many requests wait for the CA. Try again later.",
        Refusal.TOO_MANY_IN_HOUR: _LATER,
    }
)
"""What people are told of each refusal by the RA; `ELSEWHERE` are the others."""
ELSEWHERE = frozenset(
    {
        # told by the HTTP server, or as the page that every refused HTTP request gets
        Refusal.NO_HTTP_REQUEST,
        Refusal.UNKNOWN_ADDRESS,
        Refusal.WRONG_METHOD,
        Refusal.WRONG_MEDIA_TYPE,
        Refusal.PLAIN_HTTP,
        Refusal.TOO_SLOW,
        Refusal.TOO_LARGE,
        Refusal.DISCONNECTED,
        Refusal.UNAVAILABLE,
        Refusal.UNREADABLE_FORM,
        Refusal.FOREIGN_FORM,
        # A handle is made of all that its request says, so it belongs to no other one.
        Refusal.TRANSACTION_TAKEN,
        # the console's
        Refusal.FOREIGN_REQUEST,
        Refusal.NOT_ENTERED,
        Refusal.ENTRY_REFUSED,
        # other protocols'
        Refusal.NO_OCSP_REQUEST,
        Refusal.UNANSWERED_OCSP_REQUEST,
        Refusal.UNKNOWN_CERTIFICATE,
        Refusal.NO_CURRENT_ANSWER,
        Refusal.NO_SCEP_REQUEST,
        Refusal.NO_WAITING_PLACE,
        Refusal.CA_SILENT,
        Refusal.NO_PKI_MESSAGE,
        Refusal.NO_MESSAGE_TYPE,
        Refusal.UNKNOWN_MESSAGE_TYPE,
        Refusal.UNACCEPTED_SIGNATURE_ALGORITHM,
        Refusal.UNACCEPTED_SIGNER_KEY,
        Refusal.UNREADABLE_SIGNER_CERTIFICATE,
        Refusal.WRONG_SIGNATURE,
        Refusal.NO_NONCE,
        Refusal.WRONG_NONCE,
        Refusal.NO_HOLDER,
        Refusal.UNENCRYPTABLE_KEY,
        Refusal.NO_ENVELOPE,
        Refusal.UNACCEPTED_CIPHER,
        Refusal.UNACCEPTED_KEY_TRANSPORT,
        Refusal.ANOTHER_RECIPIENT,
        Refusal.WRAPPED_KEY_FAILED,
        Refusal.REQUEST_FOR_ANOTHER_KEY,
        Refusal.UNSUPPORTED_ALTERNATIVE_NAME,
        Refusal.POLL_FOR_ANOTHER_NAME,
        Refusal.ANOTHER_ISSUER,
        Refusal.WRONG_CHALLENGE,
        Refusal.BAD_NAME,
        Refusal.NO_USERNAME,
        Refusal.BAD_SERIAL_NUMBER,
    }
)
REASONS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.WRONG_CREDENTIALS: _WRONG,
        Reason.WRONG_STATUS: "The CA issues nothing for this username now: it did so before, or the username is"
        " blocked. Ask for a new one-time password.",
        Reason.KEYSTORE_UNSUPPORTED: "No keystore is made for this username. Ask for a certificate with a certificate"
        " request of yours, or ask the operator.",
        Reason.KEY_NOT_STORED: "The CA keeps no key for this username any more.",
        Reason.TOO_MANY_REQUESTS: _LATER,
        Reason.CREATED_IN_FUTURE: "A clock is wrong. Ask the operator, and tell the reference.",
        Reason.EXPIRED: "The CA did not look at the request in time. Send the form again.",
    }
)
"""What people are told of some refusals by the CA; of others its own words, where it wrote them for the requester."""
_REFUSED_BY_CA = "The CA has refused the request. Its operator can tell why."


def told(refused: Refused) -> str:
    """What somebody is told of `refused`."""
    if isinstance(refused.reason, Refusal):
        return REFUSALS[refused.reason]
    return REASONS.get(refused.reason) or refused.detail or _REFUSED_BY_CA
