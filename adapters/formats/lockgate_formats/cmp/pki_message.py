"""PKIMessage (RFC 9810, 5.1): read from octets, and written under a protection."""

from collections.abc import Sequence
from dataclasses import replace

from lockgate_formats import der
from lockgate_formats.cmp.headers import encode_header, read_header
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import Header, MalformedMessage, PkiMessage
from lockgate_formats.cmp.protection import Protector
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, bit_string, bounded, read_whole

_BODIES = {der.CONTEXT_0 | body_type: body_type for body_type in BodyType}


def read_message(octets: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> PkiMessage:
    """Read the DER PKIMessage `octets`; its protection is not verified, its body not read.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    if len(octets) > limits.octets:
        raise MalformedMessage(f"The message has more than {limits.octets} octets.")
    try:
        outer = read_whole(octets)
        start = outer.position
        outer.require_small(limits.header, "a header")
        encoded = outer.element(der.SEQUENCE)
    except ValueError as error:
        raise MalformedMessage(f"This is no PKIMessage in DER: {error}.") from None
    header = read_header(encoded, limits)
    try:
        return _message(octets, header, outer, start, limits)
    except ValueError as error:
        raise MalformedMessage(f"The message cannot be read: {error}.", header=header) from None


def body_type_of(octets: bytes) -> BodyType | None:
    """The kind of body that a DER PKIMessage has by its tag; None where there is none. Nothing else of it is read."""
    try:
        outer = read_whole(octets)
        outer.element(der.SEQUENCE)
        return _BODIES.get(outer.tag)
    except ValueError:
        return None


def _message(octets: bytes, header: Header, outer: Fields, start: int, limits: MessageLimits) -> PkiMessage:
    """The message whose header has been taken from `outer`; it begins at `start`."""
    body_type = _BODIES.get(outer.tag)
    if body_type is None:
        raise Unreadable("no body follows the header")
    body = outer.explicit(outer.tag)
    end = outer.position
    tagged = outer.optional_inside(der.CONTEXT_0)
    protection = None if tagged is None else _protection(tagged, limits)
    certificates = outer.optional_inside(der.CONTEXT_1)
    extra_certs = _extra_certs(certificates, limits) if certificates else ()
    outer.finish()
    return PkiMessage(
        header=header,
        body_type=body_type,
        body=body,
        protection=protection,
        extra_certs=extra_certs,
        protected=(start, end),
        octets=octets,
    )


def _protection(tagged: Fields, limits: MessageLimits) -> bytes:
    tagged.require_small(limits.protection, "a protection")
    found = bit_string(tagged.contents(der.BIT_STRING))
    tagged.finish()
    return found


def _extra_certs(tagged: Fields, limits: MessageLimits) -> tuple[bytes, ...]:
    certificates = tagged.inside(der.SEQUENCE)
    tagged.finish()
    taken = certificates.each(limits.extra_certs, "certificates in extraCerts")
    return tuple(bounded(certificates.element(der.SEQUENCE), limits.certificate, "a certificate") for _ in taken)


def write_message(
    header: Header,
    body_type: BodyType,
    body: bytes,
    protector: Protector | None = None,
    extra_certs: Sequence[bytes] = (),
) -> bytes:
    """The DER PKIMessage.

    Args:
        header: its protection algorithm is replaced by the protector's, or left out without one.
        body: DER, without the tag of `body_type`.
        extra_certs: DER certificates, in their order.
    """
    algorithm = protector.algorithm if protector else None
    encoded = encode_header(replace(header, protection_algorithm=algorithm))
    protected = encoded + der.explicit(body_type, body)
    protection = der.explicit(0, der.bit_string(protector.protect(der.sequence(protected)))) if protector else b""
    certificates = der.explicit(1, der.sequence(*extra_certs)) if extra_certs else b""
    return der.sequence(protected, protection, certificates)
