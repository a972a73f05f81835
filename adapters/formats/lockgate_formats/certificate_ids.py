"""What OCSP names a certificate with, besides its serial number (RFC 6960, 4.1.1): octets of two certificates."""

from functools import lru_cache

from cryptography.hazmat import asn1

from lockgate_formats import der
from lockgate_formats.cms import elements
from lockgate_formats.cms.structures import Certificate, TbsCertificate
from lockgate_formats.fields import bit_string, read_whole


def issuer_name(certificate: bytes) -> bytes:
    """The DER Name of the issuer, as it is written in the DER `certificate` itself.

    Raises:
        ValueError: it is no certificate.
    """
    return elements.whole(_tbs(certificate).issuer)


@lru_cache(maxsize=64)
def key_octets(certificate: bytes) -> bytes:
    """The octets of the public key of the DER `certificate`: without tag, length, and the count of unused bits.

    Raises:
        ValueError: it is no certificate.
    """
    key = read_whole(elements.whole(_tbs(certificate).public_key))
    key.element()
    return bit_string(key.contents(der.BIT_STRING))


def _tbs(certificate: bytes) -> TbsCertificate:
    tbs: TbsCertificate = asn1.decode_der(Certificate, certificate).tbs.parse(TbsCertificate)
    return tbs
