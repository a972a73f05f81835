"""Errors (RFC 9810, 5.3.21): the body error."""

from lockgate_formats.cmp.contents import ErrorContent
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_error(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> ErrorContent:
    """Read a DER ErrorMsgContent.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_error(content: ErrorContent) -> bytes:
    """The DER ErrorMsgContent."""
    raise NotImplementedError
