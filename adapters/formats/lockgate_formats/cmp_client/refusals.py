"""What an error message says (RFC 9810, 5.3.21)."""

from lockgate.errors import UnverifiedAnswer
from lockgate_formats.cmp.errors import read_error
from lockgate_formats.cmp.limits import MessageLimits
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage, StatusInfo
from lockgate_formats.cmp_client.transactions import WHOLE_MESSAGE, Refusal


def read_refusal(message: PkiMessage, limits: MessageLimits) -> Refusal:
    """The refusal that the error `message` is, proven where it is protected.

    Raises:
        UnverifiedAnswer: it cannot be read.
    """
    try:
        content = read_error(message.body, limits)
    except MalformedMessage as error:
        raise UnverifiedAnswer(f"the answer cannot be read: {error.text}") from None
    return refusal(WHOLE_MESSAGE, content.status, content.details, proven=message.protection is not None)


def refusal(cert_req_id: int, status: StatusInfo, details: tuple[str, ...] = (), *, proven: bool = True) -> Refusal:
    """The refusal that a status is."""
    return Refusal(cert_req_id, status.status, status.fail_info, (*status.texts, *details), proven)
