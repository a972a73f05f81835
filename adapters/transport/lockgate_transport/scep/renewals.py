"""RenewalReq (RFC 8894, 2.3 and 3.3.1.2) on the CA's side: what a certificate's key has signed, opened by the RA.

Before RFC 8894 that was a PKCSReq. An enrolment for somebody else may be signed so, too, so a PKCSReq's name must tell
the holder (`lockgate.certification.vouching.judge_claim`); a RenewalReq says by itself what is meant.

The RA, to whom it was encrypted, hands on the content-encryption key. The signature covers the ciphertext, so whoever
hands it on cannot put another request in its place. Whatever the RA accepts, SHA-1 and triple DES are taken only where
the CA's side accepts old devices, too.
"""

from cryptography import x509

from lockgate.certification.endentity import NameClaim
from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.ports import RenewalProof
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cms.enveloped import UnacceptedCipher, decrypt_with
from lockgate_formats.names import read_name
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors
from lockgate_transport.scep.algorithms import CURRENT, LEGACY
from lockgate_transport.scep.contents import read_envelope, subject_of
from lockgate_transport.scep.failures import Failure, failure
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.vocabulary import FailInfo, ScepMessageType

_RENEWING = frozenset({ScepMessageType.RENEWAL_REQ, ScepMessageType.PKCS_REQ})


class ScepRenewals:
    """Reads pkiMessages, as `Renewals` promises.

    Args:
        legacy: whether SHA-1 and triple DES are accepted.
    """

    def __init__(self, *, legacy: bool = False) -> None:
        self._algorithms = LEGACY if legacy else CURRENT

    def read(self, certificate: bytes, signed_message: bytes, content_key: bytes) -> RenewalProof | Rejected:
        """Signed by exactly that certificate, which need not be valid any more."""
        verified = self._verified(signed_message)
        if isinstance(verified, Rejected):
            return verified
        if verified.message_type not in _RENEWING or verified.signer.certificate != certificate:
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal="no request by the certificate to be renewed")
        try:
            pkcs10 = decrypt_with(read_envelope(verified.content, self._algorithms, LIMITS), content_key)
        except UnacceptedCipher:
            return self._unaccepted(failure(Refused(Refusal.UNACCEPTED_CIPHER)))
        except ValueError as error:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])
        return _proof(certificate, pkcs10, verified.message_type)

    def _verified(self, signed_message: bytes) -> VerifiedMessage | Rejected:
        try:
            verified = verify(read_pki_message(signed_message), self._algorithms)
        except NoPkiMessage as error:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error))
        if not isinstance(verified, Refused):
            return verified
        told = failure(verified)
        if told.fail_info is FailInfo.BAD_ALG:
            return self._unaccepted(told)
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal=told.text)

    def _unaccepted(self, told: Failure) -> Rejected:
        internal = "" if self._algorithms is LEGACY else "the worker's legacy_devices is off"
        return Rejected(Reason.UNACCEPTED_ALGORITHM, told.text, internal)


def _proof(certificate: bytes, pkcs10: bytes, kind: ScepMessageType) -> RenewalProof | Rejected:
    try:
        with warnings_as_errors():
            current = x509.load_der_x509_certificate(certificate)  # what is read with a warning is refused
            certified = read_name(current.subject)
        claim = NameClaim(subject_of(pkcs10), certified) if kind is ScepMessageType.PKCS_REQ else None
    except CERTIFICATE_ERRORS as error:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])
    return RenewalProof(pkcs10=pkcs10, claim=claim)
