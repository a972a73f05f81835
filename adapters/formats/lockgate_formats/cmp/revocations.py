"""Revocation (RFC 9810, 5.3.9 and 5.3.10): the bodies rr and rp."""

from collections.abc import Sequence

from lockgate_formats.cmp.contents import RevocationReply, RevocationRequest
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_revocations(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[RevocationRequest, ...]:
    """Read a DER RevReqContent; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_revocations(requests: Sequence[RevocationRequest]) -> bytes:
    """The DER RevReqContent."""
    raise NotImplementedError


def read_revocation_reply(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> RevocationReply:
    """Read a DER RevRepContent.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_revocation_reply(reply: RevocationReply) -> bytes:
    """The DER RevRepContent."""
    raise NotImplementedError
