"""CRMF (RFC 4211) outside CMP: one CertReqMsg whose key signs it. The template's subject, serial number and extensions
are ignored, as everywhere: the registration decides on names, the profile on extensions. Alternative names are read as
in a PKCS#10.
"""

from lockgate.certification.endentity import CertificationRequest
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.possession import judge_possession


def read_crmf(der: bytes) -> CertificationRequest | Rejected:
    """The key of the only CertReqMsg, if its signature is good.

    Raises:
        ValueError: it cannot be read.
    """
    messages = read_certificate_requests(der)
    if len(messages) != 1:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, "One CertReqMsg is needed.")
    return judge_possession(messages[0], None)
