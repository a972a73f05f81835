"""Requests to the program, as JSON (docs/issuer-command.md). Those of orders are drafts: they are stored, and each
later call sends the same octets."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import msgspec

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, RevocationOrder
from lockgate_issuers.command.contents import Content, Name, read_content, read_name, serial_number_of
from lockgate_issuers.command.texts import pem

VERSION = 1
REASONS = {
    RevocationReason.UNSPECIFIED: "unspecified",
    RevocationReason.KEY_COMPROMISE: "keyCompromise",
    RevocationReason.CA_COMPROMISE: "cACompromise",
    RevocationReason.AFFILIATION_CHANGED: "affiliationChanged",
    RevocationReason.SUPERSEDED: "superseded",
    RevocationReason.CESSATION_OF_OPERATION: "cessationOfOperation",
    RevocationReason.CERTIFICATE_HOLD: "certificateHold",
    RevocationReason.REMOVE_FROM_CRL: "removeFromCRL",
    RevocationReason.PRIVILEGE_WITHDRAWN: "privilegeWithdrawn",
    RevocationReason.AA_COMPROMISE: "aACompromise",
}
"""The names of RFC 5280, 5.3.1."""


class Request(msgspec.Struct, kw_only=True, frozen=True):
    """What every request says.

    Attributes:
        operation: unique for each order; empty for a question that is about none.
        ca: the CA's name in Lockgate; empty where the program is asked for its only one.
    """

    version: int = VERSION
    verb: str
    operation: str = ""
    ca: str = ""


class IssueRequest(Request, kw_only=True, frozen=True):
    """An order of a certificate.

    Attributes:
        ca_certificate: SHA-256 fingerprint of the CA's certificate, hexadecimal.
        certificate_profile: Lockgate's name of it; the order holds what it says.
        serial_number: hexadecimal, two digits for each octet.
        public_key: PEM SubjectPublicKeyInfo.
        pkcs10: PEM; None where none has proved possession of the key.
        not_before, not_after: RFC 3339, UTC, whole seconds.
    """

    verb: Literal["issue"] = "issue"
    ca_certificate: str
    certificate_profile: str
    serial_number: str
    subject: Name
    public_key: str
    pkcs10: str | None
    not_before: str
    not_after: str
    extensions: Sequence[object]
    content: Content


class RevokeRequest(Request, kw_only=True, frozen=True):
    """An order to revoke a certificate, to put it on hold, or to take it from hold.

    Attributes:
        ca_certificate: as of `IssueRequest`.
        certificate: PEM.
        serial_number: as of `IssueRequest`.
        reason: one of `REASONS`.
    """

    verb: Literal["revoke"] = "revoke"
    ca_certificate: str
    certificate: str
    serial_number: str
    reason: str


class LookupRequest(Request, kw_only=True, frozen=True):
    """The question what became of an order.

    Attributes:
        order: its request, as it was sent.
    """

    verb: Literal["lookup"] = "lookup"
    order: msgspec.Raw


class StatusRequest(Request, kw_only=True, frozen=True):
    """The question how a certificate stands.

    Attributes:
        certificate: PEM.
        serial_number: as of `IssueRequest`.
    """

    verb: Literal["status"] = "status"
    certificate: str
    serial_number: str


class PublishedRequest(Request, kw_only=True, frozen=True):
    """A request for what the CA publishes.

    Attributes:
        ca_certificate: as of `IssueRequest`; empty where the program is asked for its only CA.
    """

    verb: Literal["crl", "certificates"]
    ca_certificate: str = ""


class _Numbered(msgspec.Struct):
    serial_number: str


def request_of(order: Order | RevocationOrder) -> Request:
    """The request that carries out the order.

    Raises:
        ValueError: the order holds what is no DER.
    """
    return _revocation(order) if isinstance(order, RevocationOrder) else _issue(order)


def lookup_of(draft: bytes) -> Request:
    """The question what became of a draft."""
    sent = read_draft(draft)
    return LookupRequest(operation=sent.operation, ca=sent.ca, order=msgspec.Raw(draft))


def status_of(ca_name: str, certificate: bytes) -> Request:
    """The question how a DER certificate stands."""
    serial_number = serial_number_of(certificate)
    return StatusRequest(ca=ca_name, certificate=pem("CERTIFICATE", certificate), serial_number=serial_number)


def crl_of(ca_certificate: bytes) -> Request:
    """The request for the last CRL of the CA with that DER certificate."""
    return PublishedRequest(verb="crl", ca_certificate=sha256(ca_certificate).hexdigest())


def read_draft(draft: bytes) -> Request:
    """What every request says, of a draft."""
    return msgspec.json.decode(draft, type=Request)


def serial_number_in(draft: bytes) -> str:
    """The serial number of the certificate that a draft is about; empty where it cannot be read."""
    try:
        return msgspec.json.decode(draft, type=_Numbered).serial_number
    except msgspec.DecodeError:
        return ""


def encode(request: Request) -> bytes:
    """JSON, the same octets each time."""
    return msgspec.json.encode(request)


def _issue(order: Order) -> Request:
    extensions, content = read_content(order.extensions)
    return IssueRequest(
        operation=order.operation,
        ca=order.ca_name,
        ca_certificate=order.ca_certificate,
        certificate_profile=order.certificate_profile,
        serial_number=_hexadecimal(order.serial_number),
        subject=read_name(order.subject),
        public_key=pem("PUBLIC KEY", order.public_key),
        pkcs10=None if order.pkcs10 is None else pem("CERTIFICATE REQUEST", order.pkcs10),
        not_before=_written(order.not_before),
        not_after=_written(order.not_after),
        extensions=extensions,
        content=content,
    )


def _revocation(order: RevocationOrder) -> Request:
    return RevokeRequest(
        operation=order.operation,
        ca=order.ca_name,
        ca_certificate=sha256(order.ca_certificate).hexdigest(),
        certificate=pem("CERTIFICATE", order.certificate),
        serial_number=serial_number_of(order.certificate),
        reason=REASONS[order.reason],
    )


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _hexadecimal(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8, "big").hex()
