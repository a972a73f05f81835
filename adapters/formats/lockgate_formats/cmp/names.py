"""Names of senders and recipients (RFC 9810, 5.1.1)."""

from lockgate_formats import der
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields

DIRECTORY_NAME = 0xA4
NULL_DN = der.element(DIRECTORY_NAME, der.sequence())
"""The DER GeneralName of the empty distinguished name: the sender's or recipient's name is not known."""
_KINDS = frozenset({0xA0, 0x81, 0x82, 0xA3, DIRECTORY_NAME, 0xA5, 0x86, 0x87, 0x88})
"""The identifier octets of GeneralName (RFC 5280, 4.2.1.6)."""


def directory_name(name: bytes) -> bytes:
    """The DER GeneralName of the DER Name `name`."""
    return der.element(DIRECTORY_NAME, name)


def name_in(general_name: bytes) -> bytes | None:
    """The DER Name in the DER GeneralName, if it is a directoryName; it is not read any further."""
    fields = Fields(general_name)
    return fields.explicit(DIRECTORY_NAME, der.SEQUENCE) if fields.tag == DIRECTORY_NAME else None


def take_general_name(fields: Fields) -> bytes:
    """The next element, a DER GeneralName.

    Raises:
        Unreadable: it is none.
    """
    if fields.tag not in _KINDS:
        raise Unreadable("a general name of no kind")
    found = fields.element()
    name_in(found)
    return found
