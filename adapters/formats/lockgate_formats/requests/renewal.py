"""A request to renew a certificate, as its holder writes it.

The holder of a certificate signs the PKCS#10 of the next key with the certificate's key, as SignedData (RFC 5652, 5).
It has a content type of its own, so that no other content signed by that key is accepted as a renewal.
"""

from lockgate.ports import Keystore
from lockgate.requests.content import ContentKind
from lockgate.requests.submessages import RenewalRequest
from lockgate_formats.cms.signing import CmsSigner


def renewal_request(request_id: int, holder: Keystore, pkcs10: bytes) -> RenewalRequest:
    """The request for the next certificate of `holder`.

    Args:
        pkcs10: DER, of the next key.
    """
    signed = CmsSigner(holder).sign(pkcs10, ContentKind.RENEWAL)
    return RenewalRequest(request_id=request_id, certificate=holder.certificate, signed_message=signed)
