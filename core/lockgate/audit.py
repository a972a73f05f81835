"""Security events for the CA's audit log: the actor, the event, its target and details. They never contain a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Event(StrEnum):
    """The kinds of event."""

    SUBMESSAGE_REFUSED = "submessage.refused"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_REFUSED = "request.refused"
    REQUEST_REPEATED = "request.repeated"
    ACCESS_DENIED = "access.denied"
    REQUEST_WAITS = "request.waits"
    MESSAGE_SET_ASIDE = "message.set_aside"
    APPROVAL_OPENED = "approval.opened"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_USED = "approval.used"
    END_ENTITY_ADDED = "endentity.added"
    END_ENTITY_EDITED = "endentity.edited"
    END_ENTITY_LOCKED = "endentity.locked"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_REVOKED = "certificate.revoked"
    OPERATION_INTENDED = "operation.intended"
    OPERATION_REFUSED = "operation.refused"
    OPERATION_ANEW = "operation.anew"
    OPERATION_DOUBTFUL = "operation.doubtful"
    OPERATION_SETTLED = "operation.settled"
    KEY_RECOVERED = "key.recovered"
    KEY_CONDEMNED = "key.condemned"
    KEY_IN_DOUBT = "key.in_doubt"
    KEY_CLEARED = "key.cleared"
    ESCROW_KEY_ROTATED = "escrow.rotated"
    CRL_ISSUED = "crl.issued"
    CRL_FETCHED = "crl.fetched"
    CERTIFICATES_IMPORTED = "certificates.imported"
    CERTIFICATE_GIVEN = "certificate.given"
    CA_CREATED = "ca.created"
    CA_CHANGED = "ca.changed"
    CA_ROLLOVER = "ca.rollover"
    ROLE_CHANGED = "role.changed"
    PROFILE_CHANGED = "profile.changed"
    TRANSACTION_ANSWERED = "transaction.answered"
    TRANSACTION_REFUSED = "transaction.refused"
    TRANSACTION_REPEATED = "transaction.repeated"
    TRANSACTION_UNCONFIRMED = "transaction.unconfirmed"
    CONSOLE_ENTERED = "console.entered"
    CONSOLE_LEFT = "console.left"
    RECORDS_PURGED = "records.purged"


REFUSALS = frozenset(
    {Event.SUBMESSAGE_REFUSED, Event.REQUEST_REFUSED, Event.MESSAGE_SET_ASIDE, Event.TRANSACTION_REFUSED}
)
"""Events that are written to the process's own log as well, after the commit."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One entry, before the log adds its number and time.

    Attributes:
        who: the administrator's name, or the worker's where no one was authenticated.
        target: the end entity, certificate, CA or message concerned.
        details: further facts; text only. The value of `internal` could help an attacker and is written to this log
            only.
    """

    event: Event
    who: str
    target: str
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
