"""The conditions that the console's lists take."""

from collections.abc import Iterable

from lockgate.administration.console import Filter
from lockgate.audit import Event
from lockgate.queue.message import MessageStatus
from lockgate.rights.approval import ApprovalStatus
from lockgate.rights.signer import CertificateStanding
from lockgate_app.words import word

_PATTERN = "* for any characters, ? for one"
_DAY = "YYYY-MM-DD, UTC"
MESSAGE_STATUSES = {word(status): status for status in MessageStatus}
STANDINGS = tuple(map(str, (CertificateStanding.GOOD, CertificateStanding.REVOKED, CertificateStanding.ON_HOLD)))
APPROVALS = (Filter("status", "Status", tuple(map(str, ApprovalStatus)), default=str(ApprovalStatus.PENDING)),)
CERTIFICATES = (
    Filter("username", "Username", hint=_PATTERN),
    Filter("subject", "Subject", hint=_PATTERN),
    Filter("ca", "CA"),
    Filter("serial", "Serial number", hint="hexadecimal"),
    Filter("status", "Status", STANDINGS),
    Filter("ra", "RA certificate", hint="SHA-256 fingerprint"),
)
AUDIT = (
    Filter("event", "Event", tuple(map(str, Event))),
    Filter("writer", "Writer"),
    Filter("who", "Who", hint=_PATTERN),
    Filter("target", "Target", hint=_PATTERN),
    Filter("since", "From", hint=_DAY),
    Filter("until", "Before", hint=_DAY),
)
EXPIRING = (Filter("days", "Within days", default="30"),)


def of_messages(sources: Iterable[str]) -> tuple[Filter, ...]:
    """Those of messages, where there are these data sources."""
    statuses = Filter("status", "Status", tuple(MESSAGE_STATUSES), default=word(MessageStatus.SET_ASIDE), required=True)
    return Filter("data_source", "Data source", tuple(sources)), statuses
