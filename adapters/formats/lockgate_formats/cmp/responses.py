"""CertRepMessage (RFC 9810, 5.3.4): the bodies ip, cp, kup."""

from lockgate_formats.cmp.contents import CertificateReply
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_certificate_reply(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> CertificateReply:
    """Read a DER CertRepMessage.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_certificate_reply(reply: CertificateReply) -> bytes:
    """The DER CertRepMessage."""
    raise NotImplementedError
