"""Trust in certificates that a test names."""

from hashlib import sha256

from cryptography import x509

from lockgate.ports import CertificateTrust
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate


class MemoryTrust(CertificateTrust):
    """Trusts exactly these certificates, DER, whoever has signed them. They have Key Usage."""

    def __init__(self, *certificates: bytes) -> None:
        self._trusted = {der: _facts(der) for der in certificates}

    def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
        return self._trusted.get(certificate) or Rejected(Reason.SIGNER_UNTRUSTED)


def _facts(der: bytes) -> TrustedCertificate:
    certificate = x509.load_der_x509_certificate(der)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    return TrustedCertificate(
        der=der,
        fingerprint=sha256(der).hexdigest(),
        issuer_dn=certificate.issuer.rfc4514_string(),
        subject_dn=certificate.subject.rfc4514_string(),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        digital_signature=usage.digital_signature,
        key_encipherment=usage.key_encipherment,
        request_purpose=True,
    )
