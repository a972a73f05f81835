"""CRMF (RFC 4211): the bodies ir, cr, kur (RFC 9810, 5.3.1)."""

from collections.abc import Sequence

from lockgate_formats.cmp.contents import CertificateRequestMessage, CertificateTemplate
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import InfoValue


def read_certificate_requests(
    body: bytes, limits: MessageLimits = DEFAULT_LIMITS
) -> tuple[CertificateRequestMessage, ...]:
    """Read DER CertReqMessages; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_certificate_request(
    cert_req_id: int, template: CertificateTemplate, controls: Sequence[InfoValue] = ()
) -> bytes:
    """The DER CertRequest."""
    raise NotImplementedError


def write_certificate_requests(messages: Sequence[tuple[bytes, bytes, Sequence[InfoValue]]]) -> bytes:
    """The DER CertReqMessages of: a CertRequest, its ProofOfPossession (may be empty), its regInfo."""
    raise NotImplementedError
