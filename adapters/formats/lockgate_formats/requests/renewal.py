"""A request to renew a certificate, as its holder writes it.

Whoever has the key of a certificate signs the PKCS#10 of the next key with it, as SignedData (RFC 5652, 5) with a
content type of its own, so that nothing else which that key has signed is taken for a renewal.
"""

from lockgate.ports import Keystore
from lockgate.requests.content import ContentKind
from lockgate.requests.submessages import RenewalRequest
from lockgate_formats.cms.signing import CmsSigner


def renewal_request(request_id: int, holder: Keystore, pkcs10: bytes) -> RenewalRequest:
    """What asks for the next certificate of `holder`.

    Args:
        pkcs10: DER, of the next key.
    """
    signed = CmsSigner(holder).sign(pkcs10, ContentKind.RENEWAL)
    return RenewalRequest(request_id=request_id, certificate=holder.certificate, signed_message=signed)
