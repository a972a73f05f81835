"""General messages (RFC 9810, 5.3.19 and 5.3.20): the bodies genm and genp."""

from collections.abc import Sequence

from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import InfoValue


def read_general(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[InfoValue, ...]:
    """Read a DER GenMsgContent or GenRepContent; may be empty.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_general(infos: Sequence[InfoValue]) -> bytes:
    """The DER GenMsgContent or GenRepContent."""
    raise NotImplementedError
