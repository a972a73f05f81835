"""The values that commands show: plain values (texts, numbers, lists), the same for tables and for JSON.

Times are UTC, `2026-11-23T10:00:00Z`; fingerprints and serial numbers lower-case hexadecimal.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509

from lockgate.administration.approvals import ApprovalView
from lockgate.administration.audit import AuditEntry
from lockgate.administration.authorities import CaListing, GenerationListing
from lockgate.administration.listings import CertificateListing, EndEntityListing, VerdictListing
from lockgate.names.altname import GeneralName
from lockgate.ports import KeptCrl
from lockgate.queue.message import MessageOutline
from lockgate.rights.authorization import Member, Role
from lockgate_app.approval_facts import decisions
from lockgate_app.certificate_facts import certificate_contents, kind_of_key
from lockgate_app.cli.terminal import plain
from lockgate_app.words import Facts, moment, word
from lockgate_formats.names import read_name


def ca_outline(listing: CaListing) -> Facts:
    """A CA in a list."""
    certificate = x509.load_der_x509_certificate(listing.certificate)
    return {
        "name": listing.name,
        "status": str(listing.status),
        "subject": str(read_name(certificate.subject)),
        "valid_until": moment(certificate.not_valid_after_utc),
        "crl_number": listing.crl_number,
        "crl_ends": moment(listing.crl_ends),
        "remote_issuer": listing.issuer or None,
    }


def ca_details(listing: CaListing, issuer: Facts) -> Facts:
    """Everything about a CA.

    Args:
        issuer: about the issuer that signs.
    """
    crl = {
        "crl_number": listing.crl_number,
        "crl_issued": moment(listing.crl_issued),
        "crl_ends": moment(listing.crl_ends),
    }
    return {
        "name": listing.name,
        "status": str(listing.status),
        "remote_issuer": listing.issuer or None,
        **issuer,
        "generation": listing.generation,
        "created": moment(listing.created),
        **crl,
        **certificate_contents(listing.certificate),
    }


def generation_outline(generation: GenerationListing) -> Facts:
    """A generation of a CA in a list."""
    certificate = x509.load_der_x509_certificate(generation.certificate)
    return {
        "generation": generation.number,
        "state": str(generation.state),
        "fingerprint": generation.fingerprint,
        "key": kind_of_key(certificate),
        "valid_from": moment(certificate.not_valid_before_utc),
        "valid_until": moment(certificate.not_valid_after_utc),
    }


def generation_details(generation: GenerationListing) -> Facts:
    """Everything about a generation of a CA."""
    return {
        "name": generation.ca_name,
        "generation": generation.number,
        "state": str(generation.state),
        "created": moment(generation.created),
        **certificate_contents(generation.certificate),
    }


def end_entity_outline(listing: EndEntityListing) -> Facts:
    """An end entity in a list."""
    entity = listing.end_entity
    return {
        "username": entity.username,
        "status": word(entity.status),
        "subject": str(entity.subject_dn),
        "ca": entity.ca_name,
        "end_entity_profile": entity.end_entity_profile,
        "certificate_profile": entity.certificate_profile,
        "modified": moment(listing.modified),
    }


def end_entity_details(listing: EndEntityListing, certificates: Sequence[CertificateListing]) -> Facts:
    """Everything about an end entity but its password, and its latest certificates."""
    return {
        **end_entity_outline(listing),
        "subject_alt_name": [_general_name(name) for name in listing.end_entity.subject_alt_name],
        "email": listing.end_entity.email,
        "token": str(listing.end_entity.token),
        "password": listing.has_password,
        "password_for_one_time_until": moment(listing.password_expires),
        "attempts_left": listing.attempts,
        "locked": listing.is_locked,
        "certificates": [f"{one.fingerprint} {one.standing}, until {moment(one.not_after)}" for one in certificates],
    }


def certificate_outline(listing: CertificateListing) -> Facts:
    """A certificate in a list."""
    return {
        "fingerprint": listing.fingerprint,
        "username": listing.username,
        "subject": listing.subject_dn,
        "status": str(listing.standing),
        "valid_until": moment(listing.not_after),
        "ca": listing.ca_name,
        "certificate_profile": listing.certificate_profile,
    }


def certificate_details(
    listing: CertificateListing, behind: CertificateListing | None, approval: ApprovalView | None, *, key_kept: bool
) -> Facts:
    """Everything about a certificate, the RA certificate `behind` it where that was issued here, and its approval."""
    return {
        **certificate_contents(listing.certificate),
        "ca": listing.ca_name,
        "username": listing.username,
        "end_entity_profile": listing.end_entity_profile or None,
        "certificate_profile": listing.certificate_profile,
        "status": str(listing.standing),
        "revoked": moment(listing.revoked_at),
        "reason": None if listing.reason is None else word(listing.reason),
        "key_kept": key_kept,
        "requested_by": listing.requester,
        "ra_certificate": listing.requester_fingerprint,
        "ra_username": None if behind is None else behind.username,
        "ra_status": None if behind is None else str(behind.standing),
        "ra_valid_until": None if behind is None else moment(behind.not_after),
        "approval": None if approval is None else approval.approval.id,
        "decided_by": [] if approval is None else decisions(approval),
    }


def kept_crl(kept: KeptCrl) -> Facts:
    """The last CRL by a key of a CA outside that was fetched."""
    return {
        "ca": kept.ca_name,
        "number": kept.facts.number,
        "issued": moment(kept.facts.this_update),
        "ends": moment(kept.facts.next_update),
        "key": kept.facts.key,
    }


def audit_entry(entry: AuditEntry) -> Facts:
    """An entry of the audit log."""
    return {
        "time": milliseconds(entry.time),
        "writer": entry.writer,
        "number": entry.number,
        "event": entry.event,
        "who": entry.who,
        "target": entry.target,
        "details": json.loads(entry.details),
    }


def role_facts(role: Role, concerns: Sequence[str]) -> Facts:
    """A role with its members."""
    return {
        "name": role.name,
        "rules": sorted(role.rules),
        "members": [member_facts(member) for member in sorted(role.members, key=str)],
        "warnings": list(concerns),
    }


def message_outline(message: MessageOutline) -> Facts:
    """A message in a list. The fields of its row are not authenticated."""
    return {
        "id": message.message_id,
        "type": message.type,
        "size": message.size,
        "attempts": message.attempts,
        "created": milliseconds(message.created),
        "modified": milliseconds(message.modified),
        "reason": None if message.reason is None else plain(message.reason),
    }


def message_details(message: MessageOutline, verdicts: Sequence[VerdictListing]) -> Facts:
    """Everything about a message but its content, and what the CA's journal says of its parts."""
    said = [{"part": found.part, "verdict": found.verdict, "until": moment(found.keep_until)} for found in verdicts]
    return {
        "status": word(message.status),
        **message_outline(message),
        "generation": message.generation,
        "due": None if message.due is None else milliseconds(message.due),
        "verdicts": said,
    }


def milliseconds(number: int) -> str | None:
    """A time from the message database, which may hold any number."""
    try:
        return moment(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number))
    except OverflowError:
        return f"no time: {number}"


def member_facts(member: Member) -> Facts:
    """Who a role's member is."""
    return {"fingerprint": member.fingerprint}


def _general_name(name: GeneralName) -> str:
    return f"{name.kind}={name.value}"
