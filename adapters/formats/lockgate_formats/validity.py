"""When certificates end."""

from datetime import datetime

from cryptography import x509


def end_of(certificate: bytes) -> datetime:
    """The notAfter of a DER certificate (RFC 5280, 4.1.2.5), UTC.

    Raises:
        ValueError: it is none.
    """
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc
