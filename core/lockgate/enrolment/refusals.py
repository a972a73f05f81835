"""Why a server of an RA's host refuses: stable codes with one plain sentence each, for the log of its operator.

A device is told its protocol's code and text, which say less on purpose. A refusal by the CA has a `Reason` instead.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """A stable code."""

    # HTTP: nothing of the protocol was read.
    NO_HTTP_REQUEST = "no_http_request"
    NO_SCEP_REQUEST = "no_scep_request"
    UNKNOWN_ADDRESS = "unknown_address"
    WRONG_METHOD = "wrong_method"
    WRONG_MEDIA_TYPE = "wrong_media_type"
    PLAIN_HTTP = "plain_http"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    DISCONNECTED = "disconnected"
    NO_WAITING_PLACE = "no_waiting_place"
    CA_SILENT = "ca_silent"
    UNAVAILABLE = "unavailable"
    # OCSP about this installation's own certificates.
    NO_OCSP_REQUEST = "no_ocsp_request"
    UNANSWERED_OCSP_REQUEST = "unanswered_ocsp_request"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    NO_CURRENT_ANSWER = "no_current_answer"
    # A form of a page.
    UNREADABLE_FORM = "unreadable_form"
    FOREIGN_FORM = "foreign_form"
    # Administrators who ask for a page of the console.
    NOT_ENTERED = "not_entered"
    ENTRY_REFUSED = "entry_refused"
    FOREIGN_REQUEST = "foreign_request"
    # The pkiMessage, before anything is decrypted.
    NO_PKI_MESSAGE = "no_pki_message"
    NO_MESSAGE_TYPE = "no_message_type"
    UNKNOWN_MESSAGE_TYPE = "unknown_message_type"
    UNACCEPTED_SIGNATURE_ALGORITHM = "unaccepted_signature_algorithm"
    UNACCEPTED_SIGNER_KEY = "unaccepted_signer_key"
    UNREADABLE_SIGNER_CERTIFICATE = "unreadable_signer_certificate"
    WRONG_SIGNATURE = "wrong_signature"
    NO_NONCE = "no_nonce"
    WRONG_NONCE = "wrong_nonce"
    NO_HOLDER = "no_holder"
    UNENCRYPTABLE_KEY = "unencryptable_key"
    # The envelope.
    NO_ENVELOPE = "no_envelope"
    UNACCEPTED_CIPHER = "unaccepted_cipher"
    UNACCEPTED_KEY_TRANSPORT = "unaccepted_key_transport"
    ANOTHER_RECIPIENT = "another_recipient"
    WRAPPED_KEY_FAILED = "wrapped_key_failed"
    # The decrypted content.
    UNREADABLE_CONTENT = "unreadable_content"
    LARGE_REQUEST = "large_request"
    UNACCEPTED_REQUEST_KEY = "unaccepted_request_key"
    REQUEST_FOR_ANOTHER_KEY = "request_for_another_key"
    POSSESSION_NOT_SHOWN = "possession_not_shown"
    REPEATED_ATTRIBUTE = "repeated_attribute"
    UNSUPPORTED_ALTERNATIVE_NAME = "unsupported_alternative_name"
    LONG_CHALLENGE = "long_challenge"
    POLL_FOR_ANOTHER_NAME = "poll_for_another_name"
    ANOTHER_ISSUER = "another_issuer"
    # The request and its transaction.
    WRONG_CHALLENGE = "wrong_challenge"
    BAD_NAME = "bad_name"
    NO_USERNAME = "no_username"
    BAD_SERIAL_NUMBER = "bad_serial_number"
    OTHER_CREDENTIALS = "other_credentials"
    UNUSABLE_ANSWER = "unusable_answer"
    UNKNOWN_TRANSACTION = "unknown_transaction"
    TRANSACTION_TAKEN = "transaction_taken"
    TOO_MANY_OPEN = "too_many_open"
    TOO_MANY_IN_HOUR = "too_many_in_hour"

    @property
    def sentence(self) -> str:
        """The plain sentence for this code."""
        return _SENTENCES[self]


_SENTENCES = {
    Refusal.NO_HTTP_REQUEST: "The octets that came are no HTTP request.",
    Refusal.NO_SCEP_REQUEST: "The operation or its message cannot be read.",
    Refusal.UNKNOWN_ADDRESS: "There is no such address.",
    Refusal.WRONG_METHOD: "The address does not take that method.",
    Refusal.WRONG_MEDIA_TYPE: "The body is of another media type than the protocol's.",
    Refusal.PLAIN_HTTP: "The request came neither over TLS nor from this host.",
    Refusal.TOO_SLOW: "The request did not come in time.",
    Refusal.TOO_LARGE: "The request is larger than is accepted.",
    Refusal.DISCONNECTED: "The client has closed the connection before its body was complete.",
    Refusal.NO_WAITING_PLACE: "Too many questions wait for the CA already.",
    Refusal.CA_SILENT: "The CA has not answered the question in time.",
    Refusal.UNAVAILABLE: "The message database cannot be used.",
    Refusal.NO_OCSP_REQUEST: "The octets that came are no OCSP request.",
    Refusal.UNANSWERED_OCSP_REQUEST: "The OCSP request is one for which no answer is signed beforehand.",
    Refusal.UNKNOWN_CERTIFICATE: "No OCSP answer about the certificate was published.",
    Refusal.NO_CURRENT_ANSWER: "The published OCSP answer about the certificate has ended, or is none.",
    Refusal.UNREADABLE_FORM: "The form cannot be read, or a field of it has not what it must have.",
    Refusal.FOREIGN_FORM: "The form was not sent by a page of this server.",
    Refusal.NOT_ENTERED: "Nobody has entered the console, or the session has ended.",
    Refusal.ENTRY_REFUSED: "The certificate or the one-time link does not open the console.",
    Refusal.FOREIGN_REQUEST: "A page of another site has made the request, or it names another host than this one.",
    Refusal.NO_PKI_MESSAGE: "The message is no pkiMessage.",
    Refusal.NO_MESSAGE_TYPE: "The messageType is missing, repeated, or no number of 1 to 3 digits.",
    Refusal.UNKNOWN_MESSAGE_TYPE: "The messageType is unknown, or is none of a request.",
    Refusal.UNACCEPTED_SIGNATURE_ALGORITHM: "The message's digest or signature algorithm is not accepted here.",
    Refusal.UNACCEPTED_SIGNER_KEY: "The signer's key is of a kind or size that is not accepted.",
    Refusal.UNREADABLE_SIGNER_CERTIFICATE: "A certificate in the message does not have the structure of one.",
    Refusal.WRONG_SIGNATURE: "The message's signature does not hold, or its signer's certificate is missing.",
    Refusal.NO_NONCE: "The senderNonce is missing, repeated, or has not 1 to 64 octets.",
    Refusal.WRONG_NONCE: "The senderNonce has less than 8 octets.",
    Refusal.NO_HOLDER: "The signer's certificate was not issued by this CA, or is not valid now.",
    Refusal.UNENCRYPTABLE_KEY: "The answer cannot be encrypted to the signer's key, nor under its password.",
    Refusal.NO_ENVELOPE: "The message holds no EnvelopedData that can be read.",
    Refusal.UNACCEPTED_CIPHER: "The content encryption algorithm is not accepted here.",
    Refusal.UNACCEPTED_KEY_TRANSPORT: "The key transport algorithm is not accepted here.",
    Refusal.ANOTHER_RECIPIENT: "The content is not encrypted to this server's certificate in a way that it accepts.",
    Refusal.WRAPPED_KEY_FAILED: "Several contents under the same wrapped key have failed before.",
    Refusal.UNREADABLE_CONTENT: "The decrypted content cannot be read: it is malformed, or another key opens it.",
    Refusal.LARGE_REQUEST: "The PKCS#10 is larger than is accepted.",
    Refusal.UNACCEPTED_REQUEST_KEY: "The PKCS#10's key is of a kind or size that is not accepted.",
    Refusal.REQUEST_FOR_ANOTHER_KEY: "The PKCS#10 is for another key than the one that has signed the message.",
    Refusal.POSSESSION_NOT_SHOWN: "The PKCS#10 is not signed by its own key.",
    Refusal.REPEATED_ATTRIBUTE: "An attribute of the PKCS#10 occurs twice.",
    Refusal.UNSUPPORTED_ALTERNATIVE_NAME: "The PKCS#10 asks for an alternative name of a kind that is not used here.",
    Refusal.LONG_CHALLENGE: "The challenge password is longer than is accepted.",
    Refusal.POLL_FOR_ANOTHER_NAME: "The poll names another issuer or subject than its transaction.",
    Refusal.ANOTHER_ISSUER: "The question names another issuer than this CA.",
    Refusal.WRONG_CHALLENGE: "The challenge password is missing, or is not the one that all devices share.",
    Refusal.BAD_NAME: "A name in the PKCS#10 cannot be certified.",
    Refusal.NO_USERNAME: "No username can be made of the subject.",
    Refusal.BAD_SERIAL_NUMBER: "No certificate can have that serial number.",
    Refusal.OTHER_CREDENTIALS: "The keystore was asked for with other credentials.",
    Refusal.UNUSABLE_ANSWER: "The message was set aside, or what stands in its row is not the CA's answer.",
    Refusal.UNKNOWN_TRANSACTION: "No transaction with that id was opened by this key at this address.",
    Refusal.TRANSACTION_TAKEN: "The transaction id belongs to another request.",
    Refusal.TOO_MANY_OPEN: "Too many transactions are open, of this client or in all.",
    Refusal.TOO_MANY_IN_HOUR: "Too many transactions were opened in this hour, by this client or in all.",
}
