"""How requests name a certificate: by its issuer and serial number, and by whose it must be."""

from lockgate.dn import parse_dn
from lockgate.endentity import CertificateFacts
from lockgate.errors import InvalidName
from lockgate.ports import CaTransaction
from lockgate.reasons import Reason, Rejected


def named_certificate(
    issuer_dn: str, certificate_sn: str, username: str | None, work: CaTransaction
) -> CertificateFacts | Rejected:
    """The certificate.

    Args:
        certificate_sn: hexadecimal.
        username: whose it must be; None for anybody's.

    Rejections: `bad_name`, `unknown_certificate`.
    """
    try:
        issuer, serial_number = parse_dn(issuer_dn), int(certificate_sn, 16)
    except (InvalidName, ValueError):
        return Rejected(Reason.BAD_NAME, "issuer_dn or certificate_sn")
    found = work.certificate(issuer, serial_number)
    if found is None or username not in (None, found.username):
        return Rejected(Reason.UNKNOWN_CERTIFICATE, f"issuer_dn: {issuer}, certificate_sn: {serial_number:x}")
    return found
