"""The signed attributes of pkiMessages (RFC 8894, 3.2.1)."""

import re
from collections.abc import Mapping

from lockgate_formats import der
from lockgate_formats.cms import elements
from lockgate_formats.cms.limits import Unreadable
from lockgate_transport.scep.vocabulary import MAX_TRANSACTION_ID

MESSAGE_TYPE = "2.16.840.1.113733.1.9.2"
PKI_STATUS = "2.16.840.1.113733.1.9.3"
FAIL_INFO = "2.16.840.1.113733.1.9.4"
SENDER_NONCE = "2.16.840.1.113733.1.9.5"
RECIPIENT_NONCE = "2.16.840.1.113733.1.9.6"
TRANSACTION_ID = "2.16.840.1.113733.1.9.7"
FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
MAX_NONCE = 64
"""Octets in a senderNonce that can still be answered."""
_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]+")  # X.680, 41.4
_VISIBLE = re.compile(rb"[ -\"$-~]+")
"""Visible ASCII but `#`: the server's own transaction ids hold one, so that no device can name them."""
_STRINGS = frozenset({der.PRINTABLE_STRING, der.UTF8_STRING, der.IA5_STRING})
Values = Mapping[str, tuple[bytes, ...]]


def decimal(values: Values, attribute: str, longest: int) -> int:
    """The decimal number in the PrintableString that is the only value of `attribute`.

    Args:
        longest: digits in it at most.

    Raises:
        Unreadable: it is missing, repeated, of another type, empty, or too long.
    """
    text = _only(values, attribute, der.PRINTABLE_STRING, longest)
    if not text.isdigit():
        raise Unreadable(f"the attribute {attribute} is no decimal number")
    return int(text)


def visible(values: Values, attribute: str, longest: int = MAX_TRANSACTION_ID) -> str:
    """The only value of `attribute`: a PrintableString, as RFC 8894 wants it, or another string of visible ASCII, as
    some clients write it.

    Raises:
        Unreadable: as `decimal`.
    """
    tag = next((value[0] for value in values.get(attribute, ()) if value[0] in _STRINGS), der.PRINTABLE_STRING)
    text = _only(values, attribute, tag, longest)
    if not _VISIBLE.fullmatch(text):
        raise Unreadable(f"the attribute {attribute} holds other characters than visible ASCII")
    return text.decode()


def octets(values: Values, attribute: str) -> bytes:
    """The octets that are the only value of `attribute`.

    Raises:
        Unreadable: as `decimal`.
    """
    return _only(values, attribute, der.OCTET_STRING, MAX_NONCE)


def _only(values: Values, attribute: str, tag: int, longest: int) -> bytes:
    found = values.get(attribute, ())
    if len(found) != 1 or found[0][0] != tag:
        raise Unreadable(f"the attribute {attribute} is missing, repeated or of another type")
    start, end = elements.header(found[0], 0, len(found[0]))
    if not 1 <= end - start <= longest:
        raise Unreadable(f"the attribute {attribute} has not 1 to {longest} octets")
    return found[0][start:end]


def written(attribute: str, value: str | bytes, tag: int | None = None) -> bytes:
    """The DER attribute with the one OCTET STRING or PrintableString `value`: a UTF8String where it fits into none."""
    encoded = value.encode() if isinstance(value, str) else value
    text = der.PRINTABLE_STRING if _PRINTABLE.fullmatch(encoded) else der.UTF8_STRING
    usual = text if isinstance(value, str) else der.OCTET_STRING
    return der.sequence(der.oid(attribute), der.element(der.SET, der.element(tag or usual, encoded)))
