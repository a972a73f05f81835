"""Polling (RFC 9810, 5.3.22): the bodies pollReq and pollRep, read and written."""

from collections.abc import Sequence

from lockgate_formats import der
from lockgate_formats.cmp.contents import PollResponse
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cmp.writing import free_text, signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, read_whole, small_integer, texts_in


def read_poll_requests(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[int, ...]:
    """Read a DER PollReqContent: each certReqId; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The poll request"):
        polls = read_whole(body)
        found = tuple(_cert_req_id(polls) for _ in polls.each(limits.requests, "polls"))
        if not found:
            raise Unreadable("no certReqId is in the message")
        return found


def _cert_req_id(fields: Fields) -> int:
    poll = fields.inside(der.SEQUENCE)
    found = small_integer(poll.contents(der.INTEGER))
    poll.finish()
    return found


def write_poll_requests(cert_req_ids: Sequence[int]) -> bytes:
    """The DER PollReqContent."""
    return der.sequence(*(der.sequence(signed_integer(cert_req_id)) for cert_req_id in cert_req_ids))


def read_poll_responses(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[PollResponse, ...]:
    """Read a DER PollRepContent; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The poll response"):
        polls = read_whole(body)
        found = tuple(_response(polls, limits) for _ in polls.each(limits.requests, "polls"))
        if not found:
            raise Unreadable("no certReqId is in the message")
        return found


def _response(fields: Fields, limits: MessageLimits) -> PollResponse:
    poll = fields.inside(der.SEQUENCE)
    cert_req_id = small_integer(poll.contents(der.INTEGER))
    check_after = small_integer(poll.contents(der.INTEGER))
    texts = poll.optional_inside(der.SEQUENCE)
    poll.finish()
    if check_after < 0:
        raise Unreadable("a number of seconds below 0")
    return PollResponse(cert_req_id, check_after, () if texts is None else texts_in(texts, limits.texts, limits.text))


def write_poll_responses(responses: Sequence[PollResponse]) -> bytes:
    """The DER PollRepContent."""
    return der.sequence(*map(_encoded, responses))


def _encoded(response: PollResponse) -> bytes:
    return der.sequence(
        signed_integer(response.cert_req_id),
        der.integer(response.check_after),
        free_text(response.reasons) if response.reasons else b"",
    )
