"""Signed and authenticated attributes (RFC 5652, 5.3; RFC 5083, 2.1): their values, and the octets that are
protected."""

from dataclasses import dataclass

from cryptography.hazmat import asn1

from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.limits import EnvelopeLimits, Unreadable
from lockgate_formats.cms.structures import CmsAttribute

_CONTENT_TYPE = der.oid(oids.CONTENT_TYPE)
_MESSAGE_DIGEST = der.oid(oids.MESSAGE_DIGEST)


@dataclass(frozen=True, slots=True)
class Attributes:
    """A set of attributes, each type at most once.

    Attributes:
        protected: the DER SET OF Attribute, over which signatures and authentication tags go (RFC 5652, 5.4).
        values: for each type (dotted), the whole DER of its values.
    """

    protected: bytes
    values: dict[str, tuple[bytes, ...]]

    def require(self, attribute_type: str, value: bytes) -> None:
        """Refuse unless the attribute has exactly one value, the DER `value`."""
        if self.values.get(attribute_type) != (value,):
            raise Unreadable(f"the attribute {attribute_type} is missing, repeated or wrong")


def read_attributes(tlv: asn1.TLV, tag: int, limits: EnvelopeLimits) -> Attributes:
    """Read an implicitly tagged SET OF Attribute.

    Raises:
        ValueError: another tag, out of bounds, not DER, or an attribute type twice.
    """
    if tlv.tag_bytes[0] != tag:
        raise Unreadable("no attributes where they must be")
    encoded = [octets for _, octets in elements.members(tlv.data, limits.attributes, limits.set_size)]
    values: dict[str, tuple[bytes, ...]] = {}
    for octets in encoded:
        attribute = asn1.decode_der(CmsAttribute, octets)
        name = attribute.type.dotted_string
        if name in values or attribute.values.tag_bytes[0] != der.SET:
            raise Unreadable(f"the attribute {name} stands twice or is malformed")
        found = elements.members(attribute.values.data, limits.attributes, limits.set_size)
        values[name] = tuple(value for _, value in found)
    return Attributes(der.set_of(encoded), values)


def content_type(oid: bytes) -> bytes:
    """The content-type attribute (RFC 5652, 11.1) with the DER object identifier `oid`."""
    return der.sequence(_CONTENT_TYPE, der.element(der.SET, oid))


def message_digest(digest: bytes) -> bytes:
    """The message-digest attribute (RFC 5652, 11.2)."""
    return der.sequence(_MESSAGE_DIGEST, der.element(der.SET, der.octet_string(digest)))
