"""Errors (RFC 9810, 5.3.21): the body error, read and written."""

from lockgate_formats import der
from lockgate_formats.cmp.contents import ErrorContent
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cmp.status import encode_status, take_status
from lockgate_formats.cmp.writing import free_text, signed_integer
from lockgate_formats.fields import integer, read_whole, texts_in


def read_error(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> ErrorContent:
    """Read a DER ErrorMsgContent.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The error"):
        fields = read_whole(body)
        status = take_status(fields, limits)
        code = fields.optional(der.INTEGER)
        details = fields.optional_inside(der.SEQUENCE)
        fields.finish()
        return ErrorContent(
            status,
            None if code is None else integer(code),
            () if details is None else texts_in(details, limits.texts, limits.text),
        )


def write_error(content: ErrorContent) -> bytes:
    """The DER ErrorMsgContent."""
    return der.sequence(
        encode_status(content.status),
        b"" if content.code is None else signed_integer(content.code),
        free_text(content.details) if content.details else b"",
    )
