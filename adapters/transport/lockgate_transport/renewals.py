"""Requests to renew a certificate: written on its holder's side, and read on the CA's.

Whoever has the key of a certificate signs the PKCS#10 of the next key with it, as SignedData (RFC 5652, 5) with a
content type of its own, so that nothing else which that key has signed is taken for a renewal. SCEP devices send a
RenewalReq instead.
"""

from lockgate.ports import Keystore, Opened, RenewalProof, Renewals
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate.requests.submessages import RenewalRequest
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.signing import Signer
from lockgate_transport.scep.renewals import ScepRenewals

_DER = b"\x30"
"""What a PKCS#10 begins with. Written otherwise, a challenge password in it would not be seen before it is sent."""


def renewal_request(request_id: int, holder: Keystore, pkcs10: bytes) -> RenewalRequest:
    """What asks for the next certificate of `holder`.

    Args:
        pkcs10: DER, of the next key.
    """
    signed = Signer(holder).sign(pkcs10, ContentKind.RENEWAL)
    return RenewalRequest(request_id=request_id, certificate=holder.certificate, signed_message=signed)


class SignedRenewals(Renewals):
    """Reads both forms.

    Args:
        scep: reads those of devices.
    """

    def __init__(self, scep: ScepRenewals) -> None:
        self._scep = scep
        self._envelopes = CmsEnvelopes(None)

    def read(self, certificate: bytes, signed_message: bytes, content_key: bytes | None) -> RenewalProof | Rejected:
        """Signed by exactly that certificate, which need not be valid any more."""
        if content_key is not None:
            return self._scep.read(certificate, signed_message, content_key)
        opened = Opened(signed_message, signed=True, encrypted=False, authenticated=False)
        signed = self._envelopes.verify(opened)
        if isinstance(signed, Rejected):
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal=signed.internal)
        if signed.kind is not ContentKind.RENEWAL or signed.certificate != certificate:
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal="no renewal by the certificate to be renewed")
        if signed.content[:1] != _DER or signed.content not in signed_message:
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, internal="its PKCS#10 is not written as DER, in one piece")
        return RenewalProof(pkcs10=signed.content)
