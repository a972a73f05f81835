"""Roles that a renewed certificate hands on."""

from lockgate.audit import AuditEvent, Event
from lockgate.ports import RegistryTransaction


def hand_on_roles(old: str, new: str, requester: str, work: RegistryTransaction) -> None:
    """Make the new certificate a member of every role of the old one, and say so in the audit log.

    Args:
        old, new: SHA-256 fingerprints, lower-case hexadecimal.
        requester: the administrator's name.
    """
    details = {"joined": f"certificate {new}", "renews": f"certificate {old}"}
    for role in work.roles.carry_over(old, new):
        work.audit(AuditEvent(Event.ROLE_CHANGED, requester, role, details))
