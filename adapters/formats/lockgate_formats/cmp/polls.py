"""Polling (RFC 9810, 5.3.22): the bodies pollReq and pollRep."""

from collections.abc import Sequence

from lockgate_formats.cmp.contents import PollResponse
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_poll_requests(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[int, ...]:
    """Read a DER PollReqContent: each certReqId; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_poll_requests(cert_req_ids: Sequence[int]) -> bytes:
    """The DER PollReqContent."""
    raise NotImplementedError


def read_poll_responses(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[PollResponse, ...]:
    """Read a DER PollRepContent; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_poll_responses(responses: Sequence[PollResponse]) -> bytes:
    """The DER PollRepContent."""
    raise NotImplementedError
