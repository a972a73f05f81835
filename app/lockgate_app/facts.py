"""The values that commands show: plain values (texts, numbers, lists), the same for tables and for JSON.

Times are UTC, `2026-11-23T10:00:00Z`; fingerprints and serial numbers lower-case hexadecimal.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.administration.approvals import ApprovalView
from lockgate.administration.audit import AuditEntry
from lockgate.administration.authorities import CaListing, GenerationListing
from lockgate.administration.listings import CertificateListing, EndEntityListing, VerdictListing
from lockgate.certification.usages import EXTENDED_KEY_USAGES, KEY_USAGE_BITS
from lockgate.names.altname import GeneralName
from lockgate.ports import KeptCrl
from lockgate.queue.message import MessageOutline
from lockgate.rights.authorization import Member, Role
from lockgate_app.approval_facts import decisions
from lockgate_app.cli.terminal import plain
from lockgate_app.words import Facts, moment, word
from lockgate_formats.names import read_name

Value = TypeVar("Value", bound=x509.ExtensionType)
Shown = TypeVar("Shown")
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_USAGE_NAMES = {oid: name for name, oid in EXTENDED_KEY_USAGES.items()}
_PLAIN_KINDS: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNSNAME",
    x509.RFC822Name: "RFC822NAME",
    x509.IPAddress: "IPADDRESS",
    x509.UniformResourceIdentifier: "UNIFORMRESOURCEIDENTIFIER",
}
_USAGE_BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


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
        "key": _key(certificate),
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


def certificate_contents(der: bytes) -> Facts:
    """The contents of a certificate (RFC 5280, 4.1 and 4.2)."""
    certificate = x509.load_der_x509_certificate(der)
    constraints = _extension(certificate, x509.BasicConstraints, lambda value: value)
    return {
        "subject": str(read_name(certificate.subject)),
        "issuer": str(read_name(certificate.issuer)),
        "serial_number": f"{certificate.serial_number:x}",
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "valid_from": moment(certificate.not_valid_before_utc),
        "valid_until": moment(certificate.not_valid_after_utc),
        "key": _key(certificate),
        "is_ca": constraints is not None and constraints.ca,
        "path_length": None if constraints is None else constraints.path_length,
        "key_usage": _extension(certificate, x509.KeyUsage, _key_usages) or [],
        "extended_key_usage": _extension(certificate, x509.ExtendedKeyUsage, _purposes) or [],
        "alternative_names": _extension(certificate, x509.SubjectAlternativeName, _names) or [],
    }


def crl_contents(der: bytes) -> Facts:
    """The contents of a CRL (RFC 5280, 5.1 and 5.2)."""
    crl = x509.load_der_x509_crl(der)
    try:
        base = crl.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number
    except x509.ExtensionNotFound:
        base = None
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        number = None  # a CA outside may leave it out
    return {
        "number": number,
        "base": base,
        "entries": len(crl),
        "this_update": moment(crl.last_update_utc),
        "next_update": moment(crl.next_update_utc),
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


def _extension(certificate: x509.Certificate, kind: type[Value], shown: Callable[[Value], Shown]) -> Shown | None:
    try:
        return shown(certificate.extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        return None


def _key_usages(usage: x509.KeyUsage) -> list[str]:
    return [name for name, bit in zip(KEY_USAGE_BITS, _USAGE_BITS, strict=True) if getattr(usage, bit)]


def _purposes(usage: x509.ExtendedKeyUsage) -> list[str]:
    return [_USAGE_NAMES.get(purpose.dotted_string, purpose.dotted_string) for purpose in usage]


def _names(names: x509.SubjectAlternativeName) -> list[str]:
    return [_name(name) for name in names]


def _name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.OtherName):
        return f"{name.type_id.dotted_string}={name.value.hex()}"
    if isinstance(name, x509.DirectoryName):
        return f"DIRECTORYNAME={read_name(name.value)}"
    if isinstance(name, x509.RegisteredID):
        return f"REGISTEREDID={name.value.dotted_string}"
    return f"{_PLAIN_KINDS[type(name)]}={name.value}"


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    return (
        key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.removesuffix("PublicKey")
    )
