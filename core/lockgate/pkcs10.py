"""PKCS#10 requests (RFC 2986) as octets: bounded before a decoder sees them, and put into DER's order for it.

strongSwan writes the attributes in another order than DER's, which strict decoders refuse: so they are read with the
attributes sorted. What their key has signed are the octets as they were sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lockgate.der import SEQUENCE, SET, contents, element, members

_ATTRIBUTES = 0xA0
_PARTS = 4
"""Version, subject, key, attributes."""


@dataclass(frozen=True, slots=True)
class Reordered:
    """A request that can be read.

    Attributes:
        request: the DER CertificationRequest with its attributes sorted.
        signed: the CertificationRequestInfo as it was sent.
    """

    request: bytes
    signed: bytes


def require_few_members(request: bytes) -> None:
    """Refuse what costs more to decode than any device's request does: a decoder makes an object of each member.

    Raises:
        ValueError: the CertificationRequest `request` has more than `MAX_MEMBERS` attributes, or as many in its
            subject, or is no such structure of definite, minimal lengths.
    """
    _, subject, _, attributes = _info(request)[1]
    list(members(contents(attributes, _ATTRIBUTES)))
    # an RDN is a set of attributes
    list(members(b"".join(contents(rdn, SET) for rdn in members(contents(subject, SEQUENCE)))))


def in_der_order(request: bytes) -> Reordered:
    """The CertificationRequest `request` with the attributes in DER's order.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    info, parts, rest = _info(request)
    attributes = sorted(members(contents(parts[-1], _ATTRIBUTES)))
    sorted_info = element(SEQUENCE, *parts[:-1], element(_ATTRIBUTES, *attributes))
    return Reordered(element(SEQUENCE, sorted_info, *rest), info)


def attributes_of(request: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The object identifier, and the SET of values, of each attribute of the CertificationRequest `request`; DER.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    found = [tuple(members(contents(its, SEQUENCE))) for its in members(contents(_info(request)[1][-1], _ATTRIBUTES))]
    return [(kind, values) for kind, values in found]


def _info(request: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """The CertificationRequestInfo, its parts, and what stands behind it."""
    (whole,) = members(request)
    info, *rest = members(contents(whole, SEQUENCE))
    parts = list(members(contents(info, SEQUENCE)))
    if len(parts) != _PARTS:
        raise ValueError("another number of parts than a CertificationRequestInfo has")
    return info, parts, rest
