"""General messages (RFC 9810, 5.3.19 and 5.3.20): the bodies genm and genp."""

from collections.abc import Sequence

from lockgate_formats.cmp.info_values import encode_infos, take_infos
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.fields import read_whole


def read_general(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[InfoValue, ...]:
    """Read a DER GenMsgContent or GenRepContent; may be empty.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The general message"):
        return take_infos(read_whole(body), limits.infos, "values in a general message")


def write_general(infos: Sequence[InfoValue]) -> bytes:
    """The DER GenMsgContent or GenRepContent."""
    return encode_infos(infos)
