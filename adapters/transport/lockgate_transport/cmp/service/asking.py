"""The requests in the body of an ir, cr, kur or p10cr, as they stand there."""

from collections.abc import Sequence

from lockgate_formats.cmp.contents import CertificateRequestMessage, CertificateTemplate
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.embedded import read_pkcs10
from lockgate_formats.cmp.limits import MessageLimits
from lockgate_formats.cmp.messages import PkiMessage
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.requests.pkcs10 import load_pkcs10
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_ignored

P10CR_ID = -1
"""The certReqId of a p10cr (RFC 9810, 5.3.4)."""


def requests_in(message: PkiMessage, limits: MessageLimits) -> Sequence[CertificateRequestMessage]:
    """Every request; a PKCS#10 is one with a subject.

    Raises:
        MalformedMessage: they cannot be read.
    """
    if message.body_type is not BodyType.P10CR:
        return read_certificate_requests(message.body, limits)
    pkcs10 = read_pkcs10(message.body)
    template = CertificateTemplate(subject=_subject(pkcs10))
    return (CertificateRequestMessage(cert_req_id=P10CR_ID, request=pkcs10, template=template),)


def _subject(pkcs10: bytes) -> bytes | None:
    try:
        with warnings_ignored():
            return load_pkcs10(pkcs10)[0].subject.public_bytes()
    except CERTIFICATE_ERRORS:
        return None
