"""RenewalReq (RFC 8894, 2.3 and 3.3.1.2) on the CA's side: what a certificate's key has signed, opened by the RA.

The RA, to whom it was encrypted, hands on the content-encryption key. The signature covers the ciphertext, so whoever
hands it on cannot put another request in its place. SHA-1 and triple DES are not taken here, whatever the RA accepts.
"""

from cryptography import x509

from lockgate.enrolment.scep import Failure, MessageType
from lockgate.ports import RenewalProof, Renewals
from lockgate.reasons import Reason, Rejected
from lockgate_transport.cms.enveloped import decrypt_with
from lockgate_transport.scep.algorithms import CURRENT
from lockgate_transport.scep.contents import read_envelope
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage, VerifiedMessage, read_pki_message, verify
from lockgate_transport.strictness import CERTIFICATE_ERRORS, warnings_as_errors


class ScepRenewals(Renewals):
    """Reads pkiMessages."""

    def read(self, certificate: bytes, signed_message: bytes, content_key: bytes) -> RenewalProof | Rejected:
        """Signed by exactly that certificate, which need not be valid any more."""
        verified = _verified(signed_message)
        if isinstance(verified, Rejected):
            return verified
        if verified.message_type is not MessageType.RENEWAL_REQ or verified.signer.certificate != certificate:
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal="no RenewalReq by the certificate to be renewed")
        try:
            pkcs10 = decrypt_with(read_envelope(verified.content, CURRENT, LIMITS), content_key)
        except ValueError as error:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])
        return _proof(certificate, pkcs10)


def _verified(signed_message: bytes) -> VerifiedMessage | Rejected:
    try:
        verified = verify(read_pki_message(signed_message), CURRENT)
    except NoPkiMessage as error:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error))
    return (
        Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal=verified.text) if isinstance(verified, Failure) else verified
    )


def _proof(certificate: bytes, pkcs10: bytes) -> RenewalProof | Rejected:
    try:
        with warnings_as_errors():
            parsed = x509.load_der_x509_certificate(certificate)
        return RenewalProof(pkcs10=pkcs10, not_before=parsed.not_valid_before_utc, not_after=parsed.not_valid_after_utc)
    except CERTIFICATE_ERRORS as error:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])
