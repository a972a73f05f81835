"""PKCS#10 (RFC 2986) as devices write it: the one place that decodes it."""

from cryptography import x509

from lockgate_formats.requests.pkcs10_octets import in_der


def load_pkcs10(octets: bytes) -> tuple[x509.CertificateSigningRequest, bytes]:
    """The DER CertificationRequest, and the octets that its signature must be over.

    Raises:
        ValueError: it cannot be read.
        InvalidVersion: its version does not exist.
    """
    try:
        request = x509.load_der_x509_csr(octets)
    except ValueError:
        rewritten = in_der(octets)
        return x509.load_der_x509_csr(rewritten.request), rewritten.signed
    return request, request.tbs_certrequest_bytes
