"""The check that a certificate from a remote issuer is the one that was ordered (threat model, rule 35).

Such a CA chooses some of the content itself: the serial number, pointers to its CRLs, policies. What a relying party
decides by must be as it was ordered: the key, the names, the usages, and that it is no CA; and it must not be valid
for longer.
"""

from collections.abc import Mapping
from datetime import timedelta

from asn1crypto.x509 import Certificate, Extensions
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from lockgate.ports import Order
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_formats.crls import MAX_SERIAL_BITS
from lockgate_formats.requests.requested_names import attributes_in
from lockgate_formats.strictness import CERTIFICATE_ERRORS

_MOMENT = "%Y-%m-%d %H:%M:%S UTC"
BACKDATED = timedelta(days=1)
"""How much earlier than ordered a certificate may begin to be valid."""
BASIC_CONSTRAINTS, ALTERNATIVE_NAMES = "2.5.29.19", "2.5.29.17"
AS_ORDERED = {
    ALTERNATIVE_NAMES: "its alternative names are",
    "2.5.29.15": "its key usage is",
    "2.5.29.37": "its extended key usage is",
}
"""Extensions that must be exactly the ordered ones (RFC 5280, 4.2.1.6, 4.2.1.3 and 4.2.1.12)."""


def judge_received(certificate: bytes, order: Order, authority: IssuingCa, serial_number: int | None) -> str | None:
    """Why the certificate is not the one that was ordered; None where it is.

    Args:
        certificate: DER.
        serial_number: chosen by the requester; None where the CA may choose it.
    """
    try:
        made = x509.load_der_x509_certificate(certificate)
        made.verify_directly_issued_by(authority.certificate)
        return _judge_content(made, certificate, order, serial_number)
    except InvalidSignature:
        return "the CA's key has not signed it"
    except (*CERTIFICATE_ERRORS, TypeError) as error:
        return f"it cannot be read: {type(error).__name__}"


def is_signed_by(certificate: bytes, authority: IssuingCa) -> bool:
    """Whether the CA's key has signed the DER certificate."""
    try:
        x509.load_der_x509_certificate(certificate).verify_directly_issued_by(authority.certificate)
    except (*CERTIFICATE_ERRORS, TypeError, InvalidSignature):
        return False
    return True


def _judge_content(made: x509.Certificate, der: bytes, order: Order, serial_number: int | None) -> str | None:
    if not 0 < made.serial_number < 1 << MAX_SERIAL_BITS:
        return "its serial number is not from 1 to 2^160 - 1 (RFC 5280, 4.1.2.2)"
    if serial_number is not None and made.serial_number != serial_number:
        return "its serial number is another one"
    if _public_key(der) != order.public_key:
        return "it is for another key"
    if not _same_name(made.subject.public_bytes(), order.subject):
        return "it is for another name"
    if made.not_valid_after_utc > order.not_after:
        return f"it ends at {made.not_valid_after_utc:{_MOMENT}}, and was ordered until {order.not_after:{_MOMENT}}"
    if made.not_valid_before_utc < order.not_before - BACKDATED:
        return f"it begins at {made.not_valid_before_utc:{_MOMENT}}, long before its order"
    extensions = Certificate.load(der)["tbs_certificate"]["extensions"]
    found = _extensions(extensions)
    if len(found) != len(extensions):
        return "it holds an extension twice (RFC 5280, 4.2)"
    return _judge_extensions(found, order)


def _judge_extensions(found: Mapping[str, bytes], order: Order) -> str | None:
    wanted = _extensions(Extensions.load(order.extensions))
    if found.get(BASIC_CONSTRAINTS, _EMPTY) != wanted.get(BASIC_CONSTRAINTS, _EMPTY):
        return "its basic constraints are others"
    differing = (what for oid, what in AS_ORDERED.items() if found.get(oid) != wanted.get(oid))
    return next((f"{what} other than ordered" for what in differing), None)


def _same_name(one: bytes, other: bytes) -> bool:
    """Whether two DER Names hold the same texts, of whatever string types (RFC 5280, 7.1): CAs choose those."""
    return one == other or [*map(sorted, attributes_in(one))] == [*map(sorted, attributes_in(other))]


_EMPTY = b"\x30\x00"


def _public_key(der: bytes) -> bytes:
    return Certificate.load(der)["tbs_certificate"]["subject_public_key_info"].dump()  # type: ignore[no-any-return]


def _extensions(extensions: Extensions) -> Mapping[str, bytes]:
    """The DER value of each by its object identifier."""
    return {extension["extn_id"].dotted: bytes(extension["extn_value"].contents) for extension in extensions}
