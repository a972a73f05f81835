"""Certificates and CRLs in SignedData without a signature (RFC 5652, 5.1): the one writer and the one reader."""

from collections.abc import Sequence

from asn1crypto import cms
from cryptography import x509

from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.reading import reading

_DATA = der.sequence(der.oid(oids.DATA))
_SIGNED_DATA = der.oid(oids.SIGNED_DATA)
_VERSION_1 = der.integer(1)
_EMPTY = der.element(der.SET)


def certs_only(certificates: Sequence[bytes], crls: Sequence[bytes] = ()) -> bytes:
    """The ContentInfo that carries `certificates` and `crls`, each DER, in the order given: the leaf first.

    A SET OF has no order, and RFC 5652 lets this one stand in BER; readers that take the first certificate for the
    leaf are in use (docs/decisions/0012-order-of-certificates.md).
    """
    lists = [der.element(tag, *list_) for tag, list_ in ((der.CONTEXT_0, certificates), (der.CONTEXT_1, crls)) if list_]
    signed_data = der.sequence(_VERSION_1, _EMPTY, _DATA, *lists, _EMPTY)
    return der.sequence(_SIGNED_DATA, der.element(der.CONTEXT_0, signed_data))


def certificates_in(octets: bytes) -> Sequence[x509.Certificate]:
    """The certificates of a ContentInfo with SignedData, DER or BER, in the order in which they stand.

    Raises:
        ValueError: it is none, or holds none.
    """
    return [x509.load_der_x509_certificate(certificate) for certificate in der_certificates_in(octets)]


def der_certificates_in(octets: bytes) -> Sequence[bytes]:
    """The same certificates, each DER.

    Raises:
        ValueError: it is none, or holds none.
    """
    with reading():
        return [one.chosen.dump() for one in cms.ContentInfo.load(octets, strict=True)["content"]["certificates"]]
