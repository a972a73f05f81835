"""Requests to renew a certificate, read on the CA's side.

Either its key has signed the next one's PKCS#10, as `lockgate_formats.requests.renewal` does it, or a SCEP device has
sent a RenewalReq.
"""

from lockgate.ports import Opened, RenewalProof, Renewals
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats.cms import CmsEnvelopes
from lockgate_transport.scep.renewals import ScepRenewals

_DER = b"\x30"
"""What a PKCS#10 begins with. Written otherwise, a challenge password in it would not be seen before it is sent."""


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
